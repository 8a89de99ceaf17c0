#include "server/session/session.h"

#include "base/clock.h"
#include "base/log.h"
#include "ftp/entry.h"
#include "server/command/command.h"
#include "server/file/lease.h"
#include "server/keeper/failures.h"
#include "server/process/session_fds.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/secure.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For the keeper's own work, on a busy machine. */
#define KEEPER_WORK_MS 5000

int64_t
session_keeper_deadline(const struct session *s)
{
	/* A wrong password is answered with a delay, which is no hanging. */
	return clock_ms() + (int64_t)(s->conf->login_timeout + FAILURES_MOST * s->conf->login_failure_delay) +
	    KEEPER_WORK_MS;
}

void
session_tell(struct session *s, const struct ipc *m)
{
	if (!s->keeper_gone && ipc_send(SESSION_CHAN, m, -1) == -1)
		s->stopping = s->keeper_gone = true;
}

void
session_note(struct session *s, uint32_t level, const char *fmt, ...)
{
	struct ipc m = { .type = IPC_NOTE };
	va_list ap;

	if (level > s->conf->log_level)
		return;
	m.u.note.level = level;
	va_start(ap, fmt);
	vsnprintf(m.u.note.text, sizeof(m.u.note.text), fmt, ap);
	va_end(ap);
	session_tell(s, &m);
}

void
session_forget_rest(struct session *s)
{
	s->params.rest = 0;
	s->params.rest_cr = s->params.rest_foreign = false;
}

void
session_forget_range(struct session *s)
{
	s->params.range = (struct session_range){ .set = false };
}

void
session_reset(struct session *s)
{
	/* A stranger's time, and what was refused to him, go on: else REIN would hold a place for ever. */
	const struct session_login before = {
		.home = -1, .deadline = s->login.deadline, .refused = s->login.refused
	};

	data_reset(s);
	hashmem_free(s);
	s->login = before;
	memset(&s->params, 0, sizeof(s->params));
	s->params.format = 'N';
	s->params.form.level = WIRE_LEVEL_DEFAULT;
	s->params.facts = FACTS_DEFAULT;
	s->params.idle_timeout = s->conf->idle_timeout;
	s->params.hash = DIGEST_SHA256;
	s->lang = LANG_EN;
	s->data.epsv_all = false;
	s->tls.host[0] = '\0';
	s->tls.resumes = s->tls.notifies = false;
	s->state = ST_ANY;
}

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

const struct charset *
session_charset(const struct session *s)
{
	return s->params.utf8 ? NULL : s->login.charset;
}

int64_t
session_deadline(const struct session *s, uint64_t ms)
{
	int64_t deadline = clock_ms() + (int64_t)ms;

	return s->state != ST_IN && s->login.deadline < deadline ? s->login.deadline : deadline;
}

void
session_flush(struct session *s)
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
			deadline = session_deadline(s, s->conf->stall_timeout);
		if (errno != EINTR && (errno != EAGAIN || poll(&p, 1, clock_poll_timeout(deadline)) == 0))
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

/* An account that was closed has nobody to serve: the client is told, and is then as good as gone. */
static void
change_account(struct session *s, const struct ipc_account *account)
{
	lease_set_limited(s, account->limited);
	if (account->enabled)
		return;
	reply(s, 421, "This account has been closed or moved by the administrator.");
	s->in_closed = true;
}

/* What the keeper says unasked.  False for an answer. */
static bool
hear_keeper(struct session *s, const struct ipc *m)
{
	switch (m->type) {
	case IPC_STOP:
		s->stopping = true;
		return true;
	case IPC_RECALL:
		lease_recall(s);
		return true;
	case IPC_ACCOUNT:
		change_account(s, &m->u.account);
		return true;
	default:
		return false;
	}
}

static void
read_keeper(struct session *s)
{
	struct ipc m;
	int fd;

	/* Without its keeper a session may finish what runs, and nothing more. */
	if (ipc_recv(SESSION_CHAN, s->state == ST_IN ? SESSION_IN : SESSION_PRE, &m, &fd) != 1) {
		s->stopping = s->keeper_gone = true;
		return;
	}
	(void)hear_keeper(s, &m);
	if (fd != -1)
		close(fd);
}

enum session_event
session_wait(struct session *s, int fd, short events, int64_t deadline)
{
	struct pollfd fds[3];
	bool more = !s->in_closed && line_room(&s->in) > 0;
	int n;

	session_flush(s);
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
		read_keeper(s);
	if (fds[0].revents != 0)
		(void)read_control(s);
	if (s->in_closed)
		return EVENT_LOST;
	return fds[2].revents != 0 ? EVENT_FD : EVENT_CONTROL;
}

bool
session_ask(struct session *s, struct ipc *m, short early, int *fd_r)
{
	struct pollfd fds[2] = { { .fd = SESSION_CHAN, .events = POLLIN },
		{ .fd = early == 0 ? -1 : SESSION_CONTROL, .events = early } };
	enum ipc_at at = s->state == ST_IN ? SESSION_IN : SESSION_PRE;
	int64_t deadline = session_keeper_deadline(s);

	*fd_r = -1;
	session_tell(s, m);
	while (!s->keeper_gone) {
		int n = poll(fds, 2, clock_poll_timeout(deadline));

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || (fds[0].revents == 0 && fds[1].revents != 0) ||
		    ipc_recv(SESSION_CHAN, at, m, fd_r) != 1)
			break;
		if (!hear_keeper(s, m))
			return true;
	}
	/* An answer that came later would be taken for the next one's. */
	s->stopping = s->keeper_gone = true;
	return false;
}

