#include "server/command/cmd_access.h"

#include "base/amount.h"
#include "base/clock.h"
#include "base/log.h"
#include "ftp/entry.h"
#include "ftp/host.h"
#include "server/file/lease.h"
#include "server/process/session_fds.h"
#include "server/process/title.h"
#include "server/session/control.h"
#include "server/session/link.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/secure.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
welcome(struct session *s, const struct ipc_granted *granted, bool by_certificate)
{
	const struct usage *limit = &granted->quota.limit, *used = &granted->quota.used;
	char has[AMOUNT_LEN], may[AMOUNT_LEN];

	if (by_certificate)
		reply(s, 232, "Welcome, %s; your certificate is all it takes.", granted->name);
	else if (granted->quota.status != LEASED_OK)
		reply(s, 230, "Welcome, %s.", granted->name);
	else if (limit->bytes >= 0)
		reply(s, 230, "Welcome, %s; you use %s of %s.", granted->name,
		    amount_text(used->bytes, has), amount_text(limit->bytes, may));
	else
		reply(s, 230, "Welcome, %s; you have %lld of %lld files.", granted->name,
		    (long long)used->files, (long long)limit->files);
}

/* Takes home over. */
static void
enter(struct session *s, const struct ipc_granted *granted, int home, bool by_certificate)
{
	char name[16], text[SOCK_TEXT_LEN];

	bool entered = privilege_enter_home(s->privilege, granted->uid, granted->gid, home);
	int error = errno;

	/* A detached home lasts as long as this is open, and leads nowhere else; any other would be
	 * a way out. */
	if (granted->detached)
		s->login.home = home;
	else
		close(home);
	if (!entered) {
		/* Half of the way may be gone, so there is no way back. */
		link_note(s, LOG_LV_ERROR, "account=%s uid=%u gid=%u: cannot enter the home: %s",
		    granted->name, granted->uid, granted->gid, strerror(error));
		reply(s, 421,
		    "Your home cannot be entered; the administrator finds the cause in the log.");
		session_end(s);
		return;
	}
	memcpy(s->login.name, granted->name, sizeof(granted->name));
	s->login.uid = granted->uid;
	s->login.gid = granted->gid;
	s->login.token = granted->token;
	if (granted->charset[0] != '\0') {
		memcpy(s->login.charset_name, granted->charset, sizeof(granted->charset));
		s->login.charset = charsets_find(s->charsets, granted->charset);
		if (s->login.charset == NULL)
			link_note(s, LOG_LV_WARNING,
			    "account=%s: client-charset %s is not one of client-charsets",
			    granted->name, granted->charset);
	}
	s->state = ST_IN;
	umask((mode_t)s->conf->umask);
	snprintf(name, sizeof(name), "ferry:%.9s", granted->name);
	(void)prctl(PR_SET_NAME, name);
	title_set("session %s %s", sock_addr_text(&s->peer, text), granted->name);
	lease_start(s, &granted->quota);
	welcome(s, granted, by_certificate);
}

static void
refuse(struct session *s, uint32_t why)
{
	s->state = ST_ANY;
	switch (why) {
	case DENIED_WRONG:
		reply(s, 530, "Login incorrect.");
		return;
	case DENIED_TRIES:
		reply(s, 421, "Login incorrect, too many times; closing.");
		break;
	case DENIED_BUSY:
		reply(s, 421, "Too many logins at once; try again in a moment.");
		break;
	case DENIED_HOME:
		reply(s, 421,
		    "Your home is not there; the administrator finds the cause in the log.");
		break;
	default:
		reply(s, 421, "The accounts cannot be read at present; try again later.");
	}
	session_end(s);
}

/* A client must show a certificate, or none that is not accepted.  False after saying so. */
static bool
certificate_will_do(struct session *s)
{
	if (s->conf->tls_client_certificate == CONF_CLIENT_REQUIRED &&
	    s->tls.certificate[0] == '\0') {
		reply(s, 530, "A client certificate is required here, by TLS, and there is none.");
		return false;
	}
	if (s->tls.certificate_problem != NULL) {
		reply(s, 530, "Your certificate is not accepted: %s.", s->tls.certificate_problem);
		return false;
	}
	return true;
}

/* True when an answer is sent; false: it takes a password. */
static bool
login_by_certificate(struct session *s)
{
	struct ipc m = { .type = IPC_LOGIN_CERTIFICATE };
	bool done = true;
	int fd;

	memcpy(m.u.certificate.name, s->login.name, sizeof(m.u.certificate.name));
	memcpy(
	    m.u.certificate.fingerprint, s->tls.certificate, sizeof(m.u.certificate.fingerprint));
	control_flush(s);
	if (!link_ask(s, &m, POLLRDHUP, &fd)) {
		session_end(s);
		reply(s, 421, "Logins are not possible at present; try again later.");
	} else if (m.type == IPC_GRANTED) {
		enter(s, &m.u.granted, fd, true);
		fd = -1;
	} else if (m.type == IPC_PASSWORD) {
		done = false;
	} else {
		refuse(s, m.u.denied.why);
	}
	if (fd != -1)
		close(fd);
	return done;
}

