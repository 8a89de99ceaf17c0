#include "server/transfer.h"

#include "base/clock.h"
#include "ftp/ascii.h"
#include "server/cmd_info.h"
#include "server/data.h"
#include "server/reply.h"
#include "server/session_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes moved by one call.  The kernel stops a sendfile(2) when the socket is full, so its size only
 * bounds how long ABOR can wait behind a reader as fast as we are. */
#define SENDFILE_CHUNK (8 * 1024 * 1024)
#define RECEIVE_BUFFER (256 * 1024)
#define ASCII_BUFFER   (64 * 1024)
#define PIPE_SIZE      (1024 * 1024)

bool
transfer_ready(struct session *s)
{
	if (s->data.kind != DATA_NONE)
		return true;
	reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
	return false;
}

bool
transfer_hear(struct session *s)
{
	while (line_take(&s->in, "STAT"))
		info_transfer(s);
	if (!line_take(&s->in, "ABOR"))
		return true;
	s->transfer.aborted = true;
	return false;
}

static void
reply_to_abor(struct session *s)
{
	if (s->transfer.aborted)
		reply(s, 226, "ABOR done.");
	s->transfer.aborted = false;
}

bool
transfer_begin(struct session *s, const char *what)
{
	s->transfer = (struct session_transfer){ .running = true, .what = what, .started = clock_ms() };
	switch (data_open(s)) {
	case DATA_OK:
		s->transfer.started = clock_ms();
		return true;
	case DATA_TIMEOUT:
		reply(s, 425, "No data connection within %llu seconds.",
		    (unsigned long long)s->conf->data_timeout / 1000);
		break;
	case DATA_FAILED:
		reply(s, 425, "Cannot make the data connection: %s.", strerror(errno));
		break;
	case DATA_ABORTED:
		reply(s, 426, "Aborted before the data connection stood.");
		reply_to_abor(s);
		break;
	case DATA_LOST:
		s->ending = true;
		break;
	}
	s->transfer.running = false;
	return false;
}

/* Waits until the data connection is ready.  TRANSFER_DONE: it is, or it is worth a try. */
static enum transfer_result
wait_for_data(struct session *s, short events)
{
	s->transfer.heard = s->transfer.bytes;
	/* ABOR may have come with the command, and no event tells of it then. */
	if (s->in.len > 0 && !transfer_hear(s))
		return TRANSFER_ABORTED;
	switch (session_wait(s, s->data.fd, events, clock_ms() + (int64_t)s->conf->stall_timeout)) {
	case EVENT_TIMEOUT:
		return TRANSFER_STALLED;
	case EVENT_LOST:
		return TRANSFER_LOST;
	case EVENT_CONTROL:
		return transfer_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
	case EVENT_FD:
		/* Both may be ready at once, and a stream of data must not keep ABOR waiting. */
		return s->in.len == 0 || transfer_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
	}
	return TRANSFER_LOST;
}

static bool
is_retry(int error)
{
	return error == EAGAIN || error == EINTR;
}

enum transfer_result
transfer_send(struct session *s, const char *bytes, size_t len)
{
	enum transfer_result result = TRANSFER_DONE;

	while (len > 0 && result == TRANSFER_DONE) {
		ssize_t n = send(s->data.fd, bytes, len, MSG_NOSIGNAL);

		if (n == -1 && !is_retry(errno))
			return TRANSFER_BROKEN;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			s->transfer.bytes += (uint64_t)n;
		}
		if (len > 0 || s->transfer.bytes - s->transfer.heard >= SENDFILE_CHUNK)
			result = wait_for_data(s, POLLOUT);
	}
	return result;
}

/* Whether sendfile(2) failed on the file's side, not the connection's. */
static bool
is_local(int error)
{
	return error == EIO || error == EINVAL || error == ENOMEM || error == EOVERFLOW || error == ESTALE;
}

/* A file that grows meanwhile is sent as long as it was; one that shrinks ends early.  What fits the
 * socket's buffer is gone without a wait. */
