#include "client/engine/secure.h"

#include "base/clock.h"
#include "client/engine/net.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* RFC 7301; "ftp" is IANA's name for it. */
static const char protocols[] = "\3ftp";

/* Goes through the handshake; an end of its own. */
static int
shake_hands(struct conn *c, struct fail *f)
{
	int64_t until = clock_ms() + c->opt.timeout_ms;

	for (;;) {
		enum tls_status status = tls_handshake(c->tls);

		switch (status) {
		case TLS_DONE:
			return 0;
		case TLS_WANT_READ:
		case TLS_WANT_WRITE:
			if (net_wait_one(c->fd, status == TLS_WANT_READ ? POLLIN : POLLOUT, until,
				c->opt.interrupt_fd) == 1)
				continue;
			return fail_errno(f, FAIL_TLS, "beginning TLS with %s", c->host);
		case TLS_CLOSED:
		case TLS_CUT:
			return fail_set(
			    f, FAIL_TLS, "%s closes the connection where TLS begins", c->host);
		case TLS_FAILED:
			return fail_set(f, FAIL_TLS, "TLS with %s fails: %s", c->host, tls_error());
		}
	}
}

static int
judge(struct conn *c, struct fail *f)
{
	char note[128];

	if (!tls_peer(c->tls, &c->certificate))
		return fail_set(f, FAIL_TLS, "%s shows no certificate", c->host);
	snprintf(note, sizeof(note), "%s %s", tls_version(c->tls), tls_cipher(c->tls));
	conn_trace(c, CONN_NOTE, note);
	snprintf(note, sizeof(note), "certificate SHA256:%s", c->certificate.fingerprint);
	conn_trace(c, CONN_NOTE, note);
	return c->opt.trust(
	    c->opt.trust_arg, c->host, c->port, &c->certificate, tls_problem(c->tls), f);
}

static int
begin(struct conn *c, struct fail *f)
{
	char why[256];

	c->tls_context = tls_context_client(protocols, why, sizeof(why));
	if (c->tls_context == NULL)
		return fail_set(f, FAIL_MEMORY, "%s", why);
	c->tls = tls_connect(c->tls_context, c->fd, c->host, NULL);
	if (c->tls == NULL)
		return fail_set(f, FAIL_MEMORY, "out of memory");
	if (shake_hands(c, f) == 0 && judge(c, f) == 0)
		return 0;
	/* To no server that is not the right one is anything said, goodbye included. */
	conn_close(c);
	return -1;
}

int
secure_implicit(struct conn *c, struct fail *f)
{
	return begin(c, f);
}

/* Goes through a handshake with whoever it is, unless something happens on the connection c. */
static bool
is_answered(const struct conn *c, struct tls *t, int fd, int64_t until)
{
	struct pollfd fds[2] = { { .fd = fd }, { .fd = c->fd, .events = POLLIN } };
	enum tls_status status;

	while ((status = tls_handshake(t)) == TLS_WANT_READ || status == TLS_WANT_WRITE) {
		fds[0].events = status == TLS_WANT_READ ? POLLIN : POLLOUT;
		if (net_wait(fds, 2, until, c->opt.interrupt_fd) == -1 || fds[1].revents != 0)
			return false;
	}
	return status == TLS_DONE;
}

bool
secure_is_awaited(const struct conn *c, int64_t until)
{
	char why[256];
	struct tls_context *context = tls_context_client(protocols, why, sizeof(why));
	struct tls *t = NULL;
	bool awaited = false;
	int fd = -1;

	if (context != NULL)
		fd = net_connect(&c->peer, until, c->opt.interrupt_fd);
	if (fd != -1)
		t = tls_connect(context, fd, c->host, NULL);
	if (t != NULL)
		awaited = is_answered(c, t, fd, until);
	tls_free(t);
	tls_context_free(context);
	if (fd != -1)
		close(fd);
	return awaited;
}

/* The server wants no TLS. */
static int
go_without(struct conn *c, struct fail *f)
{
	if (c->opt.tls == CONN_TLS_PREFER && (!c->opt.secret || sock_addr_is_loopback(&c->peer)))
		return 0;
	if (c->opt.tls == CONN_TLS_PREFER)
		return fail_reply(f, FAIL_TLS, c->reply.code,
		    "%s offers no TLS (%d %s), and the password could be read on the way; --tls=off goes without",
		    c->host, c->reply.code, reply_text(&c->reply));
	return fail_reply(f, FAIL_TLS, c->reply.code,
	    "%s offers no TLS%s (%d %s); --tls=off goes without", c->host,
	    c->opt.tls == CONN_TLS_EXPECT ? ", and it had TLS before" : "", c->reply.code,
	    reply_text(&c->reply));
}

int
secure_explicit(struct conn *c, struct fail *f)
{
	int code;

	if (c->opt.tls == CONN_TLS_OFF)
		return 0;
	code = conn_command(c, f, "AUTH", "TLS");
	if (code == -1)
		return -1;
	if (code == 421)
		return conn_refused(c, f, FAIL_PROTOCOL, "the server ends the session");
	if (code != 234)
		return go_without(c, f);
	/* Whoever can write to the plain connection could put an answer there for what is asked
	 * later (CVE-2021-22947). */
	if (c->in_at < c->in_len) {
		conn_close(c);
		return fail_set(f, FAIL_PROTOCOL,
		    "%s says more where TLS begins: somebody may have put it there", c->host);
	}
	return begin(c, f);
}

int
secure_protect(struct conn *c, struct fail *f)
{
	int code;

	if (c->tls == NULL)
		return 0;
	code = conn_command(c, f, "PBSZ", "0");
	if (code >= 200 && code < 300)
		code = conn_command(c, f, "PROT", "P");
	if (code == -1)
		return -1;
	if (code >= 300)
		return conn_refused(c, f, FAIL_TLS, "the server does not protect data connections");
	c->protects_data = true;
	return 0;
}

struct tls *
secure_data(struct conn *c, int fd, struct fail *f)
{
	struct tls *t = tls_connect(c->tls_context, fd, c->host, c->tls);

	if (t == NULL)
		(void)fail_set(f, FAIL_MEMORY, "out of memory");
	return t;
}

int
secure_check_data(const struct conn *c, const struct tls *data, struct fail *f)
{
	struct tls_peer peer;

	/* To resume the session takes what only the control connection's server knows. */
	if (tls_is_resumed(data))
		return 0;
	if (tls_peer(data, &peer) && strcmp(peer.fingerprint, c->certificate.fingerprint) == 0)
		return 0;
	return fail_set(
	    f, FAIL_TLS, "the data connection leads to another server than %s", c->host);
}
