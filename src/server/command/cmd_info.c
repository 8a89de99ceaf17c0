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
#include "server/session/link.h"
#include "server/session/reply.h"
#include "server/transfer/work.h"

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
	work_noop(s);
}

/* What a client calls itself is for the log, and never a reason to behave otherwise. */
void
cmd_clnt(struct session *s, char *arg)
{
	struct quote q;

	link_note(s, LOG_LV_DEBUG, "client: %s", quote(&q, arg));
	reply(s, 200, "Noted.");
}

/* As Serv-U has it; which version this is helps nobody but an attacker. */
void
cmd_csid(struct session *s, char *arg)
{
	struct quote q;

	link_note(s, LOG_LV_DEBUG, "client: %s", quote(&q, arg));
	reply(s, 200, "Name=ferryd; CaseSensitive=1; DirSep=/;");
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
		reply_line(s, "%s %s, PROT %c", tls_version(s->tls.control),
		    tls_cipher(s->tls.control), s->tls.protect ? 'P' : 'C');
	reply_line(s, "TYPE %s, STRU %c, MODE %c", type_text(&s->params, type),
	    s->params.form.records ? 'R' : 'F', "SBCZ"[s->params.form.mode]);
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

/* An account may have a character set for clients that know no UTF-8; ON is for those that do, also
 * before the login that tells. */
static void
opts_utf8(struct session *s, const char *arg)
{
	if (*arg == '\0' || strcasecmp(arg, "ON") == 0) {
		s->params.utf8 = true;
		reply(s, 200,
		    s->login.charset == NULL ? "Names are UTF-8, always." : "Names are UTF-8 now.");
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
	} rows[] = { { "HASH", hash_opts }, { "MLST", opts_mlst }, { "MODE", opts_mode },
		{ "UTF8", opts_utf8 }, { "UTF-8", opts_utf8 } };
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
