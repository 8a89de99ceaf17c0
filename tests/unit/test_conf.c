/* ferryd.conf: what may stand in it, and what a person is told who wrote something else. */
#include "conf/conf.h"
#include "conf/load.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[PATH_MAX], path[PATH_MAX + 32];
static struct conf c;
static char *errors;
static size_t errors_len;

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/ferry-conf-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/f.conf", dir);
}

static void
tear_down(void)
{
	free(errors);
	errors = NULL;
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
write_bytes(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void
write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

/* Writes "@" for each mention of the file. */
static void
hide_path(void)
{
	size_t len = strlen(path);

	for (char *p = strstr(errors, path); p != NULL; p = strstr(p, path)) {
		p[0] = '@';
		memmove(p + 1, p + len, strlen(p + len) + 1);
	}
}

/* Reads the file at path with these options; errors are what was said. */
static bool
load(const char *const *items, size_t count)
{
	const struct conf_options options = { .items = items, .count = count };
	FILE *out;
	bool ok;

	free(errors);
	out = open_memstream(&errors, &errors_len);
	ck_assert_ptr_nonnull(out);
	ok = load_conf(&c, path, &options, out);
	ck_assert_int_eq(fclose(out), 0);
	hide_path();
	return ok;
}

static bool
load_text(const char *text)
{
	write_text(text);
	return load(NULL, 0);
}

/* ---- good ones ---- */

#define FIELD(name) offsetof(struct conf, name)

static const struct {
	const char *text;
	size_t offset;
	uint64_t want;
} numbers[] = {
	{ "max-sessions = 1", FIELD(max_sessions), 1 },
	{ "max-sessions=100000", FIELD(max_sessions), 100000 },
	{ "max-sessions = \"7\"", FIELD(max_sessions), 7 },
	{ "max-sessions = '7'", FIELD(max_sessions), 7 },
	{ "  max-sessions\t=\n\t 7  ", FIELD(max_sessions), 7 },
	/* 1 is above nobody's uid: an ordinary user's is the account-ids that this must not be above */
	{ "max-sessions = 7\r\nmin-uid = 1\r\n", FIELD(min_uid), 1 },
	{ "\xEF\xBB\xBFmax-sessions = 7\n", FIELD(max_sessions), 7 },
	{ "max-sessions = 7 min-uid = 1", FIELD(min_uid), 1 },
	{ "max-sessions = 7\nmax-sessions = 8\n", FIELD(max_sessions), 8 },
	{ "# max-sessions = 5\nmax-sessions = 7 # = 6\n", FIELD(max_sessions), 7 },
	{ "// max-sessions = 5\nmax-sessions = 7 // = 6\n", FIELD(max_sessions), 7 },
	{ "/* max-sessions = 5\n */ max-sessions /* here */ = /**/ 7 /* \" */\n", FIELD(max_sessions), 7 },
	{ "greeting = \"# no // comment /* here\"\nmax-sessions = 7", FIELD(max_sessions), 7 },
	{ "greeting = '\" #'\nmax-sessions = 7", FIELD(max_sessions), 7 },
	{ "# it's\nmax-sessions = 7", FIELD(max_sessions), 7 },
	{ "idle-timeout = 90", FIELD(idle_timeout), 90000 },
	{ "idle-timeout = 90s", FIELD(idle_timeout), 90000 },
	{ "idle-timeout = 5m", FIELD(idle_timeout), 300000 },
	{ "idle-timeout = 2h", FIELD(idle_timeout), 7200000 },
	{ "idle-timeout = 1d", FIELD(idle_timeout), 86400000 },
	{ "login-failure-delay = 0", FIELD(login_failure_delay), 0 },
	{ "umask = 077", FIELD(umask), 077 },
	{ "umask = 0", FIELD(umask), 0 },
	{ "umask = 777", FIELD(umask), 0777 },
	{ "log-level = error", FIELD(log_level), 0 },
	{ "log-level = debug", FIELD(log_level), 3 },
	{ "hash-workers = 0", FIELD(hash_workers), 0 },
	{ "max-hashes-per-account = 1", FIELD(max_hashes_per_account), 1 },
	{ "max-hash-size = 0", FIELD(max_hash_size), 0 },
	{ "max-hash-size = 1000", FIELD(max_hash_size), 1000 },
	{ "max-hash-size = 2G", FIELD(max_hash_size), 2147483648 },
};

START_TEST(numbers_that_are_right)
{
	ck_assert_msg(load_text(numbers[_i].text), "%s", errors);
	ck_assert_str_eq(errors, "");
	ck_assert_uint_eq(*(const uint64_t *)(const void *)((const char *)&c + numbers[_i].offset),
	    numbers[_i].want);
}
END_TEST

static const struct {
	const char *text;
	size_t offset;
	const char *want;
} texts[] = {
	{ "greeting = \"a # b // c\"", FIELD(greeting), "a # b // c" },
	{ "greeting = \"it's \\\"here\\\"\"", FIELD(greeting), "it's \"here\"" },
	{ "greeting = 'it\\'s'", FIELD(greeting), "it's" },
	{ "greeting = \"\"", FIELD(greeting), "" },
	{ "greeting = hello", FIELD(greeting), "hello" },
	{ "greeting = \"a\\\n b\"", FIELD(greeting), "a b" },
	{ "greeting = \"${FERRY_TEST_WORD} ${FERRY_TEST_NONE:-none}\"", FIELD(greeting), "word none" },
	{ "greeting = '${FERRY_TEST_WORD}'", FIELD(greeting), "${FERRY_TEST_WORD}" },
	{ "store = /a/b.db", FIELD(store), "/a/b.db" },
	{ "store = \"/a b//c.db\"", FIELD(store), "/a b//c.db" },
	{ "home = \"/h/%u/x\"", FIELD(home), "/h/%u/x" },
	{ "transfer-log = \"\"", FIELD(transfer_log), "" },
	{ "log = syslog", FIELD(log), "syslog" },
	{ "log = stderr", FIELD(log), "stderr" },
	{ "log = /var/log/f", FIELD(log), "/var/log/f" },
	{ "public-address = 192.0.2.1", FIELD(public_address), "192.0.2.1" },
	{ "public-address = \"\"", FIELD(public_address), "" },
	{ "keeper-user = 64001", FIELD(keeper_user), "64001" },
	{ "host-names = ftp.example.org", FIELD(host_names[0]), "ftp.example.org" },
	{ "host-names = {a, b.c}", FIELD(host_names[1]), "b.c" },
	{ "host-names = \"a,b\"", FIELD(host_names[1]), "b" },
	{ "host-names = a\nhost-names += b", FIELD(host_names[1]), "b" },
	{ "client-charsets = {GBK, \"iso-8859-1\"}", FIELD(client_charsets[1]), "iso-8859-1" },
	{ "host-names = \"\"", FIELD(host_names[0]), "" },
	{ "host-names = a\nhost-names = {}", FIELD(host_names[0]), "" },
	{ "listen = \"*:21\"", FIELD(listen[0]), "*:21" },
	{ "listen = 127.0.0.1:2121", FIELD(listen[0]), "127.0.0.1:2121" },
	{ "listen = {\"*:21\", \"[::1]:22\"}", FIELD(listen[1]), "[::1]:22" },
	{ "listen = {\n\t\"*:21\",\n\t\"[::1]:22\"\n}\n", FIELD(listen[1]), "[::1]:22" },
	{ "listen = \"*:21,127.0.0.1:22\"", FIELD(listen[1]), "127.0.0.1:22" },
	{ "listen = {\"*:21\", \"*:22\"}\nlisten = \"*:23\"", FIELD(listen[0]), "*:23" },
	{ "listen = {\"*:21\", \"*:22\"}\nlisten = \"*:23\"", FIELD(listen[1]), "" },
	{ "listen = \"*:21\"\nlisten += \"*:22\"", FIELD(listen[1]), "*:22" },
	{ "listen += \"*:22\"", FIELD(listen[0]), "*:22" },
};

START_TEST(texts_that_are_right)
{
	ck_assert_int_eq(setenv("FERRY_TEST_WORD", "word", 1), 0);
	ck_assert_int_eq(unsetenv("FERRY_TEST_NONE"), 0);
	ck_assert_msg(load_text(texts[_i].text), "%s", errors);
	ck_assert_str_eq(errors, "");
	ck_assert_str_eq((const char *)&c + texts[_i].offset, texts[_i].want);
}
END_TEST

static const struct {
	const char *text;
	uint32_t low, high;
} ranges[] = {
	{ "any", 0, 0 },
	{ "1024-65535", 1024, 65535 },
	{ "5000-5000", 5000, 5000 },
};

START_TEST(ranges_that_are_right)
{
	char text[64];

	snprintf(text, sizeof(text), "passive-ports = %s", ranges[_i].text);
	ck_assert_msg(load_text(text), "%s", errors);
	ck_assert_uint_eq(c.passive_ports.low, ranges[_i].low);
	ck_assert_uint_eq(c.passive_ports.high, ranges[_i].high);
}
END_TEST

static const struct {
	const char *text;
	bool want;
} bools[] = {
	{ "yes", true }, { "true", true }, { "on", true }, { "YES", true },
	{ "no", false }, { "false", false }, { "off", false }, { "Off", false },
};

START_TEST(bools_that_are_right)
{
	char text[64];

	snprintf(text, sizeof(text), "active = %s", bools[_i].text);
	ck_assert_msg(load_text(text), "%s", errors);
	ck_assert_int_eq(c.active, bools[_i].want);
}
END_TEST

/* ---- bad ones ---- */

#define SESSIONS "expected a number from 1 to 100000\n"
#define LISTEN   "expected up to 16 of ADDRESS:PORT, [IPV6 ADDRESS]:PORT or *:PORT\n"
#define BAD_X    "max-sessions: \"x\" is not right; " SESSIONS
#define SIZE "expected a number of bytes, or a number with K, M, G or T\n"
#define TIME     "expected a number of seconds, or a number with s, m, h or d, from "
#define A_TO_P   "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,k:1,l:1,m:1,n:1,o:1,p:1"

static const struct {
	const char *text, *error;
} bad[] = {
	/* values */
	{ "max-sessions = x", "@:1: " BAD_X },
	{ "max-sessions = 0", "@:1: max-sessions: \"0\" is not right; " SESSIONS },
	{ "max-sessions = 100001", "@:1: max-sessions: \"100001\" is not right; " SESSIONS },
	{ "max-sessions = -1", "@:1: max-sessions: \"-1\" is not right; " SESSIONS },
	{ "max-sessions = \"\"", "@:1: max-sessions: \"\" is not right; " SESSIONS },
	{ "max-sessions = \" 5\"", "@:1: max-sessions: \" 5\" is not right; " SESSIONS },
	{ "max-sessions = 18446744073709551617",
	    "@:1: max-sessions: \"18446744073709551617\" is not right; " SESSIONS },
	{ "idle-timeout = 0", "@:1: idle-timeout: \"0\" is not right; " TIME "1s to 1d\n" },
	{ "idle-timeout = 2d", "@:1: idle-timeout: \"2d\" is not right; " TIME "1s to 1d\n" },
	{ "data-timeout = 5x", "@:1: data-timeout: \"5x\" is not right; " TIME "1s to 1h\n" },
	{ "login-failure-delay = 61", "@:1: login-failure-delay: \"61\" is not right; " TIME "0s to 1m\n" },
	{ "max-hashes-per-account = 0",
	    "@:1: max-hashes-per-account: \"0\" is not right; expected a number from 1 to 1000\n" },
	{ "max-hash-size = 2X", "@:1: max-hash-size: \"2X\" is not right; " SIZE },
	{ "max-hash-size = 8388608T", "@:1: max-hash-size: \"8388608T\" is not right; " SIZE },
	{ "umask = 8", "@:1: umask: \"8\" is not right; expected an octal number from 0 to 777\n" },
	{ "umask = 1000", "@:1: umask: \"1000\" is not right; expected an octal number from 0 to 777\n" },
	{ "active = maybe", "@:1: active: \"maybe\" is not right; expected yes or no\n" },
	{ "passive-ports = 1023-2000",
	    "@:1: passive-ports: \"1023-2000\" is not right; expected any, or LOW-HIGH, from 1024 to 65535\n" },
	{ "passive-ports = 2000-1999",
	    "@:1: passive-ports: \"2000-1999\" is not right; expected any, or LOW-HIGH, from 1024 to 65535\n" },
	{ "passive-ports = 2000",
	    "@:1: passive-ports: \"2000\" is not right; expected any, or LOW-HIGH, from 1024 to 65535\n" },
	{ "passive-ports = 2000-65536",
	    "@:1: passive-ports: \"2000-65536\" is not right; expected any, or LOW-HIGH, from 1024 to 65535\n" },
	{ "account-ids = any", "@:1: account-ids: \"any\" is not right; expected LOW-HIGH, from 1 to 4294967294\n" },
	{ "account-ids = 0-5", "@:1: account-ids: \"0-5\" is not right; expected LOW-HIGH, from 1 to 4294967294\n" },
	{ "store = a.db", "@:1: store: \"a.db\" is not right; expected a path that starts with /\n" },
	{ "store = \"/a\\nb\"", "@:1: store: \"/a\\x0Ab\" is not right; expected a path that starts with /\n" },
	{ "log = nowhere",
	    "@:1: log: \"nowhere\" is not right; expected stderr, syslog or a path that starts with /\n" },
	{ "log-level = loud", "@:1: log-level: \"loud\" is not right; expected error, warning, info or debug\n" },
	{ "log-level = Info", "@:1: log-level: \"Info\" is not right; expected error, warning, info or debug\n" },
	{ "public-address = \"::1\"", "@:1: public-address: \"::1\" is not right; expected an IPv4 address\n" },
	{ "public-address = example", "@:1: public-address: \"example\" is not right; expected an IPv4 address\n" },
	{ "greeting = \"a\\x1Bb\"",
	    "@:1: greeting: \"a\\x1Bb\" is not right; expected a line of text of at most 255 bytes\n" },
	{ "listen = \"localhost:21\"", "@:1: listen: \"localhost:21\" is not right; " LISTEN },
	{ "listen = {\"*:21\",\n\"x\",\n\"y\"}", "@:2: listen: \"x\" is not right; " LISTEN
	    "@:3: listen: \"y\" is not right; " LISTEN },
	{ "listen = \"" A_TO_P "\"", "@:1: listen: \"" A_TO_P "\" is not right; " LISTEN },

	{ "host-names = {a,\n\"b:21\"}", "@:2: host-names: \"b:21\" is not right; expected up to 16 names of hosts\n" },
	{ "client-charsets = \"GBK//TRANSLIT\"",
	    "@:1: client-charsets: \"GBK//TRANSLIT\" is not right; expected up to 16 names of character sets\n" },
	{ "host-names = 192.0.2.1", "@:1: host-names: \"192.0.2.1\" is not right; expected up to 16 names of hosts\n" },

	/* keys */
	{ "max-session = 5", "@:1: there is no key \"max-session\"; did you mean max-sessions?\n" },
	{ "\n\nlisten-to = 5", "@:3: there is no key \"listen-to\"; did you mean listen-tls?\n" },
	{ "pasive-ports = any", "@:1: there is no key \"pasive-ports\"; did you mean passive-ports?\n" },
	{ "zzz = 5", "@:1: there is no key \"zzz\"; ferryd.conf(5) lists them\n" },
	{ "\"\\x01context\" = 5", "@:1: there is no key \"\\x01context\"; ferryd.conf(5) lists them\n" },
	{ "greeting = two words = 5", "@:1: there is no key \"words\"; ferryd.conf(5) lists them\n" },

	/* grammar */
	{ "max-sessions", "@:1: premature end of file\n" },
	{ "max-sessions 5", "@:1: missing equal sign after option 'max-sessions'\n" },
	{ "max-sessions = {1, 2}", "@:1: unexpected token '{'\n" },
	{ "listen = *:21", "@:1: * ( and ) stand only between quotes\n" },
	{ "\n\ninclude(x)", "@:3: * ( and ) stand only between quotes\n" },
	{ "\n\001 = 5", "@:2: a control character outside quotes\n" },
	{ "\n\ngreeting = \"a\n\n", "@:3: nothing closes the quote that opens here\n" },
	{ "greeting = 'a\\'", "@:1: nothing closes the quote that opens here\n" },
	{ "\n/* a\n\n", "@:2: nothing closes the comment that opens here\n" },
	{ "/* a\n */ active = no /* \n", "@:2: nothing closes the comment that opens here\n" },
	{ "/*/ max-sessions = 5", "@:1: nothing closes the comment that opens here\n" },
	{ "store = /a//b.db", "@:1: a comment inside a word; put the value between quotes, or a blank before the "
			      "comment\n" },
	{ "greeting = a#b",
	    "@:1: a comment inside a word; put the value between quotes, or a blank before the comment\n" },

	/* the line after each kind of comment */
	{ "# one\n# two\nmax-sessions = x", "@:3: " BAD_X },
	{ "// one\n// two\nmax-sessions = x", "@:3: " BAD_X },
	{ "/* one\n two */\n/* three */\nmax-sessions = x", "@:4: " BAD_X },
	{ "active = yes # one\nactive = yes // two\nactive = yes /* three\n */ max-sessions = x", "@:4: " BAD_X },
	{ "greeting = \"# /* //\"\nmax-sessions = x", "@:2: " BAD_X },
	{ "greeting = \"a\\\nb\"\nmax-sessions = x", "@:3: " BAD_X },
	{ "\r\n# one\r\nmax-sessions = x\r\n", "@:3: " BAD_X },

	/* all faults, not the first */
	{ "max-sessions = x\nactive = maybe\n",
	    "@:1: " BAD_X "@:2: active: \"maybe\" is not right; expected yes or no\n" },

	/* keys that do not go together */
	{ "listen = {}", "@: listen: expected at least one address, there or in listen-tls\n" },
	{ "listen = \"*:22\"\nlisten = {}", "@: listen: expected at least one address, there or in listen-tls\n" },
	{ "listen = {\"*:21\", \"*:22\", \"*:21\"}", "@: listen: \"*:21\" stands there twice\n" },
	{ "min-uid = 30000\naccount-ids = 29999-40000", "@: account-ids: 29999 is below min-uid, which is 30000\n" },
	{ "store = \"\"", "@: store: expected a path that starts with /\n" },
	{ "home = \"\"", "@: home: expected a path that starts with /\n" },
};

START_TEST(what_is_wrong)
{
	ck_assert(!load_text(bad[_i].text));
	ck_assert_str_eq(errors, bad[_i].error);
}
END_TEST

START_TEST(files_that_are_none)
{
	static const char nul[] = "active = no\n\0max-sessions = x";
	char *big = malloc(300000);

	ck_assert_ptr_nonnull(big);
	ck_assert(!load(NULL, 0));
	ck_assert_str_eq(errors, "@: cannot be read: No such file or directory\n");
	write_bytes(nul, sizeof(nul) - 1);
	ck_assert(!load(NULL, 0));
	ck_assert_str_eq(errors, "@:2: a NUL byte; it is no text\n");
	memset(big, '\n', 300000);
	write_bytes(big, 256 * 1024);
	ck_assert(load(NULL, 0));
	write_bytes(big, 256 * 1024 + 1);
	ck_assert(!load(NULL, 0));
	ck_assert_str_eq(errors, "@: cannot be read: File too large\n");
	free(big);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert(!load(NULL, 0));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_str_eq(errors, "@: cannot be read: Is a directory\n");
}
END_TEST

START_TEST(text_that_does_not_fit)
{
	char text[PATH_MAX + 64];
	int n = snprintf(text, sizeof(text), "greeting = \"%0255d\"", 0);

	write_bytes(text, (size_t)n);
	ck_assert(load(NULL, 0));
	ck_assert_uint_eq(strlen(c.greeting), 255);
	n = snprintf(text, sizeof(text), "greeting = \"%0256d\"", 0);
	write_bytes(text, (size_t)n);
	ck_assert(!load(NULL, 0));
	n = snprintf(text, sizeof(text), "store = \"/%0*d\"", PATH_MAX - 2, 0);
	write_bytes(text, (size_t)n);
	ck_assert(load(NULL, 0));
	n = snprintf(text, sizeof(text), "store = \"/%0*d\"", PATH_MAX - 1, 0);
	write_bytes(text, (size_t)n);
	ck_assert(!load(NULL, 0));
}
END_TEST

/* ---- options ---- */

#define MAX_ITEMS 3

static const struct {
	const char *items[MAX_ITEMS], *error;   /* error NULL: it is right, and there are 9 sessions */
} option_rows[] = {
	{ { "max-sessions=9" }, NULL },
	{ { "max-sessions=8", "max-sessions=9" }, NULL },
	{ { "max-sessions=9", "greeting=a=b # c" }, NULL },
	{ { "max-sessions=9", "listen=*:21,[::1]:22", "listen=127.0.0.1:23" }, NULL },
	{ { "max-sessions" }, "-o max-sessions: expected max-sessions=VALUE\n" },
	{ { "max-sessions=" }, "-o max-sessions=: max-sessions: \"\" is not right; " SESSIONS },
	{ { "max-sessions=x" }, "-o max-sessions=x: " BAD_X },
	{ { "max-sesions=5" }, "-o max-sesions=5: there is no key \"max-sesions\"; did you mean max-sessions?\n" },
	{ { "=5" }, "-o =5: there is no key \"\"; ferryd.conf(5) lists them\n" },
	{ { "" }, "-o : there is no key \"\"; ferryd.conf(5) lists them\n" },
	{ { "active=x", "umask=9" }, "-o active=x: active: \"x\" is not right; expected yes or no\n"
	    "-o umask=9: umask: \"9\" is not right; expected an octal number from 0 to 777\n" },
	{ { "listen=" }, "@: listen: expected at least one address, there or in listen-tls\n" },
	{ { "listen=*:21,", "active=no" }, "-o listen=*:21,: listen: \"*:21,\" is not right; " LISTEN },
};

START_TEST(options)
{
	size_t count = 0;

	write_text("max-sessions = 7\n");
	while (count < MAX_ITEMS && option_rows[_i].items[count] != NULL)
		count++;
	ck_assert_int_eq(load(option_rows[_i].items, count), option_rows[_i].error == NULL);
	ck_assert_str_eq(errors, option_rows[_i].error == NULL ? "" : option_rows[_i].error);
	if (option_rows[_i].error == NULL)
		ck_assert_uint_eq(c.max_sessions, 9);
}
END_TEST

START_TEST(listen_by_options_replaces_the_file)
{
	static const char *const items[] = { "listen=*:3,*:4", "listen=*:5" };

	write_text("listen = {\"*:1\", \"*:2\"}");
	ck_assert_msg(load(items, 2), "%s", errors);
	ck_assert_str_eq(c.listen[0], "*:3");
	ck_assert_str_eq(c.listen[1], "*:4");
	ck_assert_str_eq(c.listen[2], "*:5");
	ck_assert_str_eq(c.listen[3], "");
}
END_TEST

START_TEST(an_option_mends_what_the_file_leaves_out)
{
	static const char *const items[] = { "listen=127.0.0.1:0" };

	write_text("listen = {}");
	ck_assert_msg(load(items, 1), "%s", errors);
	ck_assert_str_eq(c.listen[0], "127.0.0.1:0");
}
END_TEST

/* ---- defaults ---- */

/* What is the same for everybody, as ferryd.conf(5) has it. */
static void
check_common(void)
{
	ck_assert_uint_eq(c.max_sessions, 2000);
	ck_assert_uint_eq(c.max_sessions_per_address, 64);
	ck_assert_uint_eq(c.passive_ports.low, 0);
	ck_assert_uint_eq(c.passive_ports.high, 0);
	ck_assert_str_eq(c.public_address, "");
	ck_assert(c.active);
	ck_assert_uint_eq(c.idle_timeout, 300000);
	ck_assert_uint_eq(c.login_timeout, 60000);
	ck_assert_uint_eq(c.data_timeout, 30000);
	ck_assert_uint_eq(c.stall_timeout, 300000);
	ck_assert_uint_eq(c.shutdown_timeout, 30000);
	ck_assert_uint_eq(c.login_tries, 3);
	ck_assert_uint_eq(c.login_failure_delay, 1000);
	ck_assert_uint_eq(c.hash_workers, 0);
	ck_assert_str_eq(c.greeting, "");
	ck_assert_uint_eq(c.umask, 022);
	ck_assert_str_eq(c.keeper_user, "ferry");
	ck_assert_str_eq(c.session_user, "");
	ck_assert_str_eq(c.log, "stderr");
	ck_assert_int_eq(conf_log_kind(&c), CONF_LOG_STDERR);
	ck_assert_uint_eq(c.log_level, 2);
	ck_assert_str_eq(c.transfer_log, "");
	ck_assert_str_eq(c.listen[1], "");
}

/* Root's, where root runs the test; else there is nobody to ask. */
START_TEST(defaults_of_root)
{
	if (geteuid() != 0)
		return;
	ck_assert_msg(load_text(""), "%s", errors);
	check_common();
	ck_assert_str_eq(c.listen[0], "*:21");
	ck_assert_str_eq(c.store, FERRY_STATE_DIR "/ferry.db");
	ck_assert_str_eq(c.home, "/srv/ftp/%u");
	ck_assert_uint_eq(c.account_ids.low, 20000);
	ck_assert_uint_eq(c.account_ids.high, 29999);
	ck_assert_uint_eq(c.min_uid, 1000);
}
END_TEST

static const struct {
	const char *state, *home, *want;
	gid_t gid;              /* as root, the group to be of */
	uint64_t min;
} ordinary[] = {
	{ "/s", "/h", "/s/ferry", 64005, 64005 },
	{ NULL, "/h", "/h/.local/state/ferry", 64006, 64005 },
	{ "", "/h", "/h/.local/state/ferry", 100, 100 },
	{ "relative", "/h", "/h/.local/state/ferry", 0, 64005 },
};

static void
set_variable(const char *name, const char *value)
{
	ck_assert_int_eq(value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

START_TEST(defaults_of_an_ordinary_user)
{
	bool root = geteuid() == 0, ok;
	char want[PATH_MAX];

	set_variable("XDG_STATE_HOME", ordinary[_i].state);
	set_variable("HOME", ordinary[_i].home);
	write_text("");
	ck_assert(!root || (setegid(ordinary[_i].gid) == 0 && seteuid(64005) == 0));
	ok = load(NULL, 0);
	if (ok)
		ck_assert_uint_eq(c.account_ids.low, geteuid());
	if (!root)
		ck_assert_uint_le(c.min_uid, geteuid());
	ck_assert(!root || (seteuid(0) == 0 && setegid(0) == 0));
	ck_assert_msg(ok, "%s", errors);
	check_common();
	ck_assert_str_eq(c.listen[0], "*:2121");
	snprintf(want, sizeof(want), "%s/ferry.db", ordinary[_i].want);
	ck_assert_str_eq(c.store, want);
	snprintf(want, sizeof(want), "%s/homes/%%u", ordinary[_i].want);
	ck_assert_str_eq(c.home, want);
	ck_assert_uint_eq(c.account_ids.low, c.account_ids.high);
	if (root)
		ck_assert_uint_eq(c.min_uid, ordinary[_i].min);
}
END_TEST

/* A user of whom neither the environment nor the system knows a home. */
START_TEST(defaults_of_a_homeless_user)
{
	bool root = geteuid() == 0, ok;

	set_variable("XDG_STATE_HOME", NULL);
	set_variable("HOME", NULL);
	write_text("");
	ck_assert(!root || seteuid(64005) == 0);
	ok = load(NULL, 0);
	ck_assert(!root || seteuid(0) == 0);
	ck_assert_msg(ok, "%s", errors);
	ck_assert_int_eq(c.store[0], '/');
	if (root)
		ck_assert_str_eq(c.store, "/tmp/.local/state/ferry/ferry.db");
}
END_TEST

/* ---- the rest ---- */

static const struct {
	const char *text;
	bool ok;
	const char *address;
	uint16_t port;
} listens[] = {
	{ "*:21", true, "*", 21 },
	{ "*:0", true, "*", 0 },
	{ "0.0.0.0:65535", true, "0.0.0.0", 65535 },
	{ "127.0.0.1:2121", true, "127.0.0.1", 2121 },
	{ "[::]:21", true, "::", 21 },
	{ "[2001:db8::1]:21", true, "2001:db8::1", 21 },
	{ "", false, NULL, 0 }, { "21", false, NULL, 0 }, { ":21", false, NULL, 0 },
	{ "*", false, NULL, 0 }, { "*:", false, NULL, 0 }, { "*:65536", false, NULL, 0 },
	{ "*:-1", false, NULL, 0 }, { "*:21 ", false, NULL, 0 }, { "*:ftp", false, NULL, 0 },
	{ "[*]:21", false, NULL, 0 }, { "::1:21", false, NULL, 0 }, { "[127.0.0.1]:21", false, NULL, 0 },
	{ "[]:21", false, NULL, 0 }, { "[::1:21", false, NULL, 0 }, { "[::1]21", false, NULL, 0 },
	{ "[::1]", false, NULL, 0 }, { "[:21", false, NULL, 0 }, { "localhost:21", false, NULL, 0 },
	{ "256.0.0.1:21", false, NULL, 0 }, { "1.2.3:21", false, NULL, 0 }, { "**:21", false, NULL, 0 },
};

START_TEST(addresses_to_listen_on)
{
	char address[CONF_TEXT_MAX];
	uint16_t port = 1;

	ck_assert_int_eq(conf_parse_listen(listens[_i].text, address, &port), listens[_i].ok);
	if (listens[_i].ok) {
		ck_assert_str_eq(address, listens[_i].address);
		ck_assert_uint_eq(port, listens[_i].port);
	}
}
END_TEST

START_TEST(an_address_that_does_not_fit)
{
	char text[2 * CONF_TEXT_MAX], address[CONF_TEXT_MAX];
	uint16_t port;

	snprintf(text, sizeof(text), "%0*d:21", CONF_TEXT_MAX, 0);
	ck_assert(!conf_parse_listen(text, address, &port));
}
END_TEST

static const struct {
	const char *home, *name, *want;
} homes[] = {
	{ "/srv/ftp/%u", "alice", "/srv/ftp/alice" },
	{ "/srv/%u/%u/x", "a", "/srv/a/a/x" },
	{ "/srv/all", "alice", "/srv/all" },
	{ "/srv/100%/%", "alice", "/srv/100%/%" },
	{ "/srv/%%u", "alice", "/srv/%alice" },
	{ "/srv/%u", "%u", "/srv/%u" },
};

START_TEST(homes_by_pattern)
{
	char home[PATH_MAX];

	ck_assert_int_eq(snprintf(c.home, sizeof(c.home), "%s", homes[_i].home), (int)strlen(homes[_i].home));
	ck_assert(conf_home_for(&c, homes[_i].name, home));
	ck_assert_str_eq(home, homes[_i].want);
}
END_TEST

START_TEST(a_home_that_does_not_fit)
{
	char home[PATH_MAX];

	memset(c.home, 'x', sizeof(c.home));
	c.home[0] = '/';
	memcpy(c.home + sizeof(c.home) - 3, "%u", 3);
	ck_assert(conf_home_for(&c, "ab", home));
	ck_assert_uint_eq(strlen(home), PATH_MAX - 1);
	ck_assert(!conf_home_for(&c, "abc", home));
}
END_TEST

START_TEST(kinds_of_log)
{
	ck_assert(load_text("log = syslog"));
	ck_assert_int_eq(conf_log_kind(&c), CONF_LOG_SYSLOG);
	ck_assert(load_text("log = /l"));
	ck_assert_int_eq(conf_log_kind(&c), CONF_LOG_FILE);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
unit_suite(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, numbers_that_are_right, 0, N(numbers));
	tcase_add_loop_test(t, texts_that_are_right, 0, N(texts));
	tcase_add_loop_test(t, ranges_that_are_right, 0, N(ranges));
	tcase_add_loop_test(t, bools_that_are_right, 0, N(bools));
	tcase_add_loop_test(t, what_is_wrong, 0, N(bad));
	tcase_add_test(t, files_that_are_none);
	tcase_add_test(t, text_that_does_not_fit);
	tcase_add_loop_test(t, options, 0, N(option_rows));
	tcase_add_test(t, listen_by_options_replaces_the_file);
	tcase_add_test(t, an_option_mends_what_the_file_leaves_out);
	tcase_add_test(t, defaults_of_root);
	tcase_add_loop_test(t, defaults_of_an_ordinary_user, 0, N(ordinary));
	tcase_add_test(t, defaults_of_a_homeless_user);
	tcase_add_loop_test(t, addresses_to_listen_on, 0, N(listens));
	tcase_add_test(t, an_address_that_does_not_fit);
	tcase_add_loop_test(t, homes_by_pattern, 0, N(homes));
	tcase_add_test(t, a_home_that_does_not_fit);
	tcase_add_test(t, kinds_of_log);
	suite_add_tcase(s, t);
	return s;
}
