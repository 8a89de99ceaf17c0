#include "client/engine/net.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
net_wait(struct pollfd *fds, size_t n, int64_t deadline, int interrupt_fd)
{
	struct pollfd all[NET_FDS + 1] = { { .fd = -1 } };

	all[0] = (struct pollfd){ .fd = interrupt_fd, .events = POLLIN };
	for (size_t i = 0; i < n; i++) {
		fds[i].revents = 0;
		all[1 + i] = fds[i];
	}
	for (;;) {
		int ready = poll(all, n + 1, clock_poll_timeout(deadline));

		if (ready == -1 && errno == EINTR)
			continue;       /* a stop and a continue: only the descriptor means "end" */
		if (ready == -1)
			return -1;
		if (all[0].revents != 0) {
			errno = EINTR;
			return -1;
		}
		if (ready > 0)
			break;
		if (clock_ms() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	for (size_t i = 0; i < n; i++)
		fds[i].revents = all[1 + i].revents;
	return 1;
}

int
net_wait_one(int fd, short events, int64_t deadline, int interrupt_fd)
{
	struct pollfd one = { .fd = fd, .events = events };

	return net_wait(&one, 1, deadline, interrupt_fd);
}

int
net_connect(const union sock_addr *dest, int64_t deadline, int interrupt_fd)
{
	int fd = sock_connect_start(dest, NULL, 0);
	int error;

	if (fd == -1)
		return -1;
	error = net_wait_one(fd, POLLOUT, deadline, interrupt_fd) == -1 ? errno : sock_error(fd);
	if (error == 0) {
		sock_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
		return fd;
	}
	close(fd);
	errno = error;
	return -1;
}

/* getaddrinfo(3) knows no deadline, so it runs in a thread of its own; whoever comes second frees
 * this, the thread or the one who waited for it. */
struct lookup {
	atomic_int owners;
	int done_fd;
	int error;
	struct addrinfo hints, *result;
	char host[];
};

static void
lookup_drop(struct lookup *l)
{
	if (atomic_fetch_sub(&l->owners, 1) != 1)
		return;
	if (l->result != NULL)
		freeaddrinfo(l->result);
	close(l->done_fd);
	free(l);
}

static void *
lookup_run(void *arg)
{
	struct lookup *l = arg;

	l->error = getaddrinfo(l->host, NULL, &l->hints, &l->result);
	/* Cannot fail on an eventfd that holds 0; the waiter's deadline would be the net. */
	(void)eventfd_write(l->done_fd, 1);
	lookup_drop(l);
	return NULL;
}

static struct lookup *
lookup_start(const char *host, int family)
{
	size_t len = strlen(host) + 1;
	struct lookup *l = calloc(1, sizeof(*l) + len);
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (l == NULL)
		return NULL;
	memcpy(l->host, host, len);
	l->hints.ai_family = family;
	l->hints.ai_socktype = SOCK_STREAM;
	atomic_init(&l->owners, 2);
	l->done_fd = eventfd(0, EFD_CLOEXEC);
	if (l->done_fd == -1) {
		free(l);
		return NULL;
	}
	error = pthread_attr_init(&attr);
	if (error == 0) {
		(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		error = pthread_create(&thread, &attr, lookup_run, l);
		pthread_attr_destroy(&attr);
	}
	if (error != 0) {
		close(l->done_fd);
		free(l);
		errno = error;
		return NULL;
	}
	return l;
}

static int
take_addresses(const struct addrinfo *list, uint16_t port, union sock_addr *addrs, size_t cap)
{
	size_t n = 0;

	for (const struct addrinfo *ai = list; ai != NULL && n < cap; ai = ai->ai_next) {
		if ((ai->ai_family != AF_INET && ai->ai_family != AF_INET6) ||
		    ai->ai_addrlen > sizeof(addrs[n]))
			continue;
		memset(&addrs[n], 0, sizeof(addrs[n]));
		memcpy(&addrs[n], ai->ai_addr, ai->ai_addrlen);
		sock_addr_set_port(&addrs[n], port);
		n++;
	}
	return (int)n;
}

int
net_resolve(const char *host, uint16_t port, int family, int64_t deadline, int interrupt_fd,
    union sock_addr *addrs, size_t cap, const char **why_r)
{
	struct lookup *l;
	int n = -1, saved = 0;

	*why_r = "";
	l = lookup_start(host, family);
	if (l == NULL)
		return -1;
	if (net_wait_one(l->done_fd, POLLIN, deadline, interrupt_fd) == -1) {
		saved = errno;
	} else if (l->error != 0) {
		*why_r = gai_strerror(l->error);
	} else {
		n = take_addresses(l->result, port, addrs, cap);
		if (n == 0) {
			*why_r = "it has no address";
			n = -1;
		}
	}
	lookup_drop(l);
	errno = saved;
	return n;
}