static enum transfer_result
send_image(struct session *s, int fd, uint64_t start, uint64_t size)
{
	enum transfer_result result = TRANSFER_DONE;
	off_t offset = (off_t)start;

	while (result == TRANSFER_DONE && (uint64_t)offset < size) {
		uint64_t left = size - (uint64_t)offset;
		ssize_t n = sendfile(s->data.fd, fd, &offset, left < SENDFILE_CHUNK ? left : SENDFILE_CHUNK);

		if (n == 0)
			break;
		if (n == -1 && !is_retry(errno))
			return is_local(errno) ? TRANSFER_LOCAL : TRANSFER_BROKEN;
		if (n > 0)
			s->transfer.bytes += (uint64_t)n;
		if ((uint64_t)offset < size)
			result = wait_for_data(s, POLLOUT);
	}
	return result;
}

static enum transfer_result
send_ascii(struct session *s, int fd, uint64_t skip)
{
	enum transfer_result result = TRANSFER_DONE;
	char *in = malloc(ASCII_BUFFER), *out = malloc(2 * ASCII_BUFFER);
	struct ascii state = { false };
	ssize_t n = 0;

	if (in == NULL || out == NULL)
		result = TRANSFER_LOCAL;
	while (result == TRANSFER_DONE && (n = read(fd, in, ASCII_BUFFER)) > 0) {
		size_t len = ascii_encode(&state, in, (size_t)n, out);
		size_t drop = skip < len ? (size_t)skip : len;

		skip -= drop;
		result = transfer_send(s, out + drop, len - drop);
	}
	if (n == -1)
		result = TRANSFER_LOCAL;
	free(in);
	free(out);
	return result;
}

