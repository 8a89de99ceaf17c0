#include "server/session/control.h"

#include "base/clock.h"
#include "server/process/session_fds.h"
#include "server/session/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* recv(2) and send(2), through TLS where that stands. */
static ssize_t
control_recv(struct session *s, void *bytes, size_t n)
{
	size_t got = 0;

	if (s->tls.control == NULL)
		return recv(SESSION_CONTROL, bytes, n, MSG_DONTWAIT);
	switch (tls_read(s->tls.control, bytes, n, &got)) {
	case TLS_DONE:
		return (ssize_t)got;
	case TLS_WANT_READ:
	case TLS_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case TLS_CLOSED:
	case TLS_CUT:
		return 0;
	case TLS_FAILED:
		break;
	}
	errno = ECONNRESET;
	return -1;
}

static ssize_t
control_send(struct session *s, const void *bytes, size_t n)
{
	size_t sent = 0;

	if (s->tls.control == NULL)
		return send(SESSION_CONTROL, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	switch (tls_write(s->tls.control, bytes, n, &sent)) {
	case TLS_DONE:
		return (ssize_t)sent;
	case TLS_WANT_READ:
	case TLS_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	default:
		errno = ECONNRESET;
		return -1;
	}
}

int64_t
control_deadline(const struct session *s, uint64_t ms)
{
	int64_t deadline = clock_ms() + (int64_t)ms;

	return s->state != ST_IN && s->login.deadline < deadline ? s->login.deadline : deadline;
}

void
control_flush(struct session *s)
{
	int64_t deadline = CLOCK_NEVER;
	size_t sent = 0;

	while (sent < s->out.len && !s->out_failed) {
		ssize_t n = control_send(s, s->out.buf + sent, s->out.len - sent);
		struct pollfd p = { .fd = SESSION_CONTROL, .events = POLLOUT };

		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (deadline == CLOCK_NEVER)
			deadline = control_deadline(s, s->conf->stall_timeout);
		if (errno != EINTR &&
		    (errno != EAGAIN || poll(&p, 1, clock_poll_timeout(deadline)) == 0))
			s->out_failed = true;
	}
	s->out.len = 0;
}

/* Answers Telnet's offers, all of them with a refusal (RFC 1123 section 4.1.2.12). */
static void
answer_telnet(struct session *s)
{
	if (s->in.nanswers == 0)
		return;
	(void)!control_send(s, s->in.answers, s->in.nanswers);
	s->in.nanswers = 0;
}

/* False when nothing has come. */
static bool
read_control(struct session *s)
{
	unsigned char buf[4096];
	size_t room = line_room(&s->in);
	bool fed = false;
	ssize_t n;

	n = control_recv(s, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n > 0) {
		fed = line_feed(&s->in, buf, (size_t)n);
		explicit_bzero(buf, (size_t)n);         /* it may be a password */
	}
	if (fed) {
		answer_telnet(s);
		return true;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	s->in_closed = true;
	return true;
}

enum control_event
control_wait(struct session *s, int fd, short events, int64_t deadline)
{
	struct pollfd fds[3];
	bool more = !s->in_closed && line_room(&s->in) > 0;
	int n;

	control_flush(s);
	if (s->out_failed)
		return EVENT_LOST;
	/* What TLS has read from the socket already, poll(2) does not show. */
	if (more && s->tls.control != NULL && tls_is_pending(s->tls.control) && read_control(s))
		return s->in_closed ? EVENT_LOST : EVENT_CONTROL;
	fds[0] = (struct pollfd){ .fd = more ? SESSION_CONTROL : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = s->keeper_gone ? -1 : SESSION_CHAN, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = fd, .events = events };
	n = poll(fds, 3, clock_poll_timeout(deadline));
	if (n == 0)
		return EVENT_TIMEOUT;
	if (n == -1)
		return EVENT_CONTROL;   /* interrupted: the caller looks and waits again */
	if (fds[1].revents != 0)
		link_read(s);
	if (fds[0].revents != 0)
		(void)read_control(s);
	if (s->in_closed)
		return EVENT_LOST;
	return fds[2].revents != 0 ? EVENT_FD : EVENT_CONTROL;
}

void
control_close(struct session *s)
{
	char rest[4096];

	control_flush(s);
	if (s->tls.control != NULL)
		(void)tls_close(s->tls.control);
	(void)shutdown(SESSION_CONTROL, SHUT_WR);
	/* Unread bytes of the client would make the kernel reset the connection, and the last reply
	 * be lost with it. */
	for (int i = 0; i < 16 && recv(SESSION_CONTROL, rest, sizeof(rest), MSG_DONTWAIT) > 0; i++)
		continue;
	close(SESSION_CONTROL);
	tls_free(s->tls.control);
}
