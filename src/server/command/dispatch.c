#include "server/command/dispatch.h"

#include "base/log.h"
#include "base/quote.h"
#include "ftp/line.h"
#include "server/command/table.h"
#include "server/file/path.h"
#include "server/session/link.h"
#include "server/session/reply.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Before login, so many refused commands end a session: no client needs more to find out. */
#define REFUSALS_MAX 10

/* Verbs of HTTP, SMTP and SSH, and headers: somebody's browser was made to talk to us, and what it
 * sends next may look like commands (the ALPACA attack).  No answer, which might be reflected, and
 * no more. */
static bool
is_foreign(const char *line)
{
	static const char *const words[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS", "CONNECT", "TRACE", "PROPFIND", "EHLO", "HELO", "MAIL", "RCPT",
		"SSH-2.0", "SSH-1.99" };
	size_t len = strcspn(line, " ");

	if ((len > 0 && line[len - 1] == ':') || strncasecmp(line, "SSH-", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && strncasecmp(line, words[i], len) == 0)
			return true;
	return false;
}

static void
refuse(struct session *s, int code, const char *text)
{
	if (s->state != ST_IN && ++s->login.refused >= REFUSALS_MAX) {
		reply(s, 421, "Too many commands that cannot be; closing.");
		session_end(s);
		return;
	}
	reply_text(s, code, text);
}

/* What the table can tell without the command.  False after the reply. */
static bool
is_allowed(struct session *s, const struct command *c, char *arg)
{
	if (c == NULL)
		refuse(s, 500, "Command not understood.");
	else if (c->run == NULL)
		refuse(s, 502, "Command not implemented.");
	else if (!table_is_on(s, c))
		refuse(s, 502, "TLS is not set up on this server.");
	else if (s->state < c->from && c->from == ST_IN)
		refuse(s, 530, "Log in with USER and PASS first.");
	else if (s->state != c->from && c->from == ST_USER)
		refuse(
		    s, 503, s->state == ST_IN ? "You are logged in already." : "Send USER first.");
	else if (!command_take_arg(c->arg, arg))
		reply(s, 501, "Usage: %s", c->help);
	else
		return true;
	return false;
}

static void
run_plain(struct session *s, const struct command *c, char *arg)
{
	if ((c->flags & NAMES_FILE) != 0)
		path_from_listed(arg);
	else if ((c->flags & NAMES_NEW) != 0)
		path_parent_from_listed(arg);
	c->run(s, arg);
}

/* An argument of an old client, whose names are in its account's character set. */
static void
run_decoded(struct session *s, const struct command *c, const char *arg)
{
	char decoded[LINE_MAX_LEN];

	if (charset_decode(session_charset(s), arg, decoded, sizeof(decoded)))
		run_plain(s, c, decoded);
	else if (errno == E2BIG)
		reply(s, 553, "The path would be too long.");
	else
		reply(s, 501, "That is no text in %s, the character set of your account.",
		    s->login.charset_name);
}

static void
run(struct session *s, const struct command *c, char *arg)
{
	if (session_charset(s) != NULL)
		run_decoded(s, c, arg);
	else
		run_plain(s, c, arg);
}

void
dispatch_run(struct session *s, char *line)
{
	const struct command *c;
	struct quote q;
	char *verb, *arg;
	unsigned flags;

	if (line[0] == '\0')
		return;         /* what some routers make clients send to stay connected */
	if (is_foreign(line)) {
		link_note(s, LOG_LV_WARNING, "not FTP, closed: %s", quote(&q, line));
		session_end(s);
		return;
	}
	verb = line_split(line, &arg);
	c = verb == NULL ? NULL : table_find(verb);
	flags = c == NULL ? 0 : c->flags;
	if ((flags & SETS_REST) != 0)
		session_forget_rest(s);
	if (is_allowed(s, c, arg))
		run(s, c, arg);
	if ((flags & (KEEPS_REST | SETS_REST)) == 0)
		session_forget_rest(s);
	if ((flags & KEEPS_RANGE) == 0)
		session_forget_range(s);
	if ((flags & KEEPS_NAME) == 0)
		s->params.pending = PENDING_NONE;
}