enum transfer_result
transfer_send_file(struct session *s, int fd, uint64_t offset, uint64_t size, bool ascii)
{
	return ascii ? send_ascii(s, fd, offset) : send_image(s, fd, offset, size);
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* One upload on its way to disk. */
struct receiver {
	struct session *s;
	int fd;
	bool ascii;
	bool end;               /* the client has sent all */
	struct ascii state;
	char *in, *converted;   /* [RECEIVE_BUFFER], [RECEIVE_BUFFER + 1]; converted only in TYPE A */
};

/* One round: what the socket holds, through memory of ours. */
static enum transfer_result
receive_once(struct receiver *r)
{
	struct session *s = r->s;
	ssize_t n = recv(s->data.fd, r->in, RECEIVE_BUFFER, 0);
	const char *out = r->in;
	size_t len;

	if (n == -1)
		return is_retry(errno) ? TRANSFER_DONE : TRANSFER_BROKEN;
	len = (size_t)n;
	r->end = n == 0;
	s->transfer.bytes += len;
	if (r->ascii) {
		len = r->end ? ascii_decode_end(&r->state, r->converted) :
		               ascii_decode(&r->state, r->in, len, r->converted);
		out = r->converted;
	}
	return write_all(r->fd, out, len) ? TRANSFER_DONE : TRANSFER_LOCAL;
}

/* Rounds until the end, or until so many bytes have come. */
static enum transfer_result
receive_by_buffer(struct receiver *r, uint64_t enough)
{
	enum transfer_result result = TRANSFER_DONE;

	while (result == TRANSFER_DONE && !r->end && r->s->transfer.bytes < enough) {
		result = wait_for_data(r->s, POLLIN);
		if (result == TRANSFER_DONE)
			result = receive_once(r);
	}
	return result;
}

/* Writes n bytes of the pipe into the file.  *by_hand: the file system takes no pipe (EINVAL), so they went
 * through memory, and so should the rest. */
static bool
write_from_pipe(struct receiver *r, int from, size_t n, bool *by_hand)
{
	while (n > 0) {
		ssize_t m = *by_hand ? read(from, r->in, n < RECEIVE_BUFFER ? n : RECEIVE_BUFFER) :
		                       splice(from, NULL, r->fd, NULL, n, SPLICE_F_MOVE);

		if (m == -1 && errno == EINVAL && !*by_hand) {
			*by_hand = true;
			continue;
		}
		if (m == -1 && errno == EINTR)
			continue;
		if (m <= 0 || (*by_hand && !write_all(r->fd, r->in, (size_t)m)))
			return false;
		n -= (size_t)m;
	}
	return true;
}

/* The socket's pages go into a pipe and from there into the file, which saves a copy of every byte.  Returns
 * early, with TRANSFER_DONE and no end, where that does not work. */
static enum transfer_result
receive_by_pipe(struct receiver *r, const int pipe_fds[2])
{
	enum transfer_result result = TRANSFER_DONE;
	bool by_hand = false;

	while (!by_hand && !r->end && (result = wait_for_data(r->s, POLLIN)) == TRANSFER_DONE) {
		ssize_t n = splice(r->s->data.fd, NULL, pipe_fds[1], NULL, PIPE_SIZE, SPLICE_F_NONBLOCK);

		if (n == -1 && is_retry(errno))
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

/* A small file never sees the pipe: making one costs more than it saves there. */
static enum transfer_result
receive_image(struct receiver *r)
{
	enum transfer_result result = receive_by_buffer(r, RECEIVE_BUFFER);
	int pipe_fds[2], saved;

	if (result != TRANSFER_DONE || r->end || pipe2(pipe_fds, O_CLOEXEC) == -1)
		return result;
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	result = receive_by_pipe(r, pipe_fds);
	saved = errno;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	errno = saved;
	return result;
}

enum transfer_result
transfer_receive_file(struct session *s, int fd, bool ascii)
{
	struct receiver r = { .s = s, .fd = fd, .ascii = ascii, .in = malloc(RECEIVE_BUFFER) };
	enum transfer_result result = TRANSFER_DONE;

	if (ascii)
		r.converted = malloc(RECEIVE_BUFFER + 1);
	if (r.in == NULL || (ascii && r.converted == NULL))
		result = TRANSFER_LOCAL;
	else if (!ascii)
		result = receive_image(&r);
	if (result == TRANSFER_DONE)
		result = receive_by_buffer(&r, UINT64_MAX);
	free(r.converted);
	free(r.in);
	return result;
}

void
transfer_log(struct session *s, enum ipc_direction direction, const char *path, bool complete)
{
	struct ipc m = { .type = IPC_TRANSFER };
	struct sb sb;

	if (s->conf->transfer_log[0] == '\0')
		return;
	m.u.transfer.bytes = s->transfer.bytes;
	m.u.transfer.ms = (uint64_t)(clock_ms() - s->transfer.started);
	m.u.transfer.direction = (uint8_t)direction;
	m.u.transfer.ascii = s->params.ascii;
	m.u.transfer.complete = complete;
	sb_init(&sb, m.u.transfer.path, sizeof(m.u.transfer.path));
	if (path[0] != '/') {
		/* Where getcwd(2) fails the directory is gone; the name alone is what is known then. */
		if (getcwd(sb.buf, sb.cap) != NULL)
			sb.len = strlen(sb.buf);
		else
			sb_reset(&sb);
		if (sb.len > 1)
			sb_putc(&sb, '/');
	}
	sb_puts(&sb, path);
	(void)ipc_send(SESSION_CHAN, &m, -1);
}

static void
reply_to_transfer(struct session *s, enum transfer_result result, int error, const char *extra)
{
	unsigned long long bytes = s->transfer.bytes;

	switch (result) {
	case TRANSFER_DONE:
		reply(s, 226, "Transfer complete, %llu bytes.%s%s", bytes, extra == NULL ? "" : " ",
		    extra == NULL ? "" : extra);
		break;
	case TRANSFER_ABORTED:
		reply(s, 426, "Transfer aborted after %llu bytes.", bytes);
		break;
	case TRANSFER_BROKEN:
		reply(s, 426, "The data connection broke after %llu bytes: %s.", bytes, strerror(error));
		break;
	case TRANSFER_STALLED:
		reply(s, 426, "No byte moved for %llu seconds; given up after %llu bytes.",
		    (unsigned long long)s->conf->stall_timeout / 1000, bytes);
		break;
	case TRANSFER_LOCAL:
		reply_errno(s, error, s->transfer.what, NULL);
		break;
	case TRANSFER_LOST:
		break;
	}
}

void
transfer_end(struct session *s, enum transfer_result result, enum ipc_direction direction, const char *path,
    const char *extra)
{
	int error = errno;

	data_close(s, result != TRANSFER_DONE);
	if (path != NULL)
		transfer_log(s, direction, path, result == TRANSFER_DONE);
	reply_to_transfer(s, result, error, extra);
	reply_to_abor(s);
	s->transfer.running = false;
	if (result == TRANSFER_LOST)
		s->ending = true;
}

void
transfer_cancel(struct session *s)
{
	data_close(s, true);
	reply_to_abor(s);
	s->transfer.running = false;
}
