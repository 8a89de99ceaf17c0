#include "server/transfer.h"

#include "base/clock.h"
#include "server/cmd_info.h"
#include "server/data.h"
#include "server/reply.h"
#include "server/session_fds.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

enum transfer_result
transfer_wait(struct session *s, short events)
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

bool
transfer_is_retry(int error)
{
	return error == EAGAIN || error == EINTR;
}

enum transfer_result
transfer_send(struct session *s, const char *bytes, size_t len)
{
	enum transfer_result result = TRANSFER_DONE;

	while (len > 0 && result == TRANSFER_DONE) {
		ssize_t n = send(s->data.fd, bytes, len, MSG_NOSIGNAL);

		if (n == -1 && !transfer_is_retry(errno))
			return TRANSFER_BROKEN;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			s->transfer.bytes += (uint64_t)n;
		}
		if (len > 0 || s->transfer.bytes - s->transfer.heard >= TRANSFER_CHUNK)
			result = transfer_wait(s, POLLOUT);
	}
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
	m.u.transfer.ascii = s->params.form.type != WIRE_IMAGE;
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
		reply(s, 226, "Transfer complete, %llu bytes.%s%s%s", bytes,
		    s->transfer.suspect ? lang_text(s->lang, N_(" You marked some of them as suspect.")) : "",
		    extra == NULL ? "" : " ", extra == NULL ? "" : extra);
		break;
	case TRANSFER_ABORTED:
		reply(s, 426, "Transfer aborted after %llu bytes.", bytes);
		break;
	case TRANSFER_BROKEN:
		reply(s, 426, "The data connection broke after %llu bytes: %s.", bytes, strerror(error));
		break;
	case TRANSFER_DAMAGED:
		reply(s, 426, "Not a whole file, after %llu bytes: %s.", bytes,
		    lang_text(s->lang, s->transfer.problem));
		break;
	case TRANSFER_BOMB:
		reply(s, 552, "It grows to more than %d times what you send; send it in MODE S.", WIRE_RATIO_MAX);
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
