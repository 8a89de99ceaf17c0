/* ferry: the face.  Everything that knows a terminal is in this file and in progress, password, ls,
 * show, terminal and trust; the rest of this directory could serve another face. */
#include "base/clock.h"
#include "base/num.h"
#include "base/sb.h"
#include "client/engine/conn.h"
#include "client/engine/get.h"
#include "client/engine/login.h"
#include "client/engine/put.h"
#include "client/face/ls.h"
#include "client/face/password.h"
#include "client/face/progress.h"
#include "client/face/show.h"
#include "client/face/trust.h"
#include "ftp/mlst.h"
#include "ftp/name.h"
#include "ftp/url.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_MS 60000
#define MAX_TIMEOUT_MS     (24ULL * 3600 * 1000)

/* Exit codes; ferry(1) has this table in words. */
static const int exit_codes[] = {
	[FAIL_NONE] = 0,
	[FAIL_MEMORY] = 1,
	[FAIL_USAGE] = 2,
	[FAIL_CONNECT] = 3,
	[FAIL_PROTOCOL] = 4,
	[FAIL_LOGIN] = 5,
	[FAIL_REFUSED] = 6,
	[FAIL_LOCAL] = 7,
	[FAIL_BROKEN] = 8,
	[FAIL_TIMEOUT] = 9,
	[FAIL_TLS] = 10,
	[FAIL_INTERRUPTED] = 130,
};

struct options {
	bool resume, quiet, verbose;
	int family;
	int64_t timeout_ms;
	enum ls_style style;
	enum conn_tls tls;
	bool has_tls;           /* --tls was given */
};

struct run {
	struct options opt;
	int interrupt_fd;
	struct url url;
	struct password password;
	struct trust trust;
	struct conn conn;
	struct progress progress;
	struct fail fail;
};

struct command {
	const char *name, *args, *help;
	const char *options;    /* letters of the options that mean something to it */
	int min_args, max_args;
	int (*run)(struct run *r, char **args);
};

static int run_get(struct run *r, char **args);
static int run_ls(struct run *r, char **args);
static int run_put(struct run *r, char **args);

static const struct command commands[] = {
	{ "get", "URL [FILE|DIR|-]", "fetch a file", "cqv46tTp", 1, 2, run_get },
	{ "ls", "URL", "list a directory", "qv46tTpl1", 1, 1, run_ls },
	{ "put", "FILE|- URL", "send a file; a URL that ends with / keeps its name", "cqv46tTp", 2,
	    2, run_put },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct {
	int letter;
	const char *name, *arg, *help;
} option_table[] = {
	{ 'c', "continue", NULL, "go on where an earlier transfer ended" },
	{ 'q', "quiet", NULL, "say nothing but errors" },
	{ 'v', "verbose", NULL, "show the dialogue with the server, without passwords" },
	{ '4', "ipv4", NULL, "use IPv4 only" },
	{ '6', "ipv6", NULL, "use IPv6 only" },
	{ 't', "timeout", "TIME", "give up when nothing moves for TIME (60s; also 5m, 1h)" },
	{ 'T', "tls", "HOW", "require TLS, prefer it (the default), or off" },
	{ 'p', "pin", "SHA256", "trust the certificate with this fingerprint, and no other" },
	{ 'l', "long", NULL, "ls: with mode, owner, bytes and seconds" },
	{ '1', "names", NULL, "ls: names only" },
	{ 'h', "help", NULL, "show this" },
	{ 'V', "version", NULL, "show the version" },
};

#define NOPTIONS (sizeof(option_table) / sizeof(option_table[0]))

static void
print_help(void)
{
	printf("ferry moves files to and from FTP servers.\n\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  ferry %-4s %-18s %s\n", commands[i].name, commands[i].args,
		    commands[i].help);
	printf(
	    "\nURL is ftp://[user@]host[:port]/path; a path that begins with %%2F is absolute.\n"
	    "With ftps:// TLS begins at once, on port 990; with ftp:// as soon as the server offers it.\n\n");
	for (size_t i = 0; i < NOPTIONS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "--%s%s%s", option_table[i].name,
		    option_table[i].arg == NULL ? "" : "=",
		    option_table[i].arg == NULL ? "" : option_table[i].arg);
		printf("  -%c, %-14s %s\n", option_table[i].letter, name, option_table[i].help);
	}
	printf("\nThe password is taken from the URL, FERRY_PASSWORD, ~/.netrc or the terminal.\n");
}

