#include "server/transfer/send.h"

#include "server/transfer/secure.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define READ_BUFFER (64 * 1024)

/* ---- bytes ---- */

static bool
to_connection(void *ctx, const char *bytes, size_t n)
{
	struct outlet *o = ctx;

	o->result = transfer_send(o->s, bytes, n);
	return o->result == TRANSFER_DONE;
}

void
outlet_open(struct outlet *o, struct session *s, const struct wire_form *form,
    const struct wire_start *start)
{
	*o = (struct outlet){ .s = s, .result = TRANSFER_DONE };
	if (wire_is_plain(form))
		return;
	o->wire = wire_sender_new(form, start, to_connection, o);
	if (o->wire == NULL) {
		errno = ENOMEM;
		o->result = TRANSFER_LOCAL;
	}
}

bool
outlet_put(struct outlet *o, const char *bytes, size_t n, bool last)
{
	if (o->result != TRANSFER_DONE)
		return false;
	if (o->wire == NULL)
		return n == 0 || to_connection(o, bytes, n);
	if (!wire_send(o->wire, bytes, n, last) && o->result == TRANSFER_DONE) {
		errno = ENOMEM;
		o->result = TRANSFER_LOCAL;
	}
	return o->result == TRANSFER_DONE;
}

enum transfer_result
outlet_close(struct outlet *o)
{
	int saved = errno;

	wire_sender_free(o->wire);
	errno = saved;
	return o->result;
}

/* ---- files ---- */

/* Whether sendfile(2) failed on the file's side, not the connection's. */
static bool
is_local(int error)
{
	return error == EIO || error == EINVAL || error == ENOMEM || error == EOVERFLOW ||
	    error == ESTALE;
}

/* A file that grows meanwhile is sent as long as it was.  What fits the socket's buffer is gone
 * without a wait. */
static enum transfer_result
send_image(struct session *s, int fd, uint64_t start, uint64_t size)
{
	enum transfer_result result = TRANSFER_DONE;
	off_t offset = (off_t)start;

	while (result == TRANSFER_DONE && (uint64_t)offset < size) {
		uint64_t left = size - (uint64_t)offset;
		ssize_t n = sendfile(
		    s->data.fd, fd, &offset, left < TRANSFER_CHUNK ? left : TRANSFER_CHUNK);

		if (n == 0)
			return TRANSFER_CHANGED;
		if (n == -1 && !wait_is_retry(errno))
			return is_local(errno) ? TRANSFER_LOCAL : TRANSFER_BROKEN;
		if (n > 0)
			s->transfer.bytes += (uint64_t)n;
		if ((uint64_t)offset < size)
			result = wait_data(s, POLLOUT);
	}
	return result;
}

/* The same, with the kernel making TLS's records. */
static enum transfer_result
send_image_privately(struct session *s, int fd, uint64_t start, uint64_t size)
{
	enum transfer_result result = TRANSFER_DONE;

	while (result == TRANSFER_DONE && start < size) {
		uint64_t left = size - start;
		enum tls_status status;
		short events;
		size_t n;

		status = tls_sendfile(s->data.tls, fd, (off_t)start,
		    left < TRANSFER_CHUNK ? left : TRANSFER_CHUNK, &n);
		if (status == TLS_DONE && n == 0)
			return TRANSFER_CHANGED;
		start += n;
		s->transfer.bytes += n;
		result = wait_of_tls(status, &events);
		if (result == TRANSFER_DONE && start < size)
			result = n == 0 ? wait_data(s, events) : wait_look(s);
	}
	return result;
}

/* Through memory, in another form or into TLS. */
static enum transfer_result
send_formed(struct session *s, int fd, const struct wire_start *start, uint64_t size)
{
	uint64_t offset = start->offset;
	struct outlet o;
	char *in = malloc(READ_BUFFER);
	bool more = true;

	outlet_open(&o, s, &s->params.form, start);
	if (in == NULL)
		o.result = TRANSFER_LOCAL;
	while (o.result == TRANSFER_DONE && more) {
		uint64_t left = size > offset ? size - offset : 0;
		ssize_t n =
		    pread(fd, in, left < READ_BUFFER ? (size_t)left : READ_BUFFER, (off_t)offset);

		if (n == -1) {
			o.result = TRANSFER_LOCAL;
			break;
		}
		if (n == 0 && left > 0) {
			o.result = TRANSFER_CHANGED;
			break;
		}
		offset += (uint64_t)n;
		more = n > 0 && offset < size;
		if (outlet_put(&o, in, (size_t)n, !more))
			s->transfer.file_bytes += (uint64_t)n;
	}
	free(in);
	return outlet_close(&o);
}

enum transfer_result
send_file(struct session *s, int fd, const struct wire_start *start, uint64_t size)
{
	enum transfer_result result = secure_data(s);

	if (result != TRANSFER_DONE)
		return result;
	if (!wire_is_plain(&s->params.form) ||
	    (s->data.tls != NULL && !tls_has_sendfile(s->data.tls)))
		return send_formed(s, fd, start, size);
	if (s->data.tls != NULL)
		return send_image_privately(s, fd, start->offset, size);
	return send_image(s, fd, start->offset, size);
}