void
cmd_user(struct session *s, char *arg)
{
	if (s->state == ST_IN) {
		reply(s, 503, "You are logged in already; REIN starts anew.");
		return;
	}
	if (strlen(arg) >= sizeof(s->login.name)) {
		reply(s, 501, "The name is too long.");
		return;
	}
	/* Before the password goes over the wire. */
	if (s->conf->tls_require != CONF_TLS_NONE && s->tls.control == NULL) {
		reply(s, 530, "TLS is required here: AUTH TLS comes first.");
		return;
	}
	if (!certificate_will_do(s))
		return;
	memcpy(s->login.name, arg, strlen(arg) + 1);
	s->state = ST_USER;
	if (s->tls.certificate[0] != '\0' && login_by_certificate(s))
		return;
	/* The same for every name: who exists is not told (RFC 2577 section 7). */
	reply(s, 331, "Password required.");
}

void
cmd_pass(struct session *s, char *arg)
{
	struct ipc m = { .type = IPC_LOGIN };
	size_t len = strlen(arg);
	int fd;

	/* What cannot be a password still takes the way of a wrong one, and its time. */
	if (len >= sizeof(m.u.login.password))
		len = 0;
	memcpy(m.u.login.name, s->login.name, sizeof(m.u.login.name));
	memcpy(m.u.login.password, arg, len);
	explicit_bzero(arg, strlen(arg));
	control_flush(s);
	if (!link_ask(s, &m, POLLRDHUP, &fd)) {
		session_end(s);
		reply(s, 421, "Logins are not possible at present; try again later.");
	} else if (m.type == IPC_GRANTED) {
		enter(s, &m.u.granted, fd, false);
		fd = -1;
	} else {
		refuse(s, m.u.denied.why);
	}
	explicit_bzero(&m, sizeof(m));
	if (fd != -1)
		close(fd);
}

void
cmd_acct(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 202, "No account is needed here.");
}

static bool
is_our_name(const struct session *s, const char *name)
{
	const struct conf *c = s->conf;

	for (size_t i = 0; i < CONF_HOSTS_MAX && c->host_names[i][0] != '\0'; i++)
		if (strcasecmp(c->host_names[i], name) == 0)
			return true;
	return s->tls.context != NULL && tls_context_has_name(s->tls.context, name);
}

/* All names lead to the same accounts, so that a name only has to be one of ours (RFC 7151 section
 * 3). */
void
cmd_host(struct session *s, char *arg)
{
	enum host_kind kind;
	union sock_addr a;

	if (s->state == ST_IN) {
		reply(s, 503, "You are logged in already; REIN starts anew.");
		return;
	}
	kind = host_parse(arg, &a);
	if (kind == HOST_BAD) {
		reply(s, 501, "Usage: HOST name, HOST 192.0.2.1 or HOST [2001:db8::1]");
	} else if (kind == HOST_ADDRESS ? !sock_addr_same_host(&a, &s->local)
					: !is_our_name(s, arg)) {
		reply(s, 504, "This server has no host of that name.");
	} else if (kind == HOST_NAME && s->tls.control != NULL &&
	    tls_host(s->tls.control) != NULL && strcasecmp(tls_host(s->tls.control), arg) != 0) {
		/* RFC 7151 section 4: the name that TLS was made for is the one. */
		reply(s, 504, "TLS was made for another host.");
	} else {
		/* What was said to another host does not count here: section 3.2.1. */
		s->state = ST_ANY;
		s->login.name[0] = '\0';
		s->lang = LANG_EN;
		/* AUTH may follow, of a client that names no host there. */
		snprintf(s->tls.host, sizeof(s->tls.host), "%s", kind == HOST_NAME ? arg : "");
		reply(s, 220, "Host accepted.");
	}
}

void
access_give_back(struct session *s, enum ipc_revive_how how)
{
	struct ipc m = { .type = IPC_REVIVE };
	struct pollfd end = { .fd = SESSION_CHAN, .events = POLLIN };
	int64_t deadline = link_deadline(s);
	struct ipc rest;
	int fd, rc = 1;
	size_t len;

	control_flush(s);
	data_reset(s);
	lease_end(s);
	if (!line_rest(&s->in, m.u.revive.bytes, sizeof(m.u.revive.bytes), &len)) {
		reply(s, 421, "What came behind REIN cannot be kept; please connect again.");
		session_end(s);
		return;
	}
	m.u.revive.how = how;
	m.u.revive.len = (uint32_t)len;
	if (ipc_send(SESSION_CHAN, &m, SESSION_CONTROL) == 0) {
		while (rc == 1 && poll(&end, 1, clock_poll_timeout(deadline)) == 1)
			rc = ipc_recv(SESSION_CHAN, SESSION_IN, &rest, &fd);
		/* Its end says that the listener has it; a keeper that died with the message unread
		 * leaves a reset. */
		if (rc == 0)
			_exit(0);
	}
	reply(s, 421, "Cannot start anew; please connect again.");
	session_end(s);
}

void
access_reset(struct session *s)
{
	/* A stranger's time, and what was refused to him, go on: else REIN would hold a place for
	 * ever. */
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

void
cmd_rein(struct session *s, char *arg)
{
	enum ipc_revive_how how = REVIVE_GREET;

	(void)arg;
	if (s->tls.implicit) {
		reply(s, 502, "Nobody is in the clear on this port; please connect again.");
		return;
	}
	if (s->tls.control != NULL) {
		/* The reply goes by TLS, and what follows in the clear (RFC 4217 section 13). */
		reply(s, 220, "Ready for a new user, without TLS.");
		if (!secure_leave(s)) {
			session_end(s);
			return;
		}
		line_clear(&s->in);
		how = REVIVE_SILENT;
	}
	if (s->state == ST_IN) {
		access_give_back(s, how);
		return;
	}
	access_reset(s);
	if (how == REVIVE_GREET)
		reply(s, 220, "Ready for a new user.");
}

void
cmd_quit(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 221, "Goodbye.");
	session_end(s);
}