static void
warn(const char *text)
{
	fputs("ferry: ", stderr);
	show_print(stderr, text);
	fputc('\n', stderr);
}

static int
usage(struct run *r, const char *what, const char *about)
{
	return fail_set(&r->fail, FAIL_USAGE, "%s%s (ferry --help shows how)", what, about);
}

static void
trace(void *arg, enum conn_says who, const char *line)
{
	struct run *r = arg;

	/* Not into the middle of the bar. */
	progress_leave(&r->progress);
	fputs(who == CONN_SENT ? "> " : who == CONN_RECEIVED ? "< " : "* ", stderr);
	show_print(stderr, line);
	fputc('\n', stderr);
}

/* The address as it was understood, without what nobody else should see. */
static void
trace_url(struct run *r)
{
	char text[4 * URL_PATH_MAX];
	struct sb shown;

	sb_init(&shown, text, sizeof(text));
	url_put(&shown, &r->url);
	trace(r, CONN_NOTE, text);
}

/* What people should know, if they want to. */
static void
tell(void *arg, const char *text)
{
	struct run *r = arg;

	if (r->opt.quiet)
		return;
	progress_leave(&r->progress);
	warn(text);
}

static void
transfer_progress(void *arg, const struct transfer_progress *now)
{
	struct run *r = arg;

	progress_update(&r->progress, now);
}

/* The bar's place is a terminal that nothing else is written to meanwhile. */
static void
begin_progress(struct run *r, const char *name, bool content_on_stdout)
{
	bool bar = !r->opt.quiet && isatty(STDERR_FILENO) == 1 &&
	    !(content_on_stdout && isatty(STDOUT_FILENO) == 1);

	progress_begin(&r->progress, STDERR_FILENO, bar, name);
}

static void
end_progress(struct run *r, int rc, bool was_whole)
{
	char text[8192];
	struct sb line;

	progress_leave(&r->progress);
	if (rc == -1 || r->opt.quiet)
		return;
	sb_init(&line, text, sizeof(text));
	if (was_whole) {
		show_text(&line, r->progress.name);
		sb_puts(&line, ": nothing to do, it is whole already");
	} else if (!r->progress.bar) {
		progress_summary(&r->progress, &line, clock_ms());
	}
	if (line.len > 0)
		fprintf(stderr, "%s\n", text);
}

static int
read_url(struct run *r, const char *text)
{
	enum url_status status = url_parse(text, &r->url);

	if (status != URL_OK)
		return usage(r, "not a usable address: ", url_error(status));
	return 0;
}

/* A server that had TLS once has it again, or somebody took it away. */
static int
choose_tls(struct run *r, enum conn_tls *tls_r)
{
	int known;

	*tls_r = r->opt.tls;
	if ((r->url.tls || r->trust.has_pin) && r->opt.tls == CONN_TLS_OFF)
		return usage(r,
		    r->url.tls ? "ftps:// is TLS, and --tls=off is not"
			       : "--pin is of no use with --tls=off",
		    "");
	if (r->trust.has_pin)
		*tls_r = CONN_TLS_REQUIRE;
	if (*tls_r != CONN_TLS_PREFER)
		return 0;
	known = trust_is_known(r->url.host, r->url.port, &r->fail);
	if (known == 1)
		*tls_r = CONN_TLS_EXPECT;
	return known == -1 ? -1 : 0;
}

static int
connect_url(struct run *r)
{
	struct conn_options opt = {
		.family = r->opt.family,
		.timeout_ms = r->opt.timeout_ms,
		.interrupt_fd = r->interrupt_fd,
		.implicit = r->url.tls,
		.trust = trust_judge,
		.trust_arg = &r->trust,
		.trace = r->opt.verbose ? trace : NULL,
		.trace_arg = r,
	};
	struct login login = { .password = password_get, .account = password_account,
		.arg = &r->password };
	const char *warning;

	r->trust.interrupt_fd = r->interrupt_fd;
	if (choose_tls(r, &opt.tls) == -1 ||
	    password_find(&r->password, &r->url, r->interrupt_fd, &r->fail) == -1)
		return -1;
	warning = password_warning(&r->password);
	if (warning != NULL)
		tell(r, warning);
	if (r->opt.verbose)
		trace_url(r);
	login.user = password_user(&r->password);
	/* Who says --tls=prefer has been told. */
	opt.secret = !r->opt.has_tls && !password_is_anonymous(&r->password);
	conn_init(&r->conn, &opt);
	if (login_open(&r->conn, r->url.host, r->url.port, &r->fail) == -1)
		return -1;
	return login_as(&r->conn, &login, &r->fail);
}

