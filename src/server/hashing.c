#include "server/hashing.h"

#include "base/clock.h"
#include "server/cmd_info.h"
#include "server/data.h"
#include "server/hashmem.h"
#include "server/reply.h"
#include "server/session_fds.h"
#include "server/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Read and digested before the client is heard again: less than a millisecond's work. */
#define BLOCK (256 * 1024)

enum result {
	HASHED,
	ABORTED,
	SHRUNK,
	FAILED,         /* errno */
	LOST            /* the control connection is gone */
};

bool
hashing_open(struct hashing *h, const char *path)
{
	int saved;

	h->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (h->fd == -1)
		return false;
	if (fstat(h->fd, &h->st) == 0) {
		if (S_ISREG(h->st.st_mode))
			return true;
		errno = S_ISDIR(h->st.st_mode) ? EISDIR : ENODEV;
	}
	saved = errno;
	close(h->fd);
	h->fd = -1;
	errno = saved;
	return false;
}

/* Hears what came meanwhile.  No line of "213-" is sent in between, which the draft of HASH would allow: it would
 * begin a reply that can then be no other than 213, and into which the answers to STAT, NOOP and ABOR would
 * fall. */
static enum result
hear(struct session *s)
{
	if (session_wait(s, -1, 0, 0) == EVENT_LOST)
		return LOST;
	if (s->in.len == 0)
		return HASHED;
	if (!transfer_hear(s))
		return ABORTED;
	/* Only where no other command waits: else its client would take the answer for that one's. */
	while (line_take_first(&s->in, "NOOP"))
		cmd_noop(s, NULL);
	return HASHED;
}

static enum result
read_blocks(struct session *s, const struct hashing *h, struct digest *d, char *buf)
{
	enum result result = HASHED;
	uint64_t at = h->start;

	while (result == HASHED && at < h->end) {
		uint64_t left = h->end - at;
		ssize_t n = pread(h->fd, buf, left < BLOCK ? (size_t)left : BLOCK, (off_t)at);

		if (n <= 0)
			return n == 0 ? SHRUNK : FAILED;
		digest_add(d, buf, (size_t)n);
		at += (uint64_t)n;
		s->transfer.bytes = at - h->start;
		if (at < h->end)
			result = hear(s);
	}
	return result;
}

static enum result
hash_bytes(struct session *s, const struct hashing *h, char hex_r[DIGEST_HEX_MAX])
{
	bool keep = h->start == 0 && hashmem_is_settled(h->fd, &h->st);
	struct digest *d = digest_start(h->kind), *copy = NULL;
	char *buf = malloc(BLOCK);
	enum result result = FAILED;

	errno = ENOMEM;
	if (d != NULL && buf != NULL)
		result = read_blocks(s, h, d, buf);
	if (result == HASHED && keep && (copy = digest_copy(d)) != NULL)
		hashmem_keep(s, &h->st, h->fd, h->end, h->kind, &copy);
	if (result == HASHED && !digest_end(&d, hex_r)) {
		errno = EIO;
		result = FAILED;
	}
	free(buf);
	digest_free(&copy);
	digest_free(&d);
	return result;
}

static void
reply_to_failure(struct session *s, const struct hashing *h, enum result result, int error)
{
	switch (result) {
	case ABORTED:
		reply(s, 450, "Hashing aborted after %llu bytes.", (unsigned long long)s->transfer.bytes);
		data_reset(s);
		break;
	case SHRUNK:
		reply(s, 450, "The file became shorter while it was hashed; try again.");
		break;
	case FAILED:
		reply_errno(s, error, h->what, NULL);
		break;
	case LOST:
		s->ending = true;
		break;
	case HASHED:
		break;
	}
}

/* One account shall not take all processors from the others: the keeper counts.  False after the reply. */
static bool
may_begin(struct session *s)
{
	struct ipc m = { .type = IPC_HASH_ASK };
	int fd;

	if (!session_ask(s, &m, 0, &fd) || m.type != IPC_HASH_ANSWER) {
		reply(s, 450, "Hashing is not possible at present; try again later.");
		return false;
	}
	if (m.u.hash.limit != 0) {
		reply(s, 450, "Your account hashes %u files already, the most allowed at once; try again later.",
		    (unsigned)m.u.hash.limit);
		return false;
	}
	return true;
}

bool
hashing_run(struct session *s, struct hashing *h, char hex_r[DIGEST_HEX_MAX])
{
	const struct ipc done = { .type = IPC_HASH_DONE };
	uint64_t max = s->conf->max_hash_size;
	enum result result;
	int error;

	if (h->start == 0 && hashmem_find(s, &h->st, h->end, h->kind, hex_r))
		return true;
	if (max != 0 && h->end - h->start > max) {
		reply(s, 556, "These are %llu bytes; %llu are the most that are hashed at once here.",
		    (unsigned long long)(h->end - h->start), (unsigned long long)max);
		return false;
	}
	if (!may_begin(s))
		return false;
	s->transfer = (struct session_transfer){ .running = true, .what = h->what, .started = clock_ms() };
	result = hash_bytes(s, h, hex_r);
	error = errno;
	(void)ipc_send(SESSION_CHAN, &done, -1);
	reply_to_failure(s, h, result, error);
	if (s->transfer.aborted)
		transfer_cancel(s);
	s->transfer.running = false;
	return result == HASHED;
}
