#include "server/command/table.h"

#include "ftp/entry.h"
#include "ftp/mff.h"
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

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
	{ "SITE", cmd_site, ARG_WORD_FIRST, ST_ANY, KEEPS_NAME | SETS_REST,
	    "SITE command [arguments]", "SITE" },
	{ "SIZE", cmd_size, ARG_MUST, ST_IN, NAMES_FILE, "SIZE path", "SIZE" },
	{ "SMNT", NULL, ARG_MUST, ST_IN, 0, "SMNT path", NULL },
	{ "STAT", cmd_stat, ARG_MAY, ST_ANY, 0, "STAT [path]", NULL },
	{ "STOR", cmd_stor, ARG_MUST, ST_IN, NAMES_NEW, "STOR path", NULL },
	{ "STOU", cmd_stou, ARG_MAY, ST_IN, NAMES_NEW, "STOU [name]", NULL },
	{ "STRU", cmd_stru, ARG_WORDS, ST_ANY, KEEPS_PLACE, "STRU F|R", NULL },
	{ "SYST", cmd_syst, ARG_NONE, ST_ANY, 0, "SYST", NULL },
	{ "TYPE", cmd_type, ARG_WORDS, ST_ANY, KEEPS_PLACE, "TYPE A|E [N|T|C], TYPE I, TYPE L 8",
	    NULL },
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

bool
table_is_on(const struct session *s, const struct command *c)
{
	return c->run != NULL && ((c->flags & NEEDS_TLS) == 0 || s->tls.context != NULL);
}

static int
compare_verb(const void *verb, const void *row)
{
	return strcmp(verb, ((const struct command *)row)->verb);
}

const struct command *
table_find(const char *verb)
{
	return bsearch(verb, commands, NCOMMANDS, sizeof(commands[0]), compare_verb);
}

/* ---- what is read off it ---- */

/* All verbs that are built, eight to a line. */
static void
help_all(struct session *s)
{
	const struct command *c = commands;
	size_t in_line = 0;
	char line[128];
	struct sb sb;

	sb_init(&sb, line, sizeof(line));
	reply_first(s, 214, "Commands; HELP followed by one of them shows its form:");
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (!table_is_on(s, &c[i]))
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
	c = table_find(arg);
	if (c == NULL || !table_is_on(s, c)) {
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
	const struct command *c = commands;
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
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (c[i].feat == NULL || !table_is_on(s, &c[i]))
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