static int
url_has_file(struct run *r)
{
	if (r->url.type == 'd')
		return usage(r, "the address means a directory (;type=d)", "");
	if (r->opt.resume && r->url.type == 'a')
		return usage(
		    r, "-c goes with ;type=i only: in ;type=a nobody can tell where to go on", "");
	return 0;
}

/* Where a download goes: target[PATH_MAX]. */
static int
choose_target(struct run *r, const char *given, char *target)
{
	const char *name = url_name(&r->url);
	struct stat st;
	bool fits;

	if (given != NULL && (stat(given, &st) == -1 || !S_ISDIR(st.st_mode)) && given[0] != '\0' &&
	    given[strlen(given) - 1] != '/') {
		fits = snprintf(target, PATH_MAX, "%s", given) < PATH_MAX;
		return fits ? 0 : usage(r, "the file's name is too long", "");
	}
	if (!mlst_name_is_plain(name) || !name_is_creatable(name))
		return usage(r, "the address gives no name for the local file: say one", "");
	if (given == NULL)
		given = ".";
	if (stat(given, &st) == -1 || !S_ISDIR(st.st_mode))
		return fail_set(&r->fail, FAIL_LOCAL, "%s is no directory", given);
	if (strcmp(given, ".") == 0)
		fits = snprintf(target, PATH_MAX, "%s", name) < PATH_MAX;
	else
		fits = snprintf(target, PATH_MAX, "%s%s%s", given,
			   given[strlen(given) - 1] == '/' ? "" : "/", name) < PATH_MAX;
	return fits ? 0 : usage(r, "the file's name is too long", "");
}

/* A device or a pipe is written to; it cannot be replaced by a file of its name. */
static int
open_special(struct run *r, const char *target, int *fd_r)
{
	struct stat st;

	*fd_r = -1;
	if (stat(target, &st) == -1 || S_ISREG(st.st_mode))
		return 0;
	*fd_r = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return *fd_r == -1 ? fail_errno(&r->fail, FAIL_LOCAL, "cannot write %s", target) : 0;
}

static int
run_get(struct run *r, char **args)
{
	const char *given = args[1];
	bool to_stdout = given != NULL && strcmp(given, "-") == 0;
	char target[PATH_MAX] = "standard output";
	struct get g = { .progress = transfer_progress, .note = tell, .arg = r };
	int fd = -1, rc;

	if (read_url(r, args[0]) == -1 || url_has_file(r) == -1)
		return -1;
	if (r->url.path[0] == '\0')
		return usage(r, "the address names no file", "");
	if (!to_stdout &&
	    (choose_target(r, given, target) == -1 || open_special(r, target, &fd) == -1))
		return -1;
	if (r->opt.resume && (to_stdout || fd != -1)) {
		if (fd != -1)
			close(fd);
		return usage(r, "-c needs an ordinary file to go on with", "");
	}
	g.remote = r->url.path;
	g.target = target;
	g.resume = r->opt.resume;
	g.ascii = r->url.type == 'a';
	rc = connect_url(r);
	if (rc == 0) {
		begin_progress(r, url_name(&r->url), to_stdout || fd != -1);
		rc = to_stdout ? get_stream(&r->conn, &g, STDOUT_FILENO, &r->fail) :
		     fd != -1  ? get_stream(&r->conn, &g, fd, &r->fail) :
		                 get_file(&r->conn, &g, &r->fail);
		end_progress(r, rc, g.was_whole);
	}
	if (fd != -1)
		close(fd);
	return rc;
}

