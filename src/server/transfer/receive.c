#include "server/transfer/receive.h"

#include "server/file/counted.h"
#include "server/session/reply.h"
#include "server/transfer/hashmem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER    (256 * 1024)
#define PIPE_SIZE (1024 * 1024)

/* MODE Z makes at most a thousand times as much of it; that much is written before ABOR is heard
 * again. */
#define DEFLATED_BUFFER (16 * 1024)

/* More than socket buffers hold. */
#define DRAIN_ROUNDS 256

/* One upload on its way to disk. */
struct receiver {
	struct session *s;
	int fd;
	uint64_t offset;        /* in the file, of what is written next */
	uint64_t last;          /* where that must end */
	bool append;            /* wherever the file ends then */
	bool end;               /* the client has sent all */
	char *in;               /* [BUFFER] */
	struct wire_receiver *wire;     /* NULL: the bytes are the file's */
};

static uint64_t
place_of(const struct receiver *r)
{
	return r->append ? COUNTED_END : r->offset;
}

/* False with errno; EOVERFLOW: these are more bytes than there is a place for. */
static bool
write_all(struct receiver *r, const char *bytes, size_t len)
{
	bool over = len > r->last - r->offset;

	if (over)
		len = (size_t)(r->last - r->offset);
	while (len > 0) {
		ssize_t n = counted_write(r->s, r->fd, place_of(r), bytes, len);

		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0) {
			hashmem_upload_add(r->s, bytes, (size_t)n);
			bytes += n;
			len -= (size_t)n;
			r->offset += (uint64_t)n;
		}
	}
	errno = EOVERFLOW;
	return !over;
}

/* What a write_all() that failed means. */
static enum transfer_result
not_written(const struct receiver *r)
{
	if (errno != EOVERFLOW)
		return TRANSFER_LOCAL;
	r->s->transfer.problem = N_("more came than RANG has room for");
	return TRANSFER_DAMAGED;
}

/* ---- bytes in another form ---- */

static bool
to_file(void *ctx, const char *bytes, size_t n)
{
	struct receiver *r = ctx;
	uint64_t before = r->offset;
	bool whole = write_all(r, bytes, n);

	r->s->transfer.file_bytes += r->offset - before;
	return whole;
}

/* RFC 1123 section 4.1.3.4: what came before a marker is on stable storage when its place is
 * told. */
static bool
answer_marker(void *ctx, const char *marker, bool cr)
{
	struct receiver *r = ctx;
	char ours[WIRE_MARKER_LEN];

	if (fdatasync(r->fd) == -1)
		return false;
	wire_put_marker(ours, r->offset, cr);
	reply(r->s, 110, "MARK %s = %s", marker, ours);
	return true;
}

static enum transfer_result
result_of(struct receiver *r, enum wire_status status)
{
	r->end |= status == WIRE_END;
	switch (status) {
	case WIRE_MORE:
	case WIRE_END:
		return TRANSFER_DONE;
	case WIRE_REFUSED:
		return not_written(r);
	case WIRE_BAD:
		r->s->transfer.problem = wire_problem(r->wire);
		return TRANSFER_DAMAGED;
	case WIRE_BOMB:
		return TRANSFER_BOMB;
	}
	return TRANSFER_DAMAGED;
}

/* ---- rounds ---- */

/* What the socket holds, through memory of ours. */
static enum transfer_result
receive_once(struct receiver *r)
{
	struct session *s = r->s;
	bool deflated = r->wire != NULL && s->params.form.mode == WIRE_DEFLATE, end = false;
	enum transfer_result result;
	size_t n;

	result = transfer_recv(s, r->in, deflated ? DEFLATED_BUFFER : BUFFER, &n, &end);
	if (result != TRANSFER_DONE)
		return result;
	s->transfer.bytes += n;
	if (r->wire != NULL && end)
		return result_of(r, wire_receive_end(r->wire));
	if (r->wire != NULL)
		return result_of(r, wire_receive(r->wire, r->in, n));
	r->end = end;
	return write_all(r, r->in, n) ? TRANSFER_DONE : not_written(r);
}

/* Rounds until the end, or until so many bytes have come. */
static enum transfer_result
receive_by_buffer(struct receiver *r, uint64_t enough)
{
	enum transfer_result result = TRANSFER_DONE;

	while (result == TRANSFER_DONE && !r->end && r->s->transfer.bytes < enough) {
		uint64_t before = r->s->transfer.bytes;

		/* TLS may have read on already, and poll(2) not show it. */
		if (r->s->data.tls == NULL)
			result = wait_data(r->s, POLLIN);
		if (result == TRANSFER_DONE)
			result = receive_once(r);
		if (result != TRANSFER_DONE || r->end || r->s->data.tls == NULL)
			continue;
		if (r->s->transfer.bytes == before)
			result = wait_data(r->s, POLLIN);
		else if (r->s->transfer.bytes - r->s->transfer.heard >= TRANSFER_CHUNK)
			result = wait_look(r->s);
	}
	return result;
}