static void
greet(struct session *s)
{
	const char *text = s->conf->greeting;

	reply(s, 220, "%s", text[0] != '\0' ? text : "Ferry FTP server ready.");
}

/* One line, taken out of the queue.  False when there is none. */
static bool
run_line(struct session *s)
{
	char line[LINE_MAX_LEN];

	switch (line_next(&s->in, line)) {
	case LINE_NONE:
		return false;
	case LINE_OK:
		command_run(s, line);
		explicit_bzero(line, sizeof(line));
		lease_rest(s);
		break;
	case LINE_TOO_LONG:
		reply(s, 500, "Line too long; %d bytes are the most.", LINE_MAX_LEN - 1);
		break;
	case LINE_NUL:
		reply(s, 501, "A NUL byte has no place in a command.");
		break;
	}
	s->idle_since = clock_ms();
	return true;
}

/* Nothing to do: waits for the client, for the deadline that counts now, or for the server's end, which may
 * have been told while a command ran. */
static void
wait_for_line(struct session *s)
{
	bool in = s->state == ST_IN;
	int64_t deadline = s->idle_since + (int64_t)s->params.idle_timeout;

	if (s->stopping) {
		reply(s, 421, "The server is going down; please come back later.");
		s->ending = true;
		return;
	}
	if (!in && s->login.deadline < deadline)
		deadline = s->login.deadline;
	switch (session_wait(s, -1, 0, deadline)) {
	case EVENT_TIMEOUT:
		if (in || deadline != s->login.deadline)
			reply(s, 421, "Nothing came for %llu seconds; closing.",
			    (unsigned long long)s->params.idle_timeout / 1000);
		else
			reply(s, 421, "No login within %llu seconds; closing.",
			    (unsigned long long)s->conf->login_timeout / 1000);
		s->ending = true;
		break;
	case EVENT_LOST:
		s->ending = !line_ready(&s->in) || s->out_failed;
		break;
	case EVENT_FD:
	case EVENT_CONTROL:
		break;
	}
}

/* Closes so that the last reply arrives: unread bytes of the client would make the kernel reset the
 * connection, and the reply be lost with it. */
static void
close_control(struct session *s)
{
	char rest[4096];

	session_flush(s);
	if (s->tls.control != NULL)
		(void)tls_close(s->tls.control);
	(void)shutdown(SESSION_CONTROL, SHUT_WR);
	for (int i = 0; i < 16 && recv(SESSION_CONTROL, rest, sizeof(rest), MSG_DONTWAIT) > 0; i++)
		continue;
	close(SESSION_CONTROL);
	tls_free(s->tls.control);
}

void
session_auth(struct session *s, bool protect)
{
	char host[sizeof(s->tls.host)];

	reply(s, 234, "TLS it is; your turn.");
	if (!secure_control(s))
		return;
	/* All that was said in the clear may have been somebody else's (RFC 4217 section 4.2), half a word of Telnet
	 * included; data connections go on with the certificate that this one has. */
	line_clear(&s->in);
	memcpy(host, s->tls.host, sizeof(host));
	session_reset(s);
	memcpy(s->tls.host, host, sizeof(host));
	s->tls.pbsz = s->tls.protect = protect;
}

static void
begin(struct session *s, uint32_t how)
{
	if (s->tls.implicit) {
		/* Such clients need not say PBSZ and PROT: data connections are private at once. */
		if (!secure_control(s))
			return;
		s->tls.pbsz = s->tls.protect = true;
	}
	if (how == REVIVE_GREET)
		greet(s);
	else if (how != REVIVE_SILENT)
		session_auth(s, how == REVIVE_AUTH_PRIVATE);
}

void
session_serve(struct session *s, const struct conf *conf, const struct privilege *privilege,
    struct tls_context *tls, const struct charsets *charsets, const union sock_addr *peer, bool implicit,
    const struct ipc_revive *before)
{
	s->conf = conf;
	s->privilege = privilege;
	s->charsets = charsets;
	s->peer = *peer;
	s->tls.context = tls;
	s->tls.implicit = implicit;
	s->data.listener = s->data.fd = s->data.lingering = -1;
	s->idle_since = clock_ms();
	s->login.deadline = s->idle_since + (int64_t)s->conf->login_timeout;
	session_reset(s);
	if (before != NULL && !line_feed(&s->in, (const unsigned char *)before->bytes, before->len))
		_exit(1);
	if (sock_local_addr(SESSION_CONTROL, &s->local)) {
		begin(s, before == NULL ? REVIVE_GREET : before->how);
		while (!s->ending)
			if (s->stopping || !run_line(s))
				wait_for_line(s);
		data_reset(s);
		lease_end(s);
		close_control(s);
	}
	hashmem_free(s);
	line_clear(&s->in);
}

noreturn void
session_run(const struct conf *conf, const struct privilege *privilege, struct tls_context *tls,
    const struct charsets *charsets, const union sock_addr *peer, bool implicit, const struct ipc_revive *before)
{
	static struct session session;  /* the process's one; all else is passed it */

	session_serve(&session, conf, privilege, tls, charsets, peer, implicit, before);
	_exit(0);
}
