#include "server/command/cmd_info.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/quote.h"
#include "ftp/entry.h"
#include "server/command/cmd_hash.h"
#include "server/command/cmd_list.h"
#include "server/command/cmd_site.h"
#include "server/command/command.h"
#include "server/session/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void
cmd_syst(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 215, "UNIX Type: L8");
}

void
cmd_noop(struct session *s, char *arg)
{
	(void)arg;
	reply(s, 200, "Nothing done.");
}

/* What a client calls itself is for the log, and never a reason to behave otherwise. */
void
cmd_clnt(struct session *s, char *arg)
{
	struct quote q;

	session_note(s, LOG_LV_DEBUG, "client: %s", quote(&q, arg));
	reply(s, 200, "Noted.");
}

/* As Serv-U has it; which version this is helps nobody but an attacker. */
void
cmd_csid(struct session *s, char *arg)
{
	struct quote q;

	session_note(s, LOG_LV_DEBUG, "client: %s", quote(&q, arg));
	reply(s, 200, "Name=ferryd; CaseSensitive=1; DirSep=/;");
}

void
info_transfer(struct session *s)
{
	reply(s, 211, "%s: %llu bytes in %llu seconds so far.", s->transfer.what,
	    (unsigned long long)s->transfer.bytes,
	    (unsigned long long)(clock_ms() - s->transfer.started) / 1000);
}

static const char *
type_text(const struct session_params *p, char text_r[8])
{
	if (p->form.type == WIRE_IMAGE)
		return p->local ? "L 8" : "I";
	snprintf(text_r, 8, "%c %c", p->form.type == WIRE_ASCII ? 'A' : 'E', p->format);
	return text_r;
}

static void
info_session(struct session *s)
{
	static const char *const sources[] = { N_("none set up"), N_("passive, waiting for you"),
		N_("active, aimed at you") };
	char peer[SOCK_TEXT_LEN], type[8];

	reply_first(s, 211, "Status of this session:");
	reply_line(s, "Connected from %s", sock_addr_text(&s->peer, peer));
	if (s->state == ST_IN)
		reply_line(s, "Logged in as %s", s->login.name);
	else
		reply_line(s, "Not logged in");
	if (s->tls.control != NULL)
		reply_line(s, "%s %s, PROT %c", tls_version(s->tls.control), tls_cipher(s->tls.control),
		    s->tls.protect ? 'P' : 'C');
	reply_line(s, "TYPE %s, STRU %c, MODE %c", type_text(&s->params, type), s->params.form.records ? 'R' : 'F',
	    "SBCZ"[s->params.form.mode]);
	reply_line(s, "Data connection: %s", lang_text(s->lang, sources[s->data.kind]));
	reply(s, 211, "End");
}

void
cmd_stat(struct session *s, char *arg)
{
	if (*arg == '\0')
		info_session(s);
	else if (s->state != ST_IN)
		reply(s, 530, "Log in with USER and PASS first.");
	else
		list_on_control(s, arg);
}

/* All verbs that are built, eight to a line. */
static void
help_all(struct session *s)
{
	size_t count, in_line = 0;
	const struct command *c = command_table(&count);
	char line[128];
	struct sb sb;

	sb_init(&sb, line, sizeof(line));
	reply_first(s, 214, "Commands; HELP followed by one of them shows its form:");
	for (size_t i = 0; i < count; i++) {
		if (!command_is_on(s, &c[i]))
			continue;
		sb_printf(&sb, "%s%-4s", sb.len == 0 ? "" : "  ", c[i].verb);
		if (++in_line % 8 == 0) {
			reply_line(s, "%s", line);
			sb_reset(&sb);
		}
	}
	if (sb.len > 0)
		reply_line(s, "%s", line);
	reply(s, 214, "End");
}

