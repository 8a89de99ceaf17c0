#include "conf/load.h"
#include "config.h"

#include "base/num.h"
#include "ctl/ctl.h"
#include "ctl/quota.h"
#include "ctl/rights.h"
#include "ctl/service.h"
#include "ctl/user.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Options that a command may take; each is a bit, so that a row can name them. */
enum option_bit {
	TAKES_HOME = 1,
	TAKES_UID = 2,
	TAKES_GID = 4,
	TAKES_HASH = 8,
	TAKES_ENABLE = 16,
	TAKES_DISABLE = 32,
	TAKES_YES = 64,
	TAKES_JSON = 128,
	TAKES_CHARSET = 256,
	TAKES_CERTIFICATE = 512,
	TAKES_QUOTA_BYTES = 1024,
	TAKES_QUOTA_FILES = 2048,
	TAKES_ALL = 4096,
	TAKES_FILES = 8192,

	TAKES_QUOTA = TAKES_QUOTA_BYTES | TAKES_QUOTA_FILES
};

static const struct command {
	const char *group, *verb;       /* verb NULL: the group is the whole command */
	int (*run)(const struct ctl *ctl);
	bool has_name;                  /* one that takes --all needs none with it */
	unsigned options;
	const char *help;
} commands[] = {
	{ "user", "add", user_add, true,
	    TAKES_HOME | TAKES_UID | TAKES_GID | TAKES_CHARSET | TAKES_CERTIFICATE | TAKES_QUOTA |
		TAKES_HASH | TAKES_DISABLE,
	    "make an account and its home" },
	{ "user", "set", user_set, true,
	    TAKES_HOME | TAKES_UID | TAKES_GID | TAKES_CHARSET | TAKES_CERTIFICATE | TAKES_QUOTA |
		TAKES_ENABLE | TAKES_DISABLE,
	    "change an account" },
	{ "user", "passwd", user_passwd, true, TAKES_HASH, "set the password" },
	{ "user", "del", user_del, true, TAKES_FILES | TAKES_YES,
	    "delete an account; its files stay, or go with --files" },
	{ "user", "list", user_list, false, TAKES_JSON, "show all accounts" },
	{ "user", "show", user_show, true, TAKES_JSON, "show one account" },
	{ "quota", "show", quota_show, true, TAKES_ALL | TAKES_JSON,
	    "show what an account uses, and its limits" },
	{ "quota", "set", quota_set, true, TAKES_QUOTA, "change the limits" },
	{ "quota", "recount", quota_recount, true, TAKES_ALL,
	    "count its files anew; its uploads pause meanwhile" },
	{ "reload", NULL, service_reload, false, 0,
	    "check the configuration, and make the server read it again" },
	{ "status", NULL, service_status, false, 0,
	    "say whether the server runs; 0: it does, 3: not, 4: not known" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct {
	const char *name, *argument;
	unsigned bit;
	const char *help;
} options[] = {
	{ "home", "DIR", TAKES_HOME, "the home directory" },
	{ "uid", "N", TAKES_UID, "the user id of its files" },
	{ "gid", "N", TAKES_GID, "the group id of its files" },
	{ "client-charset", "NAME", TAKES_CHARSET,
	    "the character set of clients that know no UTF-8; '' for none" },
	{ "cert-fingerprint", "SHA256", TAKES_CERTIFICATE,
	    "the client certificate that needs no password; '' for none" },
	{ "quota", "SIZE", TAKES_QUOTA_BYTES,
	    "the most bytes its files may have: 500M, 20G, none" },
	{ "quota-files", "N", TAKES_QUOTA_FILES, "the most files it may have, or none" },
	{ "all", NULL, TAKES_ALL, "do it for all accounts" },
	{ "hash", NULL, TAKES_HASH, "read a crypt(3) hash instead of a password" },
	{ "enable", NULL, TAKES_ENABLE, "let it log in" },
	{ "disable", NULL, TAKES_DISABLE, "do not let it log in" },
	{ "files", NULL, TAKES_FILES, "remove its home, too, with all that is in it" },
	{ "yes", NULL, TAKES_YES, "ask nothing" },
	{ "json", NULL, TAKES_JSON, "print JSON" },
};

#define NOPTIONS (sizeof(options) / sizeof(options[0]))

/* What stands behind a long option of the table above in getopt's values. */
#define OPTION_BASE 1000

static void
print_options(const struct command *c, FILE *out)
{
	for (size_t i = 0; i < NOPTIONS; i++)
		if ((c->options & options[i].bit) != 0)
			fprintf(out, " [--%s%s%s]", options[i].name,
			    options[i].argument == NULL ? "" : " ",
			    options[i].argument == NULL ? "" : options[i].argument);
}

static void
print_usage(const struct command *c, FILE *out)
{
	fprintf(out, "ferryctl %s%s%s%s", c->group, c->verb == NULL ? "" : " ",
	    c->verb == NULL ? "" : c->verb, c->has_name ? " NAME" : "");
	print_options(c, out);
	fputc('\n', out);
}

static void
print_help(void)
{
	fputs("Usage: ferryctl [-f FILE] [-o KEY=VALUE]... COMMAND\n"
	      "Looks after the accounts of ferryd, and after ferryd itself.\n\n"
	      "  -f, --config=FILE       read FILE instead of " FERRY_CONFIG_FILE "\n"
	      "  -o, --option=KEY=VALUE  set a key of ferryd.conf(5), over what the file says\n"
	      "      --version           say which version this is\n"
	      "      --help              show this\n\n"
	      "Commands:\n", stdout);
	for (size_t i = 0; i < NCOMMANDS; i++) {
		fputs("  ", stdout);
		print_usage(&commands[i], stdout);
		printf("      %s\n", commands[i].help);
	}
	fputs("\nOptions of commands:\n", stdout);
	for (size_t i = 0; i < NOPTIONS; i++)
		printf("  --%-16s %-6s %s\n", options[i].name,
		    options[i].argument == NULL ? "" : options[i].argument, options[i].help);
	fputs(
	    "\nA password is asked for on the terminal, or read as one line from standard input.\n"
	    "Exit status: 0 done, 1 failed, 2 not understood.  See ferryctl(8), ferryd.conf(5).\n",
	    stdout);
}

static bool
parse_id(const char *option, const char *text, uint32_t *id_r)
{
	uint64_t id;

	if (!num_parse(text, UINT32_MAX - 1, &id)) {
		fprintf(stderr, "ferryctl: --%s %s: expected a number\n", option, text);
		return false;
	}
	*id_r = (uint32_t)id;
	return true;
}

/* Takes over one option of a command. */
static bool
take_option(struct ctl *ctl, unsigned bit, const char *value)
{
	switch (bit) {
	case TAKES_HOME:
		ctl->home = value;
		return true;
	case TAKES_UID:
		ctl->has_uid = true;
		return parse_id("uid", value, &ctl->uid);
	case TAKES_GID:
		ctl->has_gid = true;
		return parse_id("gid", value, &ctl->gid);
	case TAKES_CHARSET:
		ctl->client_charset = value;
		return true;
	case TAKES_CERTIFICATE:
		ctl->certificate = value;
		return true;
	case TAKES_QUOTA_BYTES:
		ctl->quota_bytes = value;
		return true;
	case TAKES_QUOTA_FILES:
		ctl->quota_files = value;
		return true;
	case TAKES_ALL:
		return true;    /* by having no name */
	case TAKES_HASH:
		ctl->hash = true;
		return true;
	case TAKES_ENABLE:
		ctl->enable = true;
		return true;
	case TAKES_DISABLE:
		ctl->disable = true;
		return true;
	case TAKES_FILES:
		ctl->files = true;
		return true;
	case TAKES_YES:
		ctl->yes = true;
		return true;
	default:
		ctl->json = true;
		return true;
	}
}

/* What was asked, besides the command itself. */
struct call {
	struct ctl ctl;
	unsigned given;                 /* options of commands */
	const char *conf_path;
	const char **items;             /* -o */
	size_t nitems;
	bool done;                      /* --help or --version was all */
};

static bool
parse_options(int argc, char **argv, struct call *call)
{
	enum { OPT_VERSION = 256, OPT_HELP };
	struct option long_options[NOPTIONS + 5] = {
		{ "config", required_argument, NULL, 'f' },
		{ "option", required_argument, NULL, 'o' },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, OPT_HELP },
	};
	int c;

	for (size_t i = 0; i < NOPTIONS; i++)
		long_options[4 + i] = (struct option){ options[i].name,
			options[i].argument == NULL ? no_argument : required_argument, NULL,
			OPTION_BASE + (int)i };
	while ((c = getopt_long(argc, argv, "f:o:", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			call->conf_path = optarg;
			break;
		case 'o':
			call->items[call->nitems++] = optarg;
			break;
		case OPT_VERSION:
			puts("ferryctl (" PACKAGE_NAME ") " PACKAGE_VERSION);
			call->done = true;
			return true;
		case OPT_HELP:
			print_help();
			call->done = true;
			return true;
		default:
			if (c < OPTION_BASE ||
			    !take_option(&call->ctl, options[c - OPTION_BASE].bit, optarg))
				return false;
			call->given |= options[c - OPTION_BASE].bit;
		}
	}
	return true;
}

/* How many of the words say which command it is; 0: they say another. */
static int
words_of(const struct command *c, int argc, char **argv)
{
	if (argc < 1 || strcmp(argv[0], c->group) != 0)
		return 0;
	if (c->verb == NULL)
		return 1;
	return argc >= 2 && strcmp(argv[1], c->verb) == 0 ? 2 : 0;
}

/* The row of the words after the options.  NULL after saying what is wrong. */
static const struct command *
find_command(int argc, char **argv, struct call *call)
{
	const struct command *c = NULL;
	bool named;
	int words = 0;

	for (size_t i = 0; i < NCOMMANDS && words == 0; i++) {
		c = &commands[i];
		words = words_of(c, argc, argv);
	}
	if (words == 0)
		c = NULL;
	if (c == NULL) {
		fprintf(stderr, "ferryctl: %s%s%s: no such command; see ferryctl --help\n",
		    argc < 1 ? "nothing asked" : argv[0], argc < 2 ? "" : " ",
		    argc < 2 ? "" : argv[1]);
		return NULL;
	}
	named = c->has_name && (call->given & TAKES_ALL) == 0;
	if (argc != (named ? words + 1 : words) || (call->given & ~c->options) != 0 ||
	    (call->ctl.enable && call->ctl.disable)) {
		fputs("Usage: ", stderr);
		print_usage(c, stderr);
		return NULL;
	}
	call->ctl.name = named ? argv[words] : NULL;
	return c;
}

static int
run(int argc, char **argv, struct call *call)
{
	struct conf_options over;
	const struct command *c;
	struct conf conf;

	if (!parse_options(argc, argv, call))
		return CTL_USAGE;
	if (call->done)
		return CTL_OK;
	c = find_command(argc - optind, argv + optind, call);
	if (c == NULL)
		return CTL_USAGE;
	over = (struct conf_options){ .items = call->items, .count = call->nitems };
	if (!load_conf(&conf, call->conf_path, &over, stderr))
		return CTL_FAILED;
	call->ctl.conf = &conf;
	call->ctl.conf_path = call->conf_path;
	call->ctl.options = &over;
	return c->run(&call->ctl);
}

int
main(int argc, char **argv)
{
	struct call call = { .items = calloc((size_t)argc, sizeof(call.items[0])) };
	int rc;

	if (call.items == NULL) {
		perror("ferryctl");
		return CTL_FAILED;
	}
	/* Directories above a home or the store are for others to pass through. */
	umask(022);
	rc = run(argc, argv, &call);
	(void)rights_of_root();
	free(call.items);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("ferryctl: standard output");
		return CTL_FAILED;
	}
	return rc;
}