/* A path that ends with '/' means: in there, under the file's own name. */
static int
complete_remote(struct run *r, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash == NULL ? file : slash + 1;
	size_t len = strlen(r->url.path);

	if (len > 0 && url_name(&r->url)[0] != '\0')
		return 0;
	if (strcmp(file, "-") == 0)
		return usage(r, "the address names no file, and standard input has no name", "");
	if (len + strlen(name) >= sizeof(r->url.path))
		return usage(r, "the file's name is too long", "");
	memcpy(r->url.path + len, name, strlen(name) + 1);
	return 0;
}

static int
open_source(struct run *r, const char *file, int *fd_r)
{
	struct stat st;

	*fd_r = strcmp(file, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
	                                 open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd_r == -1 || fstat(*fd_r, &st) == -1)
		return fail_errno(&r->fail, FAIL_LOCAL, "cannot read %s",
		    strcmp(file, "-") == 0 ? "standard input" : file);
	if (S_ISDIR(st.st_mode))
		return fail_set(&r->fail, FAIL_LOCAL, "%s is a directory", file);
	if (r->opt.resume && !S_ISREG(st.st_mode))
		return usage(r, "-c needs an ordinary file to go on with", "");
	return 0;
}

static int
run_put(struct run *r, char **args)
{
	struct put p = { .progress = transfer_progress, .note = tell, .arg = r };
	int rc;

	if (read_url(r, args[1]) == -1 || url_has_file(r) == -1 ||
	    complete_remote(r, args[0]) == -1)
		return -1;
	rc = open_source(r, args[0], &p.fd);
	p.local = strcmp(args[0], "-") == 0 ? "standard input" : args[0];
	p.remote = r->url.path;
	p.resume = r->opt.resume;
	p.ascii = r->url.type == 'a';
	if (rc == 0)
		rc = connect_url(r);
	if (rc == 0) {
		begin_progress(r, url_name(&r->url), false);
		rc = put_file(&r->conn, &p, &r->fail);
		end_progress(r, rc, p.was_whole);
	}
	if (p.fd != -1)
		close(p.fd);
	return rc;
}

static int
run_ls(struct run *r, char **args)
{
	uint64_t skipped = 0;
	char text[96];
	int rc;

	if (read_url(r, args[0]) == -1 || connect_url(r) == -1)
		return -1;
	rc = ls_print(&r->conn, r->url.path, r->opt.style, &skipped, &r->fail);
	if (skipped > 0) {
		snprintf(text, sizeof(text), "%" PRIu64 " %s left out: no file can have %s",
		    skipped, skipped == 1 ? "name is" : "names are", skipped == 1 ? "it" : "them");
		tell(r, text);
	}
	return rc;
}

static int
set_tls(struct run *r, const char *how)
{
	static const char *const words[] = {
		[CONN_TLS_PREFER] = "prefer",
		[CONN_TLS_REQUIRE] = "require",
		[CONN_TLS_EXPECT] = NULL,
		[CONN_TLS_OFF] = "off",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] != NULL && strcmp(how, words[i]) == 0) {
			r->opt.tls = (enum conn_tls)i;
			r->opt.has_tls = true;
			return 0;
		}
	return usage(r, "--tls wants require, prefer or off, not ", how);
}

/* given: the word of the command line, which an option of one letter may share with others. */
static int
refuse_option(struct run *r, int letter, const char *given)
{
	bool is_known = false;
	char name[64];

	if (strncmp(given, "--", 2) == 0)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(given, "="), given);
	else
		snprintf(name, sizeof(name), "-%c", optopt);
	if (letter == ':')
		return usage(r, name, " wants a value");
	for (size_t i = 0; i < NOPTIONS; i++)
		is_known = is_known || option_table[i].letter == optopt;
	return is_known ? usage(r, name, " takes no value") : usage(r, "there is no option ", name);
}

