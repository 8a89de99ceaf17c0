#include "client/engine/conn.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/sb.h"
#include "client/engine/net.h"
#include "client/engine/secure.h"
#include "ftp/time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ADDRESSES_MAX  16
#define GREETINGS_MAX  16       /* 120 may come before 220; nobody sends it without end */
#define GOODBYE_MS     2000
#define SILENCE_MS     3000     /* who has not greeted then may wait for TLS */

void
conn_init(struct conn *c, const struct conn_options *opt)
{
	memset(c, 0, sizeof(*c));
	c->opt = *opt;
	c->fd = -1;
	c->waits = POLLIN;
	reply_start(&c->reply);
}

void
conn_close(struct conn *c)
{
	if (c->tls != NULL)
		(void)tls_close(c->tls);
	tls_free(c->tls);
	c->tls = NULL;
	tls_context_free(c->tls_context);
	c->tls_context = NULL;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	c->in_at = c->in_len = 0;
}

void
conn_trace(const struct conn *c, enum conn_says who, const char *line)
{
	if (c->opt.trace != NULL)
		c->opt.trace(c->opt.trace_arg, who, line);
}

static int64_t
deadline(const struct conn *c)
{
	return clock_ms() + c->opt.timeout_ms;
}

int
conn_refused(const struct conn *c, struct fail *f, enum fail_kind kind, const char *what)
{
	return fail_reply(f, kind, c->reply.code, "%s: %d %s", what, c->reply.code, reply_text(&c->reply));
}

