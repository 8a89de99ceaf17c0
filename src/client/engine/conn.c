#include "client/engine/conn.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/sb.h"
#include "client/engine/net.h"
#include "client/engine/stream.h"
#include "ftp/time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define GOODBYE_MS     2000

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

int64_t
conn_deadline(const struct conn *c)
{
	return clock_ms() + c->opt.timeout_ms;
}

int
conn_refused(const struct conn *c, struct fail *f, enum fail_kind kind, const char *what)
{
	return fail_reply(
	    f, kind, c->reply.code, "%s: %d %s", what, c->reply.code, reply_text(&c->reply));
}

/* Sends all of it. */
static int
send_all(struct conn *c, const char *bytes, size_t n, struct fail *f)
{
	int64_t until = conn_deadline(c);
	short events;

	while (n > 0) {
		ssize_t sent = stream_send(c->tls, c->fd, bytes, n, &events);

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
			return fail_set(
			    f, FAIL_USAGE, "a name with an end of line in it cannot be sent");
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
			return fail_set(
			    f, FAIL_PROTOCOL, "this is an SSH server, not FTP; use sftp for it");
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
		n = stream_recv(c->tls, c->fd, c->in, sizeof(c->in), &c->waits);
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

int
conn_reply_until(struct conn *c, int64_t until, struct fail *f)
{
	for (;;) {
		int code = conn_try_reply(c, f);

		if (code != 0)
			return code;
		if (net_wait_one(c->fd, c->waits, until, c->opt.interrupt_fd) == -1) {
			fail_errno(f, FAIL_BROKEN, "waiting for the server's reply");
			/* A reply that came later would be taken for the answer to something
			 * else. */
			conn_close(c);
			return -1;
		}
	}
}

int
conn_reply(struct conn *c, struct fail *f)
{
	return conn_reply_until(c, conn_deadline(c), f);
}

int
conn_command(struct conn *c, struct fail *f, const char *verb, const char *arg)
{
	int code;

	if (conn_send(c, f, verb, arg) == -1)
		return -1;
	code = conn_reply(c, f);
	if (code >= 100 && code < 200)
		return fail_reply(
		    f, FAIL_PROTOCOL, code, "the server answers %s with %d", verb, code);
	return code;
}

void
conn_quit(struct conn *c)
{
	struct fail ignored;

	/* Nothing depends on the answer, so nothing waits long for it. */
	if (c->fd != -1 && conn_send(c, &ignored, "QUIT", NULL) == 0)
		(void)conn_reply_until(c, clock_ms() + GOODBYE_MS, &ignored);
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
ask_file(
    struct conn *c, enum conn_feature feature, const char *verb, const char *path, struct fail *f)
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
