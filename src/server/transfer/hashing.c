#include "server/transfer/hashing.h"

#include "server/file/path.h"
#include "server/file/plain.h"
#include "server/process/session_fds.h"
#include "server/session/link.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Read and digested before the client is heard again: less than a millisecond's work. */
#define BLOCK (256 * 1024)

bool
hashing_open(struct hashing *h, char *path)
{
	path_from_listed(path);
	h->fd = plain_open(path, PLAIN_READ, &h->st);
	return h->fd != -1;
}

/* Hears what came meanwhile.  No line of "213-" is sent in between, which the draft of HASH would
 * allow: it would begin a reply that can then be no other than 213, and into which the answers to
 * STAT, NOOP and ABOR would fall. */
static enum transfer_result
hear(struct session *s)
{
	enum transfer_result result = work_hear(s);

	/* Only where no other command waits: else its client would take the answer for that
	 * one's. */
	while (result == TRANSFER_DONE && line_take_first(&s->in, "NOOP"))
		work_noop(s);
	return result;
}

static enum transfer_result
read_blocks(struct session *s, const struct hashing *h, struct digest *d, char *buf)
{
	enum transfer_result result = TRANSFER_DONE;
	uint64_t at = h->start;

	while (result == TRANSFER_DONE && at < h->end) {
		uint64_t left = h->end - at;
		ssize_t n = pread(h->fd, buf, left < BLOCK ? (size_t)left : BLOCK, (off_t)at);

		if (n <= 0)
			return n == 0 ? TRANSFER_CHANGED : TRANSFER_LOCAL;
		digest_add(d, buf, (size_t)n);
		at += (uint64_t)n;
		s->transfer.bytes = at - h->start;
		if (at < h->end)
			result = hear(s);
	}
	return result;
}

static enum transfer_result
hash_bytes(struct session *s, const struct hashing *h, char hex_r[DIGEST_HEX_MAX])
{
	bool keep = h->start == 0 && hashmem_may_keep(h->fd, &h->st);
	struct digest *d = digest_start(h->kind), *copy = NULL;
	char *buf = malloc(BLOCK);
	enum transfer_result result = TRANSFER_LOCAL;

	errno = ENOMEM;
	if (d != NULL && buf != NULL)
		result = read_blocks(s, h, d, buf);
	/* All of it was there, but perhaps of two files. */
	if (result == TRANSFER_DONE && plain_is_rewritten(h->fd, &h->st))
		result = TRANSFER_CHANGED;
	if (result == TRANSFER_DONE && keep && (copy = digest_copy(d)) != NULL)
		hashmem_keep(s, &h->st, h->fd, h->end, h->kind, &copy);
	if (result == TRANSFER_DONE && !digest_end(&d, hex_r)) {
		errno = EIO;
		result = TRANSFER_LOCAL;
	}
	free(buf);
	digest_free(&copy);
	digest_free(&d);
	return result;
}

static void
reply_to_failure(struct session *s, const struct hashing *h, enum transfer_result result, int error)
{
	if (result == TRANSFER_ABORTED) {
		reply(s, 450, "Hashing aborted after %llu bytes.",
		    (unsigned long long)s->transfer.bytes);
		data_reset(s);
		transfer_cancel(s);
	} else if (result == TRANSFER_CHANGED) {
		reply(s, 450, "The file changed while it was hashed; try again.");
	} else if (result == TRANSFER_LOCAL) {
		reply_errno(s, error, h->what, NULL);
	} else if (result == TRANSFER_LOST) {
		session_end(s);
	}
}

/* One account shall not take all processors from the others: the keeper counts.  False after the
 * reply. */
static bool
may_begin(struct session *s)
{
	struct ipc m = { .type = IPC_HASH_ASK };
	int fd;

	if (!link_ask(s, &m, 0, &fd)) {
		reply(s, 450, "Hashing is not possible at present; try again later.");
		return false;
	}
	if (m.u.hash.limit != 0) {
		reply(s, 450,
		    "Your account hashes %u files already, the most allowed at once; try again later.",
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
	enum transfer_result result;
	int error;

	if (h->start == 0 && hashmem_find(s, &h->st, h->end, h->kind, hex_r))
		return true;
	if (max != 0 && h->end - h->start > max) {
		reply(s, 556,
		    "These are %llu bytes; %llu are the most that are hashed at once here.",
		    (unsigned long long)(h->end - h->start), (unsigned long long)max);
		return false;
	}
	if (!may_begin(s))
		return false;
	work_begin(s, h->what);
	result = hash_bytes(s, h, hex_r);
	error = errno;
	(void)ipc_send(SESSION_CHAN, &done, -1);
	s->transfer.running = false;
	reply_to_failure(s, h, result, error);
	return result == TRANSFER_DONE;
}
