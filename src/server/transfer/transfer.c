#include "server/transfer/transfer.h"

#include "base/clock.h"
#include "server/session/control.h"
#include "server/session/link.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"
#include "server/transfer/secure.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool
transfer_ready(struct session *s)
{
	if (s->conf->tls_require == CONF_TLS_DATA && !s->tls.protect) {
		reply(s, 521, "Data connections need TLS here: PBSZ 0 and PROT P come first.");
		return false;
	}
	if (s->data.kind != DATA_NONE)
		return true;
	reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
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
	s->transfer =
	    (struct session_transfer){ .running = true, .what = what, .started = clock_ms() };
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
		session_end(s);
		break;
	}
	s->transfer.running = false;
	return false;
}

/* One piece; *n_r: how much of it went, *events_r: what to wait for where none did. */
static enum transfer_result
send_once(struct session *s, const char *bytes, size_t len, size_t *n_r, short *events_r)
{
	ssize_t n;

	*n_r = 0;
	*events_r = POLLOUT;
	if (s->data.tls != NULL)
		return wait_of_tls(tls_write(s->data.tls, bytes, len, n_r), events_r);
	n = send(s->data.fd, bytes, len, MSG_NOSIGNAL);
	if (n == -1 && !wait_is_retry(errno))
		return TRANSFER_BROKEN;
	*n_r = n > 0 ? (size_t)n : 0;
	return TRANSFER_DONE;
}

enum transfer_result
transfer_send(struct session *s, const char *bytes, size_t len)
{
	enum transfer_result result = TRANSFER_DONE;

	while (len > 0 && result == TRANSFER_DONE) {
		short events;
		size_t n;

		result = send_once(s, bytes, len, &n, &events);
		bytes += n;
		len -= n;
		s->transfer.bytes += n;
		if (result == TRANSFER_DONE && n == 0)
			result = wait_data(s, events);
		else if (result == TRANSFER_DONE &&
		    s->transfer.bytes - s->transfer.heard >= TRANSFER_CHUNK)
			result = wait_look(s);
	}
	return result;
}

enum transfer_result
transfer_recv(struct session *s, char *bytes, size_t len, size_t *n_r, bool *end_r)
{
	enum tls_status status;
	ssize_t n;

	*n_r = 0;
	if (s->data.tls == NULL) {
		n = recv(s->data.fd, bytes, len, 0);
		if (n == -1)
			return wait_is_retry(errno) ? TRANSFER_DONE : TRANSFER_BROKEN;
		*n_r = (size_t)n;
		*end_r = n == 0;
		return TRANSFER_DONE;
	}
	status = tls_read(s->data.tls, bytes, len, n_r);
	*end_r = status == TLS_CLOSED || status == TLS_CUT;
	if (status == TLS_CLOSED)
		s->tls.notifies = true;
	if (status == TLS_CUT) {
		/* There is nobody left to say close_notify to. */
		tls_free(s->data.tls);
		s->data.tls = NULL;
		return s->conf->tls_close_notify == CONF_NOTIFY_TOLERATE && !s->tls.notifies
		    ? TRANSFER_DONE
		    : TRANSFER_CUT;
	}
	return status == TLS_FAILED ? TRANSFER_BROKEN : TRANSFER_DONE;
}

void
transfer_log(struct session *s, enum ipc_direction direction, const char *path, bool complete)
{
	struct ipc m = { .type = IPC_TRANSFER };
	struct sb sb;

	if (s->conf->transfer_log[0] == '\0')
		return;
	m.u.transfer.bytes = wire_is_plain(&s->params.form) ? s->transfer.bytes :
	                                                      s->transfer.file_bytes;
	m.u.transfer.ms = (uint64_t)(clock_ms() - s->transfer.started);
	m.u.transfer.direction = (uint8_t)direction;
	m.u.transfer.ascii = s->params.form.type != WIRE_IMAGE;
	m.u.transfer.compressed =
	    direction != TRANSFER_DELETED && s->params.form.mode == WIRE_DEFLATE;
	m.u.transfer.complete = complete;
	sb_init(&sb, m.u.transfer.path, sizeof(m.u.transfer.path));
	if (path[0] != '/') {
		/* Where getcwd(2) fails the directory is gone; the name alone is what is known
		 * then. */
		if (getcwd(sb.buf, sb.cap) != NULL)
			sb.len = strlen(sb.buf);
		else
			sb_reset(&sb);
		if (sb.len > 1)
			sb_putc(&sb, '/');
	}
	sb_puts(&sb, path);
	link_tell(s, &m);
}

const char *
transfer_missing(const struct session *s, int error)
{
	/* A listing follows no links, so this is its own depth. */
	return error == ELOOP ? lang_text(s->lang, N_("more than 32 directories in one another"))
			      : strerror(error);
}

static void
reply_to_transfer(struct session *s, enum transfer_result result, int error, const char *extra)
{
	unsigned long long bytes = s->transfer.bytes;

	switch (result) {
	case TRANSFER_PARTLY:
		/* A client that took this for whole would delete its copies of the rest. */
		reply(s, error == EACCES || error == EPERM || error == ELOOP ? 550 : 451,
		    "The listing is not whole: %s.", transfer_missing(s, error));
		break;
	case TRANSFER_DONE:
		reply(s, 226, "Transfer complete, %llu bytes.%s%s%s", bytes,
		    s->transfer.suspect
			? lang_text(s->lang, N_(" You marked some of them as suspect."))
			: "",
		    extra == NULL ? "" : " ", extra == NULL ? "" : extra);
		break;
	case TRANSFER_ABORTED:
		reply(s, 426, "Transfer aborted after %llu bytes.", bytes);
		break;
	case TRANSFER_BROKEN:
		reply(s, 426, "The data connection broke after %llu bytes: %s.", bytes,
		    strerror(error));
		break;
	case TRANSFER_DAMAGED:
		reply(s, 426, "Not a whole file, after %llu bytes: %s.", bytes,
		    lang_text(s->lang, s->transfer.problem));
		break;
	case TRANSFER_CUT:
		reply(s, 426,
		    "The data connection ended without TLS's close_notify after %llu bytes; the file may "
		    "be cut off.",
		    bytes);
		break;
	case TRANSFER_INSECURE:
		reply(s, 522, "No TLS on the data connection: %s.",
		    lang_text(s->lang, s->transfer.problem));
		break;
	case TRANSFER_CHANGED:
		reply(s, 451,
		    "The file changed while it was sent; what came, %llu bytes, is no whole file.",
		    bytes);
		break;
	case TRANSFER_BOMB:
		reply(s, 552, "It grows to more than %d times what you send; send it in MODE S.",
		    WIRE_RATIO_MAX);
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
transfer_end(struct session *s, enum transfer_result result, enum ipc_direction direction,
    const char *path, const char *extra)
{
	enum transfer_result finished;
	int error = errno;

	if (result == TRANSFER_DONE || result == TRANSFER_PARTLY) {
		finished = secure_finish(s);
		if (finished != TRANSFER_DONE) {
			result = finished;
			error = errno;
		}
	}
	data_close(s, result != TRANSFER_DONE && result != TRANSFER_PARTLY);
	if (path != NULL)
		transfer_log(s, direction, path, result == TRANSFER_DONE);
	reply_to_transfer(s, result, error, extra);
	reply_to_abor(s);
	s->transfer.running = false;
	if (result == TRANSFER_LOST)
		session_end(s);
}

void
transfer_cancel(struct session *s)
{
	data_close(s, true);
	reply_to_abor(s);
	s->transfer.running = false;
}
