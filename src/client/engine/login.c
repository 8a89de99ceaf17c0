#include "client/engine/login.h"

#include "base/clock.h"
#include "client/engine/net.h"
#include "client/engine/secure.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ADDRESSES_MAX  16
#define GREETINGS_MAX  16       /* 120 may come before 220; nobody sends it without end */
#define SILENCE_MS     3000     /* who has not greeted then may wait for TLS */

/* A server that speaks TLS from the first byte would be waited for in vain. */
static bool
waits_for_tls(const struct conn *c, int64_t until)
{
	int64_t quiet = c->opt.timeout_ms / 2;

	if (c->tls != NULL)
		return false;
	if (quiet > SILENCE_MS)
		quiet = SILENCE_MS;
	return net_wait_one(c->fd, POLLIN, clock_ms() + quiet, c->opt.interrupt_fd) == -1 &&
	    errno == ETIMEDOUT && secure_is_awaited(c, until);
}

static int
greeting(struct conn *c, struct fail *f)
{
	int64_t until = conn_deadline(c);

	if (waits_for_tls(c, until)) {
		conn_close(c);
		return fail_set(f, FAIL_PROTOCOL,
		    "%s speaks TLS from the first byte on port %u: its address begins with ftps://",
		    c->host, c->port);
	}
	for (int i = 0; i < GREETINGS_MAX; i++) {
		int code = conn_reply_until(c, until, f);

		if (code == -1) {
			/* A host that hangs up or says nothing where FTP's first words belong. */
			if (f->kind == FAIL_BROKEN)
				f->kind = FAIL_PROTOCOL;
			return -1;
		}
		until = conn_deadline(c);
		if (code >= 200 && code < 300)
			return 0;
		if (code >= 200)
			return conn_refused(c, f, FAIL_PROTOCOL, "the server turns us away");
	}
	return fail_set(
	    f, FAIL_PROTOCOL, "the server says again and again that it will be ready soon");
}

static int
begin(struct conn *c, struct fail *f)
{
	if (c->opt.implicit)
		return secure_implicit(c, f) == -1 ? -1 : greeting(c, f);
	return greeting(c, f) == -1 ? -1 : secure_explicit(c, f);
}

int
login_open(struct conn *c, const char *host, uint16_t port, struct fail *f)
{
	union sock_addr addrs[ADDRESSES_MAX];
	char text[SOCK_TEXT_LEN], note[SOCK_TEXT_LEN + 64];
	int64_t until = conn_deadline(c);
	const char *why;
	int n;

	snprintf(c->host, sizeof(c->host), "%s", host);
	c->port = port;
	n = net_resolve(
	    host, port, c->opt.family, until, c->opt.interrupt_fd, addrs, ADDRESSES_MAX, &why);
	if (n == -1 && errno == 0)
		return fail_set(f, FAIL_CONNECT, "cannot find %s: %s", host, why);
	if (n == -1) {
		fail_errno(f, FAIL_CONNECT, "cannot find %s", host);
		if (f->kind == FAIL_TIMEOUT)
			f->kind = FAIL_CONNECT;
		return -1;
	}
	for (int i = 0; i < n; i++) {
		/* A dead address leaves the others half of the time that is left. */
		int64_t now = clock_ms(), share = i + 1 < n ? now + (until - now) / 2 : until;

		snprintf(note, sizeof(note), "connecting to %s port %u",
		    sock_addr_text(&addrs[i], text), port);
		conn_trace(c, CONN_NOTE, note);
		c->fd = net_connect(&addrs[i], share, c->opt.interrupt_fd);
		if (c->fd != -1) {
			c->peer = addrs[i];
			sock_keepalive(c->fd);
			return begin(c, f);
		}
		fail_errno(f, FAIL_CONNECT, "cannot connect to %s (%s) port %u", host, text, port);
		if (f->kind == FAIL_INTERRUPTED)
			return -1;
	}
	f->kind = FAIL_CONNECT;
	return -1;
}

static int
send_secret(struct conn *c, const struct login *login, const char *verb,
    int (*ask)(void *, char *, size_t, struct fail *), struct fail *f)
{
	char text[512];
	int code;

	code = ask(login->arg, text, sizeof(text), f);
	if (code == 0)
		code = conn_command(c, f, verb, text);
	explicit_bzero(text, sizeof(text));
	return code;
}

/* FEAT's lines: one blank in front by RFC 2389, in the wild also a TAB, many, or "211-". */
static void
parse_feature(struct conn *c, const char *line)
{
	static const struct {
		const char *name;
		unsigned bit;
	} known[] = {
		{ "MDTM", FEAT_MDTM },
		{ "MFMT", FEAT_MFMT },
		{ "MLST", FEAT_MLST },
		{ "REST STREAM", FEAT_REST },
		{ "SIZE", FEAT_SIZE },
		{ "UTF8", FEAT_UTF8 },
	};

	if (strncmp(line, "211-", 4) == 0)
		line += 4;
	line += strspn(line, " \t");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].name);

		if (strncasecmp(line, known[i].name, len) != 0 ||
		    (line[len] != '\0' && line[len] != ' '))
			continue;
		c->features |= known[i].bit;
		if (known[i].bit == FEAT_MLST)
			snprintf(c->facts, sizeof(c->facts), "%s", line + len + (line[len] == ' '));
	}
}

static int
ask_features(struct conn *c, struct fail *f)
{
	char line[REPLY_LINE_MAX];
	size_t at = 0;
	int code;

	code = conn_command(c, f, "FEAT", NULL);
	if (code == -1)
		return -1;
	if (code == 211)
		while (reply_next_line(&c->reply, &at, line, sizeof(line)))
			parse_feature(c, line);
	/* Any answer will do: a server that lists UTF8 speaks it, and some want to be told. */
	if ((c->features & FEAT_UTF8) != 0 && conn_command(c, f, "OPTS", "UTF8 ON") == -1)
		return -1;
	return 0;
}

int
login_as(struct conn *c, const struct login *login, struct fail *f)
{
	int code;

	code = conn_command(c, f, "USER", login->user);
	if (code >= 300 && code < 400 && code != 332)
		code = send_secret(c, login, "PASS", login->password, f);
	if (code == 332)
		code = send_secret(c, login, "ACCT", login->account, f);
	if (code == -1)
		return -1;
	if (code >= 400)
		return conn_refused(c, f, FAIL_LOGIN, "the server refuses the login");
	if (code >= 300)
		return conn_refused(c, f, FAIL_LOGIN, "the server asks for more than a password");
	return ask_features(c, f) == -1 ? -1 : secure_protect(c, f);
}
