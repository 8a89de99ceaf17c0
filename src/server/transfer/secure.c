#include "server/transfer/secure.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/tls.h"
#include "server/process/session_fds.h"
#include "server/session/control.h"
#include "server/session/link.h"
#include "server/transfer/data.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

/* Tickets at the start: more come with each data connection. */
#define CONTROL_TICKETS 2

/* How long a client may take to say that it leaves TLS. */
#define LEAVE_MS 5000

/* Waits on the control connection as TLS wants; false after the deadline. */
static bool
wait_as_told(enum tls_status status, int64_t deadline)
{
	struct pollfd p = { .fd = SESSION_CONTROL,
		.events = status == TLS_WANT_WRITE ? POLLOUT : POLLIN };

	return poll(&p, 1, clock_poll_timeout(deadline)) > 0;
}

/* Who the client is, by its certificate. */
static void
note_certificate(struct session *s)
{
	struct tls_peer peer;

	if (s->conf->tls_client_certificate == CONF_CLIENT_OFF || !tls_peer(s->tls.control, &peer))
		return;
	memcpy(s->tls.certificate, peer.fingerprint, sizeof(s->tls.certificate));
	s->tls.certificate_problem =
	    s->conf->tls_client_ca[0] == '\0' ? NULL : tls_problem(s->tls.control);
	link_note(s, LOG_LV_INFO, "client certificate SHA256:%s%s%s", s->tls.certificate,
	    s->tls.certificate_problem == NULL ? "" : ": ",
	    s->tls.certificate_problem == NULL ? "" : s->tls.certificate_problem);
}

bool
secure_control(struct session *s)
{
	int64_t deadline = control_deadline(s, s->conf->data_timeout);
	unsigned tickets = s->conf->tls_session_reuse == CONF_REUSE_OFF ? 0 : CONTROL_TICKETS;
	struct tls *tls;
	enum tls_status status = TLS_FAILED;

	control_flush(s);
	/* What resumes a session of this process can only be this client. */
	tls = tls_context_make_private(s->tls.context)
	    ? tls_accept(s->tls.context, SESSION_CONTROL, tickets, s->tls.host)
	    : NULL;
	while (tls != NULL && (status = tls_handshake(tls)) != TLS_DONE) {
		if ((status != TLS_WANT_READ && status != TLS_WANT_WRITE) ||
		    !wait_as_told(status, deadline))
			break;
	}
	if (status != TLS_DONE) {
		link_note(s, LOG_LV_WARNING, "TLS handshake failed: %s",
		    status == TLS_WANT_READ || status == TLS_WANT_WRITE ? "it took too long"
									: tls_error());
		tls_free(tls);
		session_end(s);
		return false;
	}
	tls_wipe(tls);
	s->tls.control = tls;
	link_note(s, LOG_LV_DEBUG, "%s %s", tls_version(tls), tls_cipher(tls));
	note_certificate(s);
	return true;
}

bool
secure_leave(struct session *s)
{
	int64_t deadline = control_deadline(s, LEAVE_MS);
	enum tls_status status;
	char rest[1024];
	size_t n;

	control_flush(s);
	(void)tls_leave(s->tls.control);
	do
		status = tls_read(s->tls.control, rest, sizeof(rest), &n);
	while (status == TLS_DONE ||
	    ((status == TLS_WANT_READ || status == TLS_WANT_WRITE) &&
		wait_as_told(status, deadline)));
	tls_free(s->tls.control);
	s->tls.control = NULL;
	s->tls.pbsz = s->tls.protect = false;
	s->tls.certificate[0] = '\0';
	s->tls.certificate_problem = NULL;
	return status == TLS_CLOSED;
}

/* Waits on the data connection as TLS wants.  Many clients send their part of a handshake, and then
 * their data, in small pieces; each waits for the acknowledgement of the one before (RFC 896),
 * which must not be delayed. */
static enum transfer_result
wait_for_data(struct session *s, enum tls_status status)
{
	sock_option(s->data.fd, IPPROTO_TCP, TCP_QUICKACK, 1);
	return wait_data(s, status == TLS_WANT_WRITE ? POLLOUT : POLLIN);
}

/* RFC 4217 section 15.1.2: the control connection's certificate, where its session is not
 * resumed. */
static bool
has_same_certificate(const struct session *s)
{
	struct tls_peer peer;

	return s->tls.certificate[0] == '\0' ||
	    (tls_peer(s->data.tls, &peer) && strcmp(peer.fingerprint, s->tls.certificate) == 0);
}

/* What is wrong with a data connection whose handshake is done, or NULL.  A stranger at the
 * client's address may have been first at its port, and nothing but the client's resuming tells
 * them apart (RFC 4217 section 15.2.6). */
static const char *
find_problem(struct session *s)
{
	uint64_t reuse = s->conf->tls_session_reuse;

	if (tls_is_resumed(s->data.tls))
		return NULL;
	if (reuse == CONF_REUSE_REQUIRE)
		return N_("it does not resume the session of the control connection, as "
			  "tls-session-reuse of this server requires");
	if (reuse == CONF_REUSE_LEARN && s->tls.resumes)
		return N_("it does not resume the session of the control connection, as one before "
			  "it did; tls-session-reuse of this server requires that");
	/* Some clients that can resume do not always, but then nobody else comes to their port. */
	if (reuse == CONF_REUSE_PREFER && s->tls.resumes && data_is_contested(s))
		return N_("it does not resume the session of the control connection, as one before "
			  "it did, and another connection waits at its port");
	if (!has_same_certificate(s))
		return N_("its client certificate is not that of the control connection");
	return NULL;
}

enum transfer_result
secure_data(struct session *s)
{
	enum transfer_result result = TRANSFER_DONE;
	enum tls_status status;

	if (!s->tls.protect)
		return TRANSFER_DONE;
	/* No tickets here: a client that only sends would never read them, and close with them
	 * unread. */
	s->data.tls = tls_accept(s->tls.context, s->data.fd, 0, s->tls.host);
	if (s->data.tls == NULL)
		return TRANSFER_LOCAL;
	while (result == TRANSFER_DONE && (status = tls_handshake(s->data.tls)) != TLS_DONE) {
		if (status != TLS_WANT_READ && status != TLS_WANT_WRITE) {
			s->transfer.problem = tls_error();
			return TRANSFER_INSECURE;
		}
		result = wait_for_data(s, status);
	}
	if (result != TRANSFER_DONE)
		return result;
	s->transfer.problem = find_problem(s);
	if (s->transfer.problem != NULL)
		return TRANSFER_INSECURE;
	s->tls.resumes = s->tls.resumes || tls_is_resumed(s->data.tls);
	data_settle(s);
	sock_option(s->data.fd, IPPROTO_TCP, TCP_QUICKACK, 1);
	if (s->conf->tls_session_reuse != CONF_REUSE_OFF)
		tls_send_ticket(s->tls.control);
	return TRANSFER_DONE;
}

enum transfer_result
secure_finish(struct session *s)
{
	enum transfer_result result = TRANSFER_DONE;
	enum tls_status status;

	if (s->data.tls == NULL)
		return TRANSFER_DONE;
	while (result == TRANSFER_DONE && (status = tls_close(s->data.tls)) != TLS_DONE) {
		if (status != TLS_WANT_READ && status != TLS_WANT_WRITE)
			return TRANSFER_BROKEN;
		result = wait_for_data(s, status);
	}
	return result;
}