void
cmd_help(struct session *s, char *arg)
{
	const struct command *c;
	char *word = arg + strcspn(arg, " ");

	if (*arg == '\0') {
		help_all(s);
		return;
	}
	if (*word != '\0')
		*word++ = '\0';
	for (char *p = arg; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	c = command_find(arg);
	if (c == NULL || !command_is_on(s, c)) {
		reply(s, 502, "There is no such command here.");
	} else if (strcmp(arg, "SITE") != 0) {
		reply(s, 214, "Usage: %s", c->help);
	} else {
		site_help(s, word);
	}
}

void
cmd_feat(struct session *s, char *arg)
{
	size_t count;
	const struct command *c = command_table(&count);
	char facts[256], langs[64], hashes[64];
	struct sb sb;

	(void)arg;
	sb_init(&sb, facts, sizeof(facts));
	entry_put_fact_names(&sb, s->params.facts, true);
	sb_init(&sb, langs, sizeof(langs));
	lang_put_feature(&sb, s->lang);
	sb_init(&sb, hashes, sizeof(hashes));
	hash_put_feature(&sb, s);
	reply_first(s, 211, "Features:");
	for (size_t i = 0; i < count; i++) {
		if (c[i].feat == NULL || !command_is_on(s, &c[i]))
			continue;
		if (strcmp(c[i].feat, "MLST") == 0)
			reply_line(s, "MLST %s", facts);
		else if (strcmp(c[i].feat, "HASH") == 0)
			reply_line(s, "HASH %s", hashes);
		else if (strcmp(c[i].feat, "LANG") == 0)
			reply_line(s, "LANG %s", langs);
		else if (strcmp(c[i].feat, "SITE") == 0)
			site_features(s);
		else
			reply_line(s, "%s", c[i].feat);
	}
	reply(s, 211, "End");
}

/* An account may have a character set for clients that know no UTF-8; ON is for those that do, also before the login
 * that tells. */
static void
opts_utf8(struct session *s, const char *arg)
{
	if (*arg == '\0' || strcasecmp(arg, "ON") == 0) {
		s->params.utf8 = true;
		reply(s, 200, s->login.charset == NULL ? "Names are UTF-8, always." : "Names are UTF-8 now.");
	} else if (strcasecmp(arg, "OFF") != 0) {
		reply(s, 501, "Usage: OPTS UTF8 ON|OFF");
	} else if (s->login.charset == NULL) {
		s->params.utf8 = false;
		reply(s, 504, "Names stay as they are on disk.");
	} else {
		s->params.utf8 = false;
		reply(s, 200, "Names are in %s now.", s->login.charset_name);
	}
}

static void
opts_mlst(struct session *s, const char *arg)
{
	char facts[256];
	struct sb sb;

	if (!entry_parse_facts(arg, &s->params.facts)) {
		reply(s, 501, "Usage: OPTS MLST [fact;fact;...]");
		return;
	}
	sb_init(&sb, facts, sizeof(facts));
	entry_put_fact_names(&sb, s->params.facts, false);
	/* The form is fixed: RFC 3659 section 7.9. */
	reply(s, 200, "MLST OPTS%s%s", sb.len == 0 ? "" : " ", facts);
}

/* Pairs of a key and a value; none at all: the default again. */
static void
opts_mode(struct session *s, const char *arg)
{
	uint64_t level = WIRE_LEVEL_DEFAULT;

	if (strcasecmp(arg, "Z") != 0 &&
	    (strncasecmp(arg, "Z LEVEL ", 8) != 0 || !num_parse(arg + 8, 9, &level))) {
		reply(s, 501, "Usage: OPTS MODE Z [LEVEL 0..9]");
		return;
	}
	s->params.form.level = (int)level;
	reply(s, 200, "MODE Z LEVEL is %d.", s->params.form.level);
}

void
cmd_opts(struct session *s, char *arg)
{
	static const struct {
		const char *verb;
		void (*run)(struct session *s, const char *arg);
	} rows[] = { { "HASH", hash_opts }, { "MLST", opts_mlst }, { "MODE", opts_mode }, { "UTF8", opts_utf8 },
		{ "UTF-8", opts_utf8 } };
	size_t len = strcspn(arg, " ");
	const char *options = arg[len] == ' ' ? arg + len + 1 : "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].verb) == len && strncasecmp(arg, rows[i].verb, len) == 0) {
			rows[i].run(s, options);
			return;
		}
	}
	reply(s, 501, "That command has no options here.");
}