static int
set_option(struct run *r, int letter, const char *given)
{
	uint64_t ms;

	switch (letter) {
	case 'c':
		r->opt.resume = true;
		break;
	case 'q':
		r->opt.quiet = true;
		break;
	case 'v':
		r->opt.verbose = true;
		break;
	case '4':
		r->opt.family = AF_INET;
		break;
	case '6':
		r->opt.family = AF_INET6;
		break;
	case 't':
		if (!num_parse_duration(optarg, MAX_TIMEOUT_MS, &ms) || ms == 0)
			return usage(r, "--timeout wants a time like 30s, 5m or 1h, not ", optarg);
		r->opt.timeout_ms = (int64_t)ms;
		break;
	case 'T':
		return set_tls(r, optarg);
	case 'p':
		if (!fingerprint_parse(optarg, r->trust.pin))
			return usage(
			    r, "--pin wants SHA256: and 64 hexadecimal digits, not ", optarg);
		r->trust.has_pin = true;
		break;
	case 'l':
		r->opt.style = LS_LONG;
		break;
	case '1':
		r->opt.style = LS_NAMES;
		break;
	default:
		return refuse_option(r, letter, given);
	}
	return 0;
}

/* 1: go on; 0: all is done; -1.  used[] gets the letters that were given. */
static int
read_options(struct run *r, int argc, char **argv, char used[NOPTIONS + 1])
{
	struct option longs[NOPTIONS + 1] = { { .name = NULL } };
	char shorts[2 * NOPTIONS + 2] = ":";
	size_t n = 1, nused = 0;
	int letter;

	for (size_t i = 0; i < NOPTIONS; i++) {
		bool has_arg = option_table[i].arg != NULL;

		longs[i] = (struct option){ .name = option_table[i].name,
			.has_arg = has_arg ? required_argument : no_argument,
			.val = option_table[i].letter };
		shorts[n++] = (char)option_table[i].letter;
		if (has_arg)
			shorts[n++] = ':';
	}
	shorts[n] = '\0';
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == 'h') {
			print_help();
			return 0;
		}
		if (letter == 'V') {
			printf("ferry %s\n", PACKAGE_VERSION);
			return 0;
		}
		if (set_option(r, letter, argv[optind - 1]) == -1)
			return -1;
		if (memchr(used, letter, nused) == NULL)
			used[nused++] = (char)letter;
	}
	used[nused] = '\0';
	return 1;
}

static int
run_command(struct run *r, int argc, char **argv)
{
	char used[NOPTIONS + 1] = "";
	const struct command *cmd = NULL;
	char *args[3] = { NULL };
	int rc, n;

	rc = read_options(r, argc, argv, used);
	if (rc != 1)
		return rc;
	if (optind >= argc)
		return usage(r, "no command is given", "");
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[optind], commands[i].name) == 0)
			cmd = &commands[i];
	if (cmd == NULL)
		return usage(r, "there is no command ", argv[optind]);
	for (const char *p = used; *p != '\0'; p++)
		if (strchr(cmd->options, *p) == NULL)
			return fail_set(
			    &r->fail, FAIL_USAGE, "ferry %s has no option -%c", cmd->name, *p);
	n = argc - optind - 1;
	if (n < cmd->min_args || n > cmd->max_args)
		return fail_set(&r->fail, FAIL_USAGE, "usage: ferry %s %s", cmd->name, cmd->args);
	for (int i = 0; i < n; i++)
		args[i] = argv[optind + 1 + i];
	return cmd->run(r, args);
}

/* Signals become readable instead of interrupting: every wait watches this, and nothing is done in
 * a handler. */
static int
open_interrupts(struct run *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return fail_errno(&r->fail, FAIL_MEMORY, "cannot prepare for signals");
	r->interrupt_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->interrupt_fd == -1)
		return fail_errno(&r->fail, FAIL_MEMORY, "cannot prepare for signals");
	return 0;
}

int
main(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc, code;

	setlocale(LC_CTYPE, "");
	if (r == NULL) {
		warn("out of memory");
		return exit_codes[FAIL_MEMORY];
	}
	r->opt.timeout_ms = DEFAULT_TIMEOUT_MS;
	r->conn.fd = -1;
	r->interrupt_fd = -1;
	rc = open_interrupts(r);
	if (rc == 0)
		rc = run_command(r, argc, argv);
	conn_quit(&r->conn);
	if (rc == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		rc = fail_errno(&r->fail, FAIL_LOCAL, "cannot write to standard output");
	if (rc == -1) {
		progress_leave(&r->progress);
		warn(r->fail.text);
	}
	code = exit_codes[rc == -1 ? r->fail.kind : FAIL_NONE];
	password_clear(&r->password);
	url_clear(&r->url);
	if (r->interrupt_fd != -1)
		close(r->interrupt_fd);
	free(r);
	return code;
}
