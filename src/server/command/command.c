#include "server/command/command.h"

#include "base/log.h"
#include "base/quote.h"
#include "ftp/line.h"
#include "ftp/mff.h"
#include "ftp/words.h"
#include "server/command/cmd_access.h"
#include "server/command/cmd_comb.h"
#include "server/command/cmd_data.h"
#include "server/command/cmd_fact.h"
#include "server/command/cmd_file.h"
#include "server/command/cmd_hash.h"
#include "server/command/cmd_info.h"
#include "server/command/cmd_lang.h"
#include "server/command/cmd_list.h"
#include "server/command/cmd_path.h"
#include "server/command/cmd_quota.h"
#include "server/command/cmd_site.h"
#include "server/command/cmd_store.h"
#include "server/command/cmd_tls.h"
#include "server/session/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Before login, so many refused commands end a session: no client needs more to find out. */
#define REFUSALS_MAX 10

static const struct command commands[] = {
	/* verb    run          argument  from     flags         HELP, FEAT */
	{ "ABOR", cmd_abor, ARG_NONE, ST_ANY, 0, "ABOR", NULL },
	{ "ACCT", cmd_acct, ARG_MUST, ST_ANY, 0, "ACCT account", NULL },
	{ "ADAT", cmd_adat, ARG_MUST, ST_ANY, NEEDS_TLS, "ADAT data", NULL },
	{ "ALLO", cmd_allo, ARG_WORDS, ST_IN, KEEPS_PLACE, "ALLO bytes [R record]", NULL },
	{ "APPE", cmd_appe, ARG_MUST, ST_IN, NAMES_NEW, "APPE path", NULL },
	{ "AUTH", cmd_auth, ARG_WORDS, ST_ANY, NEEDS_TLS, "AUTH TLS", "AUTH TLS" },
	{ "AVBL", cmd_avbl, ARG_MAY, ST_IN, NAMES_FILE, "AVBL [path]", "AVBL" },
	{ "CCC", cmd_ccc, ARG_NONE, ST_ANY, NEEDS_TLS, "CCC", NULL },
	{ "CDUP", cmd_cdup, ARG_NONE, ST_IN, 0, "CDUP", NULL },
	{ "CLNT", cmd_clnt, ARG_MAY, ST_ANY, 0, "CLNT name", "CLNT" },
	{ "COMB", cmd_comb, ARG_MUST, ST_IN, 0, "COMB target part...", "COMB" },
	{ "CONF", cmd_protected, ARG_MUST, ST_ANY, NEEDS_TLS, "CONF data", NULL },
	{ "CSID", cmd_csid, ARG_MAY, ST_ANY, 0, "CSID Name=name; Version=version;", "CSID" },
	{ "CWD", cmd_cwd, ARG_MUST, ST_IN, NAMES_FILE, "CWD path", "TVFS" },
	{ "DELE", cmd_dele, ARG_MUST, ST_IN, NAMES_FILE, "DELE path", NULL },
	{ "ENC", cmd_protected, ARG_MUST, ST_ANY, NEEDS_TLS, "ENC data", NULL },
	{ "EPRT", cmd_eprt, ARG_WORDS, ST_IN, KEEPS_PLACE, "EPRT |family|address|port|", "EPRT" },
	{ "EPSV", cmd_epsv, ARG_SOME_WORDS, ST_IN, KEEPS_PLACE, "EPSV [1|2|ALL]", "EPSV" },
	{ "FEAT", cmd_feat, ARG_NONE, ST_ANY, 0, "FEAT", NULL },
	{ "HASH", cmd_hash, ARG_MUST, ST_IN, 0, "HASH path", "HASH" },
	{ "HELP", cmd_help, ARG_SOME_WORDS, ST_ANY, 0, "HELP [command]", NULL },
	{ "HOST", cmd_host, ARG_WORDS, ST_ANY, 0, "HOST name", "HOST" },
	{ "LANG", cmd_lang, ARG_SOME_WORDS, ST_ANY, 0, "LANG [tag]", "LANG" },
	{ "LIST", cmd_list, ARG_MAY, ST_IN, 0, "LIST [-aAdl1rRSt] [path]", NULL },
	{ "MD5", cmd_md5, ARG_MUST, ST_IN, 0, "MD5 path", "MD5" },
	{ "MDTM", cmd_mdtm, ARG_MUST, ST_IN, NAMES_FILE, "MDTM path", "MDTM" },
	{ "MFCT", cmd_mfct, ARG_WORD_FIRST, ST_IN, 0, "MFCT YYYYMMDDHHMMSS path", NULL },
	{ "MFF", cmd_mff, ARG_WORD_FIRST, ST_IN, 0, "MFF fact=value;... path", "MFF " MFF_FACTS },
	{ "MFMT", cmd_mfmt, ARG_WORD_FIRST, ST_IN, 0, "MFMT YYYYMMDDHHMMSS path", "MFMT" },
	{ "MIC", cmd_protected, ARG_MUST, ST_ANY, NEEDS_TLS, "MIC data", NULL },
	{ "MKD", cmd_mkd, ARG_MUST, ST_IN, NAMES_NEW, "MKD path", NULL },
	{ "MLSD", cmd_mlsd, ARG_MAY, ST_IN, 0, "MLSD [path]", NULL },
	{ "MLST", cmd_mlst, ARG_MAY, ST_IN, NAMES_FILE, "MLST [path]", "MLST" },
	{ "MODE", cmd_mode, ARG_WORDS, ST_ANY, KEEPS_PLACE, "MODE S|B|C|Z", "MODE Z" },
	{ "NLST", cmd_nlst, ARG_MAY, ST_IN, 0, "NLST [-aAdl1rRSt] [path]", NULL },
	{ "NOOP", cmd_noop, ARG_MAY, ST_ANY, KEEPS_PLACE | KEEPS_NAME, "NOOP", NULL },
	{ "OPTS", cmd_opts, ARG_WORDS, ST_ANY, 0, "OPTS command [options]", "UTF8" },
	{ "PASS", cmd_pass, ARG_MAY, ST_USER, 0, "PASS password", NULL },
	{ "PASV", cmd_pasv, ARG_NONE, ST_IN, KEEPS_PLACE, "PASV", NULL },
	{ "PBSZ", cmd_pbsz, ARG_WORDS, ST_ANY, NEEDS_TLS, "PBSZ 0", "PBSZ" },
	{ "PORT", cmd_port, ARG_WORDS, ST_IN, KEEPS_PLACE, "PORT h1,h2,h3,h4,p1,p2", NULL },
	{ "PROT", cmd_prot, ARG_WORDS, ST_ANY, NEEDS_TLS, "PROT C|P", "PROT" },
	{ "PWD", cmd_pwd, ARG_NONE, ST_IN, 0, "PWD", NULL },
	{ "QUIT", cmd_quit, ARG_NONE, ST_ANY, 0, "QUIT", NULL },
	{ "RANG", cmd_rang, ARG_SOME_WORDS, ST_IN, KEEPS_RANGE, "RANG start end", "RANG STREAM" },
	{ "REIN", cmd_rein, ARG_NONE, ST_ANY, 0, "REIN", NULL },
	{ "REST", cmd_rest, ARG_WORDS, ST_IN, KEEPS_REST, "REST offset|marker", "REST STREAM" },
	{ "RETR", cmd_retr, ARG_MUST, ST_IN, NAMES_FILE, "RETR path", NULL },
	{ "RMD", cmd_rmd, ARG_MUST, ST_IN, NAMES_FILE, "RMD path", NULL },
	{ "RNFR", cmd_rnfr, ARG_MUST, ST_IN, KEEPS_NAME | NAMES_FILE, "RNFR path", NULL },
	{ "RNTO", cmd_rnto, ARG_MUST, ST_IN, NAMES_NEW, "RNTO path", NULL },
	{ "SITE", cmd_site, ARG_WORD_FIRST, ST_ANY, KEEPS_NAME | SETS_REST, "SITE command [arguments]", "SITE" },
	{ "SIZE", cmd_size, ARG_MUST, ST_IN, NAMES_FILE, "SIZE path", "SIZE" },
	{ "SMNT", NULL, ARG_MUST, ST_IN, 0, "SMNT path", NULL },
	{ "STAT", cmd_stat, ARG_MAY, ST_ANY, 0, "STAT [path]", NULL },
	{ "STOR", cmd_stor, ARG_MUST, ST_IN, NAMES_NEW, "STOR path", NULL },
	{ "STOU", cmd_stou, ARG_MAY, ST_IN, NAMES_NEW, "STOU [name]", NULL },
	{ "STRU", cmd_stru, ARG_WORDS, ST_ANY, KEEPS_PLACE, "STRU F|R", NULL },
	{ "SYST", cmd_syst, ARG_NONE, ST_ANY, 0, "SYST", NULL },
	{ "TYPE", cmd_type, ARG_WORDS, ST_ANY, KEEPS_PLACE, "TYPE A|E [N|T|C], TYPE I, TYPE L 8", NULL },
	{ "USER", cmd_user, ARG_MUST, ST_ANY, 0, "USER name", NULL },
	{ "XCRC", cmd_xcrc, ARG_MUST, ST_IN, 0, "XCRC path [start end]", "XCRC" },
	{ "XCUP", cmd_cdup, ARG_NONE, ST_IN, 0, "XCUP", NULL },
	{ "XCWD", cmd_cwd, ARG_MUST, ST_IN, NAMES_FILE, "XCWD path", NULL },
	{ "XMD5", cmd_xmd5, ARG_MUST, ST_IN, 0, "XMD5 path [start end]", "XMD5" },
	{ "XMKD", cmd_mkd, ARG_MUST, ST_IN, NAMES_NEW, "XMKD path", NULL },
	{ "XPWD", cmd_pwd, ARG_NONE, ST_IN, 0, "XPWD", NULL },
	{ "XRMD", cmd_rmd, ARG_MUST, ST_IN, NAMES_FILE, "XRMD path", NULL },
	{ "XSHA", cmd_xsha1, ARG_MUST, ST_IN, 0, "XSHA path [start end]", "XSHA" },
	{ "XSHA1", cmd_xsha1, ARG_MUST, ST_IN, 0, "XSHA1 path [start end]", "XSHA1" },
	{ "XSHA256", cmd_xsha256, ARG_MUST, ST_IN, 0, "XSHA256 path [start end]", "XSHA256" },
	{ "XSHA512", cmd_xsha512, ARG_MUST, ST_IN, 0, "XSHA512 path [start end]", "XSHA512" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *
command_table(size_t *count_r)
{
	*count_r = NCOMMANDS;
	return commands;
}

bool
command_is_on(const struct session *s, const struct command *c)
{
	return c->run != NULL && ((c->flags & NEEDS_TLS) == 0 || s->tls.context != NULL);
}

static int
compare_verb(const void *verb, const void *row)
{
	return strcmp(verb, ((const struct command *)row)->verb);
}

const struct command *
command_find(const char *verb)
{
	return bsearch(verb, commands, NCOMMANDS, sizeof(commands[0]), compare_verb);
}

/* Verbs of HTTP, SMTP and SSH, and headers: somebody's browser was made to talk to us, and what it sends
 * next may look like commands (the ALPACA attack).  No answer, which might be reflected, and no more. */
static bool
is_foreign(const char *line)
{
	static const char *const words[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
		"CONNECT", "TRACE", "PROPFIND", "EHLO", "HELO", "MAIL", "RCPT", "SSH-2.0", "SSH-1.99" };
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
		s->ending = true;
		return;
	}
	reply_text(s, code, text);
}

bool
command_take_arg(enum command_arg kind, char *arg)
{
	switch (kind) {
	case ARG_NONE:
		words_tidy(arg);
		return *arg == '\0';
	case ARG_MAY:
		return true;
	case ARG_MUST:
		return *arg != '\0';
	case ARG_SOME_WORDS:
		words_tidy(arg);
		return true;
	case ARG_WORDS:
		words_tidy(arg);
		return *arg != '\0';
	case ARG_WORD_FIRST:
		memmove(arg, arg + strspn(arg, " "), strlen(arg + strspn(arg, " ")) + 1);
		return *arg != '\0';
	}
	return false;
}

/* What the table can tell without the command.  False after the reply. */
static bool
is_allowed(struct session *s, const struct command *c, char *arg)
{
	if (c == NULL)
		refuse(s, 500, "Command not understood.");
	else if (c->run == NULL)
		refuse(s, 502, "Command not implemented.");
	else if (!command_is_on(s, c))
		refuse(s, 502, "TLS is not set up on this server.");
	else if (s->state < c->from && c->from == ST_IN)
		refuse(s, 530, "Log in with USER and PASS first.");
	else if (s->state != c->from && c->from == ST_USER)
		refuse(s, 503, s->state == ST_IN ? "You are logged in already." : "Send USER first.");
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
		reply(s, 501, "That is no text in %s, the character set of your account.", s->login.charset_name);
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
command_run(struct session *s, char *line)
{
	const struct command *c;
	struct quote q;
	char *verb, *arg;
	unsigned flags;

	if (line[0] == '\0')
		return;         /* what some routers make clients send to stay connected */
	if (is_foreign(line)) {
		session_note(s, LOG_LV_WARNING, "not FTP, closed: %s", quote(&q, line));
		s->ending = true;
		return;
	}
	verb = line_split(line, &arg);
	c = verb == NULL ? NULL : command_find(verb);
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