static ssize_t
splice_into_file(struct receiver *r, int from, size_t n)
{
	struct counted c;
	size_t room;
	ssize_t m;

	if (!counted_begin(&c, r->s, r->fd, place_of(r), n, &room))
		return -1;
	m = splice(from, NULL, r->fd, NULL, room, SPLICE_F_MOVE);
	counted_end(&c, m);
	return m;
}

/* Writes n bytes of the pipe into the file.  *by_hand: the file system takes no pipe (EINVAL), so
 * they went through memory, and so should the rest. */
static bool
write_from_pipe(struct receiver *r, int from, size_t n, bool *by_hand)
{
	while (n > 0) {
		ssize_t m = *by_hand ? read(from, r->in, n < BUFFER ? n : BUFFER)
				     : splice_into_file(r, from, n);

		if (m == -1 && errno == EINVAL && !*by_hand) {
			*by_hand = true;
			continue;
		}
		if (m == -1 && errno == EINTR)
			continue;
		if (m <= 0 || (*by_hand && !write_all(r, r->in, (size_t)m)))
			return false;
		r->offset += *by_hand ? 0 : (uint64_t)m;
		n -= (size_t)m;
	}
	return true;
}

/* The socket's pages go into a pipe and from there into the file, which saves a copy of every byte.
 * Returns early, with TRANSFER_DONE and no end, where that does not work. */
static enum transfer_result
receive_by_pipe(struct receiver *r, const int pipe_fds[2])
{
	enum transfer_result result = TRANSFER_DONE;
	bool by_hand = false;

	while (!by_hand && !r->end && (result = wait_data(r->s, POLLIN)) == TRANSFER_DONE) {
		ssize_t n =
		    splice(r->s->data.fd, NULL, pipe_fds[1], NULL, PIPE_SIZE, SPLICE_F_NONBLOCK);

		if (n == -1 && wait_is_retry(errno))
			continue;
		if (n == -1)
			return errno == EINVAL ? TRANSFER_DONE : TRANSFER_BROKEN;
		r->end = n == 0;
		r->s->transfer.bytes += (uint64_t)n;
		if (!write_from_pipe(r, pipe_fds[0], (size_t)n, &by_hand))
			return TRANSFER_LOCAL;
	}
	return result;
}

/* A small file never sees the pipe: making one costs more than it saves there.  Nor does one that
 * is digested. */
static enum transfer_result
receive_image(struct receiver *r)
{
	enum transfer_result result = receive_by_buffer(
	    r, hashmem_uploads(r->s) || r->last != UINT64_MAX ? UINT64_MAX : BUFFER);
	int pipe_fds[2], saved;

	if (result != TRANSFER_DONE || r->end || r->s->data.tls != NULL ||
	    pipe2(pipe_fds, O_CLOEXEC) == -1)
		return result;
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	result = receive_by_pipe(r, pipe_fds);
	saved = errno;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	errno = saved;
	return result;
}

/* The client is gone, but what it sent before is here and belongs to the part that it may go on
 * with. */
static void
drain(struct receiver *r)
{
	uint64_t before;
	int rounds = DRAIN_ROUNDS;

	do
		before = r->s->transfer.bytes;
	while (!r->end && receive_once(r) == TRANSFER_DONE && r->s->transfer.bytes > before &&
	    --rounds > 0);
}

enum transfer_result
receive_file(struct session *s, int fd, const struct wire_start *start, uint64_t end, bool append)
{
	struct receiver r = { .s = s,
		.fd = fd,
		.offset = start->offset,
		.last = end,
		.append = append,
		.in = malloc(BUFFER) };
	const struct wire_target target = { to_file, answer_marker, &r };
	bool plain = wire_is_plain(&s->params.form);
	enum transfer_result result = TRANSFER_DONE;
	int saved;

	if (!plain)
		r.wire = wire_receiver_new(&s->params.form, start, &target);
	if (r.in == NULL || (!plain && r.wire == NULL)) {
		errno = ENOMEM;
		result = TRANSFER_LOCAL;
	}
	if (result == TRANSFER_DONE && plain)
		result = receive_image(&r);
	if (result == TRANSFER_DONE)
		result = receive_by_buffer(&r, UINT64_MAX);
	if (result == TRANSFER_LOST)
		drain(&r);
	saved = errno;
	if (r.wire != NULL)
		s->transfer.suspect = wire_is_suspect(r.wire);
	wire_receiver_free(r.wire);
	free(r.in);
	errno = saved;
	return result;
}
