#include "server/keeper/hasher.h"

#include "store/password.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct ring {
	struct hasher_job *job[HASHER_QUEUE];
	size_t first, count;
};

struct hasher {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ring todo, done;
	size_t running;
	int event;
};

static void
ring_put(struct ring *r, struct hasher_job *job)
{
	r->job[(r->first + r->count++) % HASHER_QUEUE] = job;
}

static struct hasher_job *
ring_take(struct ring *r)
{
	struct hasher_job *job = r->job[r->first];

	r->first = (r->first + 1) % HASHER_QUEUE;
	r->count--;
	return job;
}

static void *
work(void *arg)
{
	struct hasher *h = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		struct hasher_job *job;

		while (h->todo.count == 0)
			pthread_cond_wait(&h->wake, &h->lock);
		job = ring_take(&h->todo);
		h->running++;
		pthread_mutex_unlock(&h->lock);
		job->match = password_verify(job->password, job->hash);
		explicit_bzero(job->password, sizeof(job->password));
		explicit_bzero(job->hash, sizeof(job->hash));
		pthread_mutex_lock(&h->lock);
		h->running--;
		ring_put(&h->done, job);
		/* An eventfd's counter cannot be full here: it counts jobs. */
		(void)!write(h->event, &one, sizeof(one));
	}
	return NULL;
}

struct hasher *
hasher_start(unsigned threads)
{
	struct hasher *h = calloc(1, sizeof(*h));
	sigset_t all, old;
	pthread_t id;
	int rc = 0;

	if (h == NULL)
		return NULL;
	h->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->event == -1) {
		free(h);
		return NULL;
	}
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->wake, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (unsigned i = 0; i < threads && rc == 0; i++)
		rc = pthread_create(&id, NULL, work, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return h;
	/* Threads that did start hold h: it is not freed.  The keeper ends on this. */
	errno = rc;
	return NULL;
}

int
hasher_fd(const struct hasher *h)
{
	return h->event;
}

bool
hasher_submit(struct hasher *h, struct hasher_job *job)
{
	bool room;

	pthread_mutex_lock(&h->lock);
	/* What is running, too, will want a place among what is done. */
	room = h->todo.count + h->running + h->done.count < HASHER_QUEUE;
	if (room) {
		ring_put(&h->todo, job);
		pthread_cond_signal(&h->wake);
	}
	pthread_mutex_unlock(&h->lock);
	return room;
}

struct hasher_job *
hasher_result(struct hasher *h)
{
	struct hasher_job *job = NULL;
	uint64_t ignored;

	pthread_mutex_lock(&h->lock);
	if (h->done.count > 0)
		job = ring_take(&h->done);
	else
		(void)!read(h->event, &ignored, sizeof(ignored));
	pthread_mutex_unlock(&h->lock);
	return job;
}