/* Sends all of it. */
static int
send_all(struct conn *c, const char *bytes, size_t n, struct fail *f)
{
	int64_t until = deadline(c);
	short events;

	while (n > 0) {
		ssize_t sent = secure_send(c->tls, c->fd, bytes, n, &events);

		if (sent >= 0) {
			bytes += sent;
			n -= (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN && net_wait_one(c->fd, events, until, c->opt.interrupt_fd) == 1)
			continue;
		return fail_errno(f, FAIL_BROKEN, "cannot send to the server");
	}
	return 0;
}

static bool
is_secret(const char *verb)
{
	return strcmp(verb, "PASS") == 0 || strcmp(verb, "ACCT") == 0;
}

int
conn_send(struct conn *c, struct fail *f, const char *verb, const char *arg)
{
	char line[2 * 4096 + 64];
	struct sb out;
	int rc;

	if (c->fd == -1)
		return fail_set(f, FAIL_BROKEN, "the connection to the server is closed");
	sb_init(&out, line, sizeof(line));
	sb_puts(&out, verb);
	if (arg != NULL)
		sb_putc(&out, ' ');
	for (const char *p = arg == NULL ? "" : arg; *p != '\0'; p++) {
		/* What could end the line would make the rest of it a command of its own. */
		if (*p == '\r' || *p == '\n')
			return fail_set(f, FAIL_USAGE, "a name with an end of line in it cannot be sent");
		/* Telnet: the byte 255 is written twice (RFC 3659 section 2.2). */
		if ((unsigned char)*p == 255)
			sb_putc(&out, *p);
		sb_putc(&out, *p);
	}
	if (out.cut || out.len + 3 > sizeof(line))
		return fail_set(f, FAIL_USAGE, "a name is too long to be sent");
	if (!is_secret(verb)) {
		conn_trace(c, CONN_SENT, line);
	} else {
		char hidden[16];

		snprintf(hidden, sizeof(hidden), "%s ****", verb);
		conn_trace(c, CONN_SENT, hidden);
	}
	sb_puts(&out, "\r\n");
	rc = send_all(c, out.buf, out.len, f);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static void
trace_reply(const struct conn *c)
{
	char line[REPLY_LINE_MAX];
	size_t at = 0;

	if (c->opt.trace == NULL)
		return;
	while (reply_next_line(&c->reply, &at, line, sizeof(line)))
		conn_trace(c, CONN_RECEIVED, line);
}

/* Parses what has come in.  A code, 0 for "not whole", -1. */
static int
parse_input(struct conn *c, struct fail *f)
{
	enum reply_status status;
	size_t used;

	if (c->replied)
		reply_start(&c->reply);
	c->replied = false;
	status = reply_feed(&c->reply, c->in + c->in_at, c->in_len - c->in_at, &used);
	c->in_at += used;
	switch (status) {
	case REPLY_MORE:
		return 0;
	case REPLY_WHOLE:
		c->replied = true;
		trace_reply(c);
		return c->reply.code;
	case REPLY_BAD:
		if (strncmp(c->reply.line, "SSH-", 4) == 0)
			return fail_set(f, FAIL_PROTOCOL, "this is an SSH server, not FTP; use sftp for it");
		return fail_set(f, FAIL_PROTOCOL, "the server does not speak FTP; it said: %.200s",
		    c->reply.line);
	case REPLY_TOO_LONG:
		return fail_set(f, FAIL_PROTOCOL, "the server's reply has no end");
	}
	return 0;
}

static int
try_reply(struct conn *c, struct fail *f)
{
	int code;

	if (c->fd == -1)
		return fail_set(f, FAIL_BROKEN, "the connection to the server is closed");
	for (;;) {
		ssize_t n;

		if (c->in_at < c->in_len) {
			code = parse_input(c, f);
			if (code != 0)
				return code;
		}
		n = secure_recv(c->tls, c->fd, c->in, sizeof(c->in), &c->waits);
		if (n > 0) {
			c->in_at = 0;
			c->in_len = (size_t)n;
			continue;
		}
		/* No reply is cut off unseen: it would not be whole. */
		if (n == 0 || errno == EBADMSG)
			return fail_set(f, FAIL_BROKEN, "the server closed the connection");
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return fail_errno(f, FAIL_BROKEN, "the connection to the server broke");
	}
}

int
conn_try_reply(struct conn *c, struct fail *f)
{
	int code = try_reply(c, f);

	if (code == -1)
		conn_close(c);
	return code;
}

static int
reply_until(struct conn *c, int64_t until, struct fail *f)
{
	for (;;) {
		int code = conn_try_reply(c, f);

		if (code != 0)
			return code;
		if (net_wait_one(c->fd, c->waits, until, c->opt.interrupt_fd) == -1) {
			fail_errno(f, FAIL_BROKEN, "waiting for the server's reply");
			/* A reply that came later would be taken for the answer to something else. */
			conn_close(c);
			return -1;
		}
	}
}

int
conn_reply(struct conn *c, struct fail *f)
{
	return reply_until(c, deadline(c), f);
}

int
conn_command(struct conn *c, struct fail *f, const char *verb, const char *arg)
{
	int code;

	if (conn_send(c, f, verb, arg) == -1)
		return -1;
	code = conn_reply(c, f);
	if (code >= 100 && code < 200)
		return fail_reply(f, FAIL_PROTOCOL, code, "the server answers %s with %d", verb, code);
	return code;
}

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
	int64_t until = deadline(c);

	if (waits_for_tls(c, until)) {
		conn_close(c);
		return fail_set(f, FAIL_PROTOCOL,
		    "%s speaks TLS from the first byte on port %u: its address begins with ftps://",
		    c->host, c->port);
	}
	for (int i = 0; i < GREETINGS_MAX; i++) {
		int code = reply_until(c, until, f);

		if (code == -1) {
			/* A host that hangs up or says nothing where FTP's first words belong. */
			if (f->kind == FAIL_BROKEN)
				f->kind = FAIL_PROTOCOL;
			return -1;
		}
		until = deadline(c);
		if (code >= 200 && code < 300)
			return 0;
		if (code >= 200)
			return conn_refused(c, f, FAIL_PROTOCOL, "the server turns us away");
	}
	return fail_set(f, FAIL_PROTOCOL, "the server says again and again that it will be ready soon");
}

static int
begin(struct conn *c, struct fail *f)
{
	if (c->opt.implicit)
		return secure_implicit(c, f) == -1 ? -1 : greeting(c, f);
	return greeting(c, f) == -1 ? -1 : secure_explicit(c, f);
}

int
conn_open(struct conn *c, const char *host, uint16_t port, struct fail *f)
{
	union sock_addr addrs[ADDRESSES_MAX];
	char text[SOCK_TEXT_LEN], note[SOCK_TEXT_LEN + 64];
	int64_t until = deadline(c);
	const char *why;
	int n;

	snprintf(c->host, sizeof(c->host), "%s", host);
	c->port = port;
	n = net_resolve(host, port, c->opt.family, until, c->opt.interrupt_fd, addrs, ADDRESSES_MAX, &why);
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

		snprintf(note, sizeof(note), "connecting to %s port %u", sock_addr_text(&addrs[i], text), port);
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
send_secret(struct conn *c, const struct conn_login *login, const char *verb,
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

		if (strncasecmp(line, known[i].name, len) != 0 || (line[len] != '\0' && line[len] != ' '))
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
conn_login(struct conn *c, const struct conn_login *login, struct fail *f)
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

void
conn_quit(struct conn *c)
{
	struct fail ignored;

	/* Nothing depends on the answer, so nothing waits long for it. */
	if (c->fd != -1 && conn_send(c, &ignored, "QUIT", NULL) == 0)
		(void)reply_until(c, clock_ms() + GOODBYE_MS, &ignored);
	conn_close(c);
}

int
conn_set_type(struct conn *c, char type, struct fail *f)
{
	char arg[2] = { type, '\0' };
	int code;

	if (c->type == type)
		return 0;
	code = conn_command(c, f, "TYPE", arg);
	if (code == -1)
		return -1;
	if (code >= 300)
		return conn_refused(c, f, FAIL_REFUSED, type == 'A' ? "TYPE A" : "TYPE I");
	c->type = type;
	return 0;
}

/* 1: the answer is a 213; 0: there is none to be had; -1. */
static int
ask_file(struct conn *c, enum conn_feature feature, const char *verb, const char *path, struct fail *f)
{
	int code;

	if ((c->lacks & (unsigned)feature) != 0)
		return 0;
	code = conn_command(c, f, verb, path);
	if (code == 500 || code == 502)
		c->lacks |= (unsigned)feature;
	if (code == 421)
		return conn_refused(c, f, FAIL_BROKEN, "the server ends the session");
	return code == -1 ? -1 : code == 213;
}

int
conn_size(struct conn *c, const char *path, uint64_t *size_r, struct fail *f)
{
	const char *text, *last = NULL;
	size_t last_len = 0;
	int rc;

	rc = ask_file(c, FEAT_SIZE, "SIZE", path, f);
	if (rc != 1)
		return rc;
	/* Some put the name or words in front: the last run of digits is the size. */
	text = reply_text(&c->reply);
	while (*(text += strcspn(text, "0123456789")) != '\0') {
		last = text;
		last_len = strspn(text, "0123456789");
		text += last_len;
	}
	return last != NULL && num_parse_len(last, last_len, INT64_MAX, size_r);
}

int
conn_mdtm(struct conn *c, const char *path, time_t *time_r, struct fail *f)
{
	const char *text;
	char fixed[32];
	size_t len;
	int rc;

	rc = ask_file(c, FEAT_MDTM, "MDTM", path, f);
	if (rc != 1)
		return rc;
	text = reply_text(&c->reply);
	len = strspn(text, "0123456789.");
	/* "19" and the years since 1900 as one number: 2026 comes out as 19126. */
	if (len >= 15 && strncmp(text, "191", 3) == 0 && strspn(text, "0123456789") == 15) {
		snprintf(fixed, sizeof(fixed), "20%.12s", text + 3);
		return time_parse_val(fixed, 14, time_r);
	}
	return time_parse_val(text, len, time_r);
}
