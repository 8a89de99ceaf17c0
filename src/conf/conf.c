#include "conf/conf.h"

#include "base/file.h"
#include "base/num.h"
#include "base/sb.h"
#include "base/sock.h"
#include "ftp/host.h"
#include "ftp/name.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum kind {
	KIND_LISTEN,    /* a list, char[high][CONF_TEXT_MAX], of addresses with ports */
	KIND_HOSTS,     /* the same of names of hosts */
	KIND_CHARSETS,  /* the same of names of character sets */
	KIND_PATHS,     /* the same of absolute paths */
	KIND_NUMBER,    /* uint64_t, low..high */
	KIND_TIME,      /* uint64_t, milliseconds, low..high */
	KIND_SIZE,      /* uint64_t, bytes, low..high */
	KIND_OCTAL,     /* uint64_t, low..high */
	KIND_PORTS,     /* struct conf_range; "any" is 0-0 */
	KIND_IDS,       /* struct conf_range */
	KIND_BOOL,
	KIND_TEXT,      /* char[high] */
	KIND_PATH,      /* char[high]: an absolute path, or nothing */
	KIND_ADDRESS,   /* char[high]: an IPv4 address, or nothing */
	KIND_LOG,       /* char[high]: stderr, syslog, an absolute path */
	KIND_CHOICE     /* uint64_t: which of choices[low] */
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	uint64_t low, high;
	const char *preset;     /* NULL: see user_presets() */
	const char *help;
};

/* The words of KIND_CHOICE, in the order of the enum that each stands for. */
enum choice {
	CHOICE_LEVEL,
	CHOICE_TLS_CLIENT,
	CHOICE_TLS_NOTIFY,
	CHOICE_TLS_REQUIRE,
	CHOICE_TLS_REUSE
};
static const char *const choices[][5] = {
	[CHOICE_LEVEL] = { "error", "warning", "info", "debug" },
	[CHOICE_TLS_CLIENT] = { "off", "optional", "required" },
	[CHOICE_TLS_NOTIFY] = { "require", "tolerate" },
	[CHOICE_TLS_REQUIRE] = { "none", "login", "data" },
	[CHOICE_TLS_REUSE] = { "require", "learn", "prefer", "off" },
};

#define SECOND    1000U
#define HOUR      (3600U * SECOND)
#define DAY       (24U * HOUR)
#define AT(field) offsetof(struct conf, field)
#define TEXT(field) AT(field), 0, sizeof(((struct conf *)0)->field)

static const struct key keys[] = {
	{ "account-ids", KIND_IDS, AT(account_ids), 1, UINT32_MAX - 1, NULL,
	    "uids that new accounts are given" },
	{ "active", KIND_BOOL, AT(active), 0, 0, "yes", "whether PORT and EPRT work" },
	{ "client-charsets", KIND_CHARSETS, AT(client_charsets), 0, CONF_CHARSETS_MAX, "",
	    "character sets of old clients that accounts may have" },
	{ "data-timeout", KIND_TIME, AT(data_timeout), SECOND, HOUR, "30s",
	    "how long a data connection may take to stand" },
	{ "greeting", KIND_TEXT, TEXT(greeting), "", "the text of the first reply" },
	{ "hash-workers", KIND_NUMBER, AT(hash_workers), 0, 256, "0",
	    "passwords verified at once; 0: one for each processor" },
	{ "home", KIND_PATH, TEXT(home), NULL, "the home of a new account; %u is its name" },
	{ "host-names", KIND_HOSTS, AT(host_names), 0, CONF_HOSTS_MAX, "",
	    "names of this server that HOST may give" },
	{ "idle-timeout", KIND_TIME, AT(idle_timeout), SECOND, DAY, "300s",
	    "how long a session may do nothing" },
	{ "keeper-user", KIND_TEXT, TEXT(keeper_user), "ferry",
	    "user that holds the accounts: a name or a number" },
	{ "listen", KIND_LISTEN, AT(listen), 0, CONF_LISTEN_MAX, NULL,
	    "where to listen: addresses with ports" },
	{ "listen-tls", KIND_LISTEN, AT(listen_tls), 0, CONF_LISTEN_MAX, "",
	    "where clients begin with TLS at once (port 990)" },
	{ "log", KIND_LOG, TEXT(log), "stderr", "stderr, syslog or a file" },
	{ "log-level", KIND_CHOICE, AT(log_level), CHOICE_LEVEL, 0, "info",
	    "error, warning, info or debug" },
	{ "login-failure-delay", KIND_TIME, AT(login_failure_delay), 0, 60 * SECOND, "1s",
	    "wait after a wrong password, times the failures of the address" },
	{ "login-timeout", KIND_TIME, AT(login_timeout), SECOND, HOUR, "60s",
	    "how long a login may take" },
	{ "login-tries", KIND_NUMBER, AT(login_tries), 1, 100, "3",
	    "wrong passwords before a session ends" },
	{ "max-hash-size", KIND_SIZE, AT(max_hash_size), 0, INT64_MAX, "0",
	    "bytes that are hashed for one command; 0: any number" },
	{ "max-hashes-per-account", KIND_NUMBER, AT(max_hashes_per_account), 1, 1000, "2",
	    "files hashed at once for one account" },
	{ "max-sessions", KIND_NUMBER, AT(max_sessions), 1, 100000, "2000", "sessions at once" },
	{ "max-sessions-per-address", KIND_NUMBER, AT(max_sessions_per_address), 1, 100000, "64",
	    "sessions at once from one address" },
	{ "min-uid", KIND_NUMBER, AT(min_uid), 1, UINT32_MAX - 1, NULL,
	    "the lowest uid and gid of an account" },
	{ "passive-ports", KIND_PORTS, AT(passive_ports), 1024, 65535, "any",
	    "ports for PASV and EPSV, as LOW-HIGH" },
	{ "pid-file", KIND_PATH, TEXT(pid_file), "",
	    "file that holds the listener's process id; empty: none" },
	{ "public-address", KIND_ADDRESS, TEXT(public_address), "",
	    "IPv4 address that PASV tells clients from outside" },
	{ "session-user", KIND_TEXT, TEXT(session_user), "",
	    "user of sessions before login; empty: _ferry, else nobody" },
	{ "shutdown-timeout", KIND_TIME, AT(shutdown_timeout), 0, DAY, "30s",
	    "what running transfers get when the server ends" },
	{ "site-rmdir", KIND_BOOL, AT(site_rmdir), 0, 0, "no",
	    "whether SITE RMDIR removes directories with all in them" },
	{ "stall-timeout", KIND_TIME, AT(stall_timeout), SECOND, DAY, "300s",
	    "how long a transfer may stand still" },
	{ "store", KIND_PATH, TEXT(store), NULL, "the file of the accounts" },
	{ "tls-certificate", KIND_PATHS, AT(tls_certificate), 0, CONF_CERTIFICATES_MAX, "",
	    "certificates, each with its chain, PEM; empty: no TLS" },
	{ "tls-client-ca", KIND_PATH, TEXT(tls_client_ca), "",
	    "authorities of clients' certificates, PEM; empty: fingerprints alone count" },
	{ "tls-client-certificate", KIND_CHOICE, AT(tls_client_certificate), CHOICE_TLS_CLIENT, 0,
	    "off", "whether clients show certificates: off, optional or required" },
	{ "tls-close-notify", KIND_CHOICE, AT(tls_close_notify), CHOICE_TLS_NOTIFY, 0, "tolerate",
	    "uploads that end without TLS's own end: require it, or tolerate" },
	{ "tls-key", KIND_PATHS, AT(tls_key), 0, CONF_CERTIFICATES_MAX, "",
	    "the private key of each, PEM; empty: in the same files" },
	{ "tls-require", KIND_CHOICE, AT(tls_require), CHOICE_TLS_REQUIRE, 0, "none",
	    "what TLS is needed for: none, login, or data as well" },
	{ "tls-session-reuse", KIND_CHOICE, AT(tls_session_reuse), CHOICE_TLS_REUSE, 0, "prefer",
	    "whether data connections resume the session: require, learn, prefer or off" },
	{ "transfer-log", KIND_PATH, TEXT(transfer_log), "",
	    "file for a line a transfer; empty: none" },
	{ "umask", KIND_OCTAL, AT(umask), 0, 0777, "022", "mode bits that new files do not get" },
};

#define FILE_MAX (256U * 1024)   /* of the configuration */
#define NKEYS (sizeof(keys) / sizeof(keys[0]))

struct context {
	struct conf *c;
	const char *path;       /* of the file */
	FILE *errors;
	bool failed;
};

/* ---- values ---- */

static void *
field(struct conf *c, const struct key *key)
{
	return (char *)c + key->offset;
}

static void
set_number(struct conf *c, const struct key *key, uint64_t value)
{
	*(uint64_t *)field(c, key) = value;
}

/* Text that fits its field. */
static bool
set_text(struct conf *c, const struct key *key, const char *text)
{
	size_t len = strlen(text);

	if (len >= key->high)
		return false;
	memcpy(field(c, key), text, len + 1);
	return true;
}

static bool
set_range(struct conf *c, const struct key *key, const char *text)
{
	struct conf_range *range = field(c, key);
	const char *dash = strchr(text, '-');
	uint64_t low, high;

	if (key->kind == KIND_PORTS && strcmp(text, "any") == 0) {
		*range = (struct conf_range){ 0, 0 };
		return true;
	}
	if (dash == NULL || !num_parse_len(text, (size_t)(dash - text), key->high, &low) ||
	    !num_parse(dash + 1, key->high, &high) || low < key->low || low > high)
		return false;
	*range = (struct conf_range){ (uint32_t)low, (uint32_t)high };
	return true;
}

static bool
set_bool(struct conf *c, const struct key *key, const char *text)
{
	static const char *const words[] = { "no", "false", "off", "yes", "true", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*(bool *)field(c, key) = i >= 3;
			return true;
		}
	}
	return false;
}

static bool
set_choice(struct conf *c, const struct key *key, const char *text)
{
	for (uint64_t i = 0; choices[key->low][i] != NULL; i++) {
		if (strcmp(text, choices[key->low][i]) == 0) {
			set_number(c, key, i);
			return true;
		}
	}
	return false;
}

bool
conf_parse_listen(const char *text, char address_r[CONF_TEXT_MAX], uint16_t *port_r)
{
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';
	union sock_addr a;
	uint64_t port;
	size_t len;

	if (colon == NULL || !num_parse(colon + 1, UINT16_MAX, &port))
		return false;
	len = (size_t)(colon - text);
	if (brackets) {
		if (len < 3 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len == 0 || len >= CONF_TEXT_MAX)
		return false;
	memcpy(address_r, text, len);
	address_r[len] = '\0';
	*port_r = (uint16_t)port;
	if (!brackets && strcmp(address_r, "*") == 0)
		return true;
	return sock_addr_parse(address_r, &a) && (a.sa.sa_family == AF_INET6) == brackets;
}

static bool
is_list(enum kind kind)
{
	return kind == KIND_LISTEN || kind == KIND_HOSTS || kind == KIND_CHARSETS ||
	    kind == KIND_PATHS;
}

static void
clear_list(struct conf *c, const struct key *key)
{
	memset(field(c, key), 0, key->high * CONF_TEXT_MAX);
}

static bool
is_item(enum kind kind, const char *text)
{
	char address[CONF_TEXT_MAX];
	union sock_addr a;
	uint16_t port;

	if (strlen(text) >= CONF_TEXT_MAX)
		return false;
	return kind == KIND_LISTEN ? conf_parse_listen(text, address, &port) :
	    kind == KIND_HOSTS     ? host_parse(text, &a) == HOST_NAME :
	    kind == KIND_PATHS     ? text[0] == '/' && name_is_creatable(text) :
	                             name_is_charset(text);
}

/* One more of a list, in the first free place. */
static bool
add_item(struct conf *c, const struct key *key, const char *text)
{
	char(*list)[CONF_TEXT_MAX] = field(c, key);
	size_t n = 0;

	while (n < key->high && list[n][0] != '\0')
		n++;
	if (n == key->high || !is_item(key->kind, text))
		return false;
	memcpy(list[n], text, strlen(text) + 1);
	return true;
}

/* Items between commas, after those that are there. */
static bool
add_items(struct conf *c, const struct key *key, const char *text)
{
	char one[CONF_TEXT_MAX];

	if (*text == '\0')
		return true;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(one))
			return false;
		memcpy(one, text, len);
		one[len] = '\0';
		if (!add_item(c, key, one))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool
set_value(struct conf *c, const struct key *key, const char *text)
{
	union sock_addr a;
	uint64_t value;

	switch (key->kind) {
	case KIND_LISTEN:
	case KIND_HOSTS:
	case KIND_CHARSETS:
	case KIND_PATHS:
		return add_items(c, key, text);
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_SIZE:
	case KIND_OCTAL:
		if (!(key->kind == KIND_NUMBER ? num_parse(text, key->high, &value) :
		        key->kind == KIND_TIME ? num_parse_duration(text, key->high, &value) :
		        key->kind == KIND_SIZE ? num_parse_size(text, key->high, &value) :
		                                 num_parse_octal(text, key->high, &value)) ||
		    value < key->low)
			return false;
		set_number(c, key, value);
		return true;
	case KIND_PORTS:
	case KIND_IDS:
		return set_range(c, key, text);
	case KIND_BOOL:
		return set_bool(c, key, text);
	case KIND_TEXT:
		return name_is_creatable(text) && set_text(c, key, text);
	case KIND_PATH:
		return (text[0] == '/' || text[0] == '\0') && name_is_creatable(text) &&
		    set_text(c, key, text);
	case KIND_ADDRESS:
		return (text[0] == '\0' ||
			   (sock_addr_parse(text, &a) && a.sa.sa_family == AF_INET)) &&
		    set_text(c, key, text);
	case KIND_LOG:
		return (text[0] == '/' || strcmp(text, "stderr") == 0 ||
			   strcmp(text, "syslog") == 0) &&
		    name_is_creatable(text) && set_text(c, key, text);
	case KIND_CHOICE:
		return set_choice(c, key, text);
	}
	return false;
}

/* A time as people write it. */
static void
put_time(struct sb *out, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		char letter;
	} units[] = { { DAY, 'd' }, { HOUR, 'h' }, { 60 * SECOND, 'm' } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms >= units[i].ms && ms % units[i].ms == 0) {
			sb_printf(
			    out, "%llu%c", (unsigned long long)(ms / units[i].ms), units[i].letter);
			return;
		}
	}
	sb_printf(out, "%llus", (unsigned long long)(ms / SECOND));
}

/* What would have been right. */
static void
put_expected(struct sb *out, const struct key *key)
{
	switch (key->kind) {
	case KIND_LISTEN:
		sb_printf(out, "up to %d of ADDRESS:PORT, [IPV6 ADDRESS]:PORT or *:PORT",
		    CONF_LISTEN_MAX);
		break;
	case KIND_HOSTS:
		sb_printf(out, "up to %d names of hosts", CONF_HOSTS_MAX);
		break;
	case KIND_CHARSETS:
		sb_printf(out, "up to %d names of character sets", CONF_CHARSETS_MAX);
		break;
	case KIND_PATHS:
		sb_printf(out, "up to %d paths that start with / and have at most %d bytes",
		    CONF_CERTIFICATES_MAX, CONF_TEXT_MAX - 1);
		break;
	case KIND_NUMBER:
		sb_printf(out, "a number from %llu to %llu", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_TIME:
		sb_puts(out, "a number of seconds, or a number with s, m, h or d, from ");
		put_time(out, key->low);
		sb_puts(out, " to ");
		put_time(out, key->high);
		break;
	case KIND_SIZE:
		sb_puts(out, "a number of bytes, or a number with K, M, G or T");
		break;
	case KIND_OCTAL:
		sb_printf(out, "an octal number from %llo to %llo", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_PORTS:
	case KIND_IDS:
		sb_printf(out, "%sLOW-HIGH, from %llu to %llu",
		    key->kind == KIND_PORTS ? "any, or " : "", (unsigned long long)key->low,
		    (unsigned long long)key->high);
		break;
	case KIND_BOOL:
		sb_puts(out, "yes or no");
		break;
	case KIND_TEXT:
		sb_printf(
		    out, "a line of text of at most %llu bytes", (unsigned long long)key->high - 1);
		break;
	case KIND_PATH:
		sb_puts(out, "a path that starts with /");
		break;
	case KIND_ADDRESS:
		sb_puts(out, "an IPv4 address");
		break;
	case KIND_LOG:
		sb_puts(out, "stderr, syslog or a path that starts with /");
		break;
	case KIND_CHOICE:
		for (const char *const *word = choices[key->low]; *word != NULL; word++)
			sb_printf(out, "%s%s",
			    word == choices[key->low] ? ""
				: word[1] == NULL     ? " or "
						      : ", ",
			    *word);
		break;
	}
}

/* What was written, on one line: a fault is one line of a log too. */
static void
put_shown(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02X", c);
		else
			putc(c, out);
	}
}

static void
fault_value(struct context *x, const char *where, const struct key *key, const char *text)
{
	char expected[256];
	struct sb sb;

	sb_init(&sb, expected, sizeof(expected));
	put_expected(&sb, key);
	fprintf(x->errors, "%s: %s: \"", where, key->name);
	put_shown(x->errors, text);
	fprintf(x->errors, "\" is not right; expected %s\n", expected);
	x->failed = true;
}

/* ---- keys ---- */

static const struct key *
find_key(const char *name)
{
	for (size_t i = 0; i < NKEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* How many letters must change to make one word of the other (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], lb = strlen(b);

	if (lb >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[lb];
}

static void
fault_key(struct context *x, const char *where, const char *name)
{
	const struct key *near = NULL;
	size_t nearest = strlen(name) / 3 + 1;

	for (size_t i = 0; i < NKEYS; i++) {
		size_t d = distance(name, keys[i].name);

		if (d < nearest) {
			nearest = d;
			near = &keys[i];
		}
	}
	fprintf(x->errors, "%s: there is no key \"", where);
	put_shown(x->errors, name);
	fprintf(x->errors, "\"; %s%s%s\n",
	    near == NULL ? "ferryd.conf(5) lists them" : "did you mean ",
	    near == NULL ? "" : near->name, near == NULL ? "" : "?");
	x->failed = true;
}

/* ---- the file ---- */

/* Only sections have a title for libconfuse to set; in the whole it is ours to carry the context to
 * the callbacks. */
static struct context *
context_of(cfg_t *cfg)
{
	return (struct context *)(void *)cfg->title;
}

static void
put_where(cfg_t *cfg, char *where, size_t cap)
{
	struct sb sb;

	sb_init(&sb, where, cap);
	sb_printf(&sb, "%s:%d", context_of(cfg)->path, cfg->line);
}

/* What libconfuse itself finds wrong. */
static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct context *x = context_of(cfg);
	char where[PATH_MAX + 16], text[512];

	put_where(cfg, where, sizeof(where));
	if (strncmp(fmt, "no such option", strlen("no such option")) == 0) {
		fault_key(x, where, va_arg(ap, const char *));
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(x->errors, "%s: %s\n", where, text);
	x->failed = true;
}

/* Called for each value, while its line is still known. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *value_r)
{
	struct context *x = context_of(cfg);
	const struct key *key = find_key(opt->name);
	char where[PATH_MAX + 16];

	*(const char **)value_r = value;
	if (key == NULL)
		return 0;
	put_where(cfg, where, sizeof(where));
	/* The first of a list takes the place of the default. */
	if (is_list(key->kind) && cfg_opt_size(opt) == 1)
		clear_list(x->c, key);
	if (!set_value(x->c, key, value))
		fault_value(x, where, key, value);
	return 0;       /* to find all faults, not the first */
}

static void
parse_text(struct context *x, const char *text)
{
	cfg_opt_t opts[NKEYS + 1];
	cfg_opt_t end = CFG_END();
	cfg_t *cfg;
	size_t n = 0;

	for (; n < NKEYS; n++) {
		cfg_opt_t one = CFG_STR(keys[n].name, NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST(keys[n].name, NULL, CFGF_NODEFAULT);

		opts[n] = is_list(keys[n].kind) ? list : one;
		opts[n].parsecb = on_value;
	}
	opts[n] = end;
	cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL) {
		fprintf(x->errors, "%s: %s\n", x->path, strerror(errno));
		x->failed = true;
		return;
	}
	cfg->title = (char *)x;
	cfg_set_error_function(cfg, on_error);
	(void)cfg_parse_buf(cfg, text);         /* on_error() has said what was wrong */
	/* No value came after the last '=': an empty list, for which on_value() was not called. */
	for (n = 0; n < NKEYS; n++)
		if (is_list(keys[n].kind) &&
		    (cfg_getopt(cfg, keys[n].name)->flags & CFGF_RESET) != 0)
			clear_list(x->c, &keys[n]);
	cfg->title = NULL;      /* not libconfuse's to free */
	cfg_free(cfg);
}

/* The place of at in text, and what is wrong there. */
static bool
fault_text(struct context *x, const char *text, const char *at, const char *what)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	fprintf(x->errors, "%s:%u: %s\n", x->path, line, what);
	x->failed = true;
	return false;
}

/* The quote that closes the one at p; NULL when there is none. */
static char *
quote_end(char *p)
{
	for (char *q = p + 1; *q != '\0'; q++) {
		if (*q == *p)
			return q;
		if (*q == '\\' && q[1] != '\0')
			q++;
	}
	return NULL;
}

static bool
is_comment(const char *p)
{
	return p[0] == '#' || (p[0] == '/' && (p[1] == '/' || p[1] == '*'));
}

/* What follows the comment at p; NULL when nothing closes it. */
static char *
comment_end(char *p)
{
	char *end;

	if (p[0] == '#' || p[1] == '/')
		return p + strcspn(p, "\n");
	end = strstr(p + 2, "*/");
	return end == NULL ? NULL : end + 2;
}

/* Comments become blanks: libconfuse 3.3 counts the line that a comment ends twice, and every fault
 * after it would be told with a wrong line.  What it would pass over in silence, so that a key gets
 * another value than the one written, is a fault: the signs that it drops outside quotes, a comment
 * in the midst of a word, a comment without an end. */
static bool
prepare_text(struct context *x, char *text)
{
	static const char mark[] = "\xEF\xBB\xBF";  /* what some editors put before UTF-8 */
	char *p = text, *end;

	if (strncmp(text, mark, strlen(mark)) == 0)
		memset(text, ' ', strlen(mark));
	while (*p != '\0') {
		if (*p == '"' || *p == '\'') {
			end = quote_end(p);
			if (end == NULL)
				return fault_text(
				    x, text, p, "nothing closes the quote that opens here");
			p = end + 1;
		} else if (is_comment(p)) {
			if (p > text && strchr(" \t\r\n=,{}\"'", p[-1]) == NULL)
				return fault_text(x, text, p,
				    "a comment inside a word; put the value between "
				    "quotes, or a blank before the comment");
			end = comment_end(p);
			if (end == NULL)
				return fault_text(
				    x, text, p, "nothing closes the comment that opens here");
			for (; p < end; p++)
				*p = *p == '\n' ? '\n' : ' ';
		} else if (*p == '*' || *p == '(' || *p == ')') {
			return fault_text(x, text, p, "* ( and ) stand only between quotes");
		} else if (!name_is_creatable((char[]){ *p, '\0' }) &&
		    strchr("\t\r\n", *p) == NULL) {
			return fault_text(x, text, p, "a control character outside quotes");
		} else {
			p++;
		}
	}
	return true;
}

/* The file's text, the caller's to free.  NULL with errno, and *why_r in words. */
static char *
load_text(const char *path, size_t *len_r, const char **why_r)
{
	int fd = file_open(path, O_RDONLY, 0, why_r);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");
	char *text;

	if (fd == -1)
		return NULL;
	*why_r = strerror(ENOMEM);
	if (file == NULL) {
		close(fd);
		return NULL;
	}
	text = calloc(1, FILE_MAX + 2);
	if (text != NULL) {
		*len_r = fread(text, 1, FILE_MAX + 1, file);
		if (*len_r > FILE_MAX)
			errno = EFBIG;
		if (*len_r > FILE_MAX || ferror(file)) {
			*why_r = strerror(errno);
			free(text);
			text = NULL;
		}
	}
	(void)fclose(file);
	return text;
}

static void
read_file(struct context *x, bool must_exist)
{
	const char *why;
	size_t len;
	char *text = load_text(x->path, &len, &why);

	if (text == NULL) {
		if (errno == ENOENT && !must_exist)
			return;
		fprintf(x->errors, "%s: cannot be read: %s\n", x->path, why);
		x->failed = true;
		return;
	}
	if (strlen(text) != len)
		(void)fault_text(x, text, text + strlen(text), "a NUL byte; it is no text");
	else if (prepare_text(x, text))
		parse_text(x, text);
	free(text);
}

/* ---- options ---- */

static void
read_options(struct context *x, const struct conf_options *options)
{
	bool cleared[NKEYS] = { false };

	for (size_t i = 0; i < options->count; i++) {
		const char *item = options->items[i], *equals = strchr(item, '=');
		char where[512], name[64];
		const struct key *key;
		struct sb sb;

		sb_init(&sb, where, sizeof(where));
		sb_printf(&sb, "-o %.400s", item);
		sb_init(&sb, name, sizeof(name));
		sb_put(&sb, item, equals == NULL ? strlen(item) : (size_t)(equals - item));
		key = find_key(name);
		if (key == NULL) {
			fault_key(x, where, name);
		} else if (equals == NULL) {
			fprintf(x->errors, "%s: expected %s=VALUE\n", where, name);
			x->failed = true;
		} else {
			/* The first replaces what the file says, the next ones add to it. */
			if (is_list(key->kind) && !cleared[key - keys])
				clear_list(x->c, key);
			cleared[key - keys] = true;
			if (!set_value(x->c, key, equals + 1))
				fault_value(x, where, key, equals + 1);
		}
	}
}

/* ---- the whole ---- */

/* Where an ordinary user keeps state: $XDG_STATE_HOME, else ~/.local/state. */
static void
user_state(struct sb *out)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *pw;

	if (state != NULL && state[0] == '/') {
		sb_printf(out, "%s/ferry", state);
		return;
	}
	if (home == NULL || home[0] != '/') {
		pw = getpwuid(geteuid());
		home = pw == NULL ? "/tmp" : pw->pw_dir;
	}
	sb_printf(out, "%s/.local/state/ferry", home);
}

/* The presets that depend on who runs it. */
static void
preset(const struct key *key, struct sb *out)
{
	bool root = geteuid() == 0;
	unsigned uid = geteuid(), gid = getegid();

	if (key->preset != NULL) {
		sb_puts(out, key->preset);
	} else if (strcmp(key->name, "listen") == 0) {
		sb_puts(out, root ? "*:21" : "*:2121");
	} else if (strcmp(key->name, "store") == 0 || strcmp(key->name, "home") == 0) {
		bool store = key->name[0] == 's';

		if (root) {
			sb_puts(out, store ? FERRY_STATE_DIR "/ferry.db" : "/srv/ftp/%u");
		} else {
			user_state(out);
			sb_puts(out, store ? "/ferry.db" : "/homes/%u");
		}
	} else if (strcmp(key->name, "account-ids") == 0) {
		if (root)
			sb_puts(out, "20000-29999");
		else
			sb_printf(out, "%u-%u", uid, uid);
	} else if (strcmp(key->name, "min-uid") == 0) {
		/* An ordinary user's own group may have a lower number. */
		sb_printf(out, "%u", root ? 1000 : uid < gid || gid == 0 ? uid : gid);
	}
}

static void
set_presets(struct context *x)
{
	char text[PATH_MAX];
	struct sb sb;

	for (size_t i = 0; i < NKEYS; i++) {
		sb_init(&sb, text, sizeof(text));
		preset(&keys[i], &sb);
		if (!set_value(x->c, &keys[i], text))
			fault_value(x, "the default", &keys[i], text);
	}
}

static size_t
list_length(const char (*list)[CONF_TEXT_MAX], size_t max)
{
	size_t n = 0;

	while (n < max && list[n][0] != '\0')
		n++;
	return n;
}

/* Both lists as one: an address is for clients that begin with TLS, or for those that do not. */
static const char *
listen_item(const struct conf *c, size_t i)
{
	return i < CONF_LISTEN_MAX ? c->listen[i] : c->listen_tls[i - CONF_LISTEN_MAX];
}

static void
check_listen(struct context *x)
{
	for (size_t i = 0; i < (size_t)2 * CONF_LISTEN_MAX; i++) {
		const char *item = listen_item(x->c, i);

		for (size_t j = 0; j < i; j++) {
			if (item[0] != '\0' && strcmp(item, listen_item(x->c, j)) == 0) {
				fprintf(x->errors, "%s: %s: \"%s\" stands there twice\n", x->path,
				    j < CONF_LISTEN_MAX && i >= CONF_LISTEN_MAX
					? "listen and listen-tls"
					: i < CONF_LISTEN_MAX ? "listen"
							      : "listen-tls",
				    item);
				x->failed = true;
			}
		}
	}
	if (x->c->listen[0][0] == '\0' && x->c->listen_tls[0][0] == '\0') {
		fprintf(x->errors,
		    "%s: listen: expected at least one address, there or in listen-tls\n", x->path);
		x->failed = true;
	}
}

/* What no key alone can tell. */
static void
check_together(struct context *x)
{
	const char *where = x->path;
	const struct conf *c = x->c;
	size_t certificates = list_length(c->tls_certificate, CONF_CERTIFICATES_MAX);
	size_t private_keys = list_length(c->tls_key, CONF_CERTIFICATES_MAX);

	check_listen(x);
	if (private_keys != 0 && private_keys != certificates) {
		fprintf(x->errors,
		    "%s: tls-key: %zu for a tls-certificate of %zu; expected one for each, in the same "
		    "order, or none\n",
		    where, private_keys, certificates);
		x->failed = true;
	}
	if (certificates == 0 && c->listen_tls[0][0] != '\0') {
		fprintf(x->errors, "%s: listen-tls: there is no tls-certificate\n", where);
		x->failed = true;
	}
	if (certificates == 0 && c->tls_require != CONF_TLS_NONE) {
		fprintf(x->errors,
		    "%s: tls-require: it asks for TLS, and there is no tls-certificate\n", where);
		x->failed = true;
	}
	if (certificates == 0 && c->tls_client_certificate != CONF_CLIENT_OFF) {
		fprintf(x->errors,
		    "%s: tls-client-certificate: it asks for TLS, and there is no tls-certificate\n",
		    where);
		x->failed = true;
	}
	if (c->tls_client_ca[0] != '\0' && c->tls_client_certificate == CONF_CLIENT_OFF) {
		fprintf(x->errors,
		    "%s: tls-client-ca: of no use while tls-client-certificate is off\n", where);
		x->failed = true;
	}
	if (c->account_ids.low < c->min_uid) {
		fprintf(x->errors, "%s: account-ids: %u is below min-uid, which is %llu\n", where,
		    c->account_ids.low, (unsigned long long)c->min_uid);
		x->failed = true;
	}
	if (c->store[0] == '\0' || c->home[0] == '\0') {
		fprintf(x->errors, "%s: %s: expected a path that starts with /\n", where,
		    c->store[0] == '\0' ? "store" : "home");
		x->failed = true;
	}
}

bool
conf_load(struct conf *c, const char *path, const struct conf_options *options, FILE *errors)
{
	struct context x = {
		.c = c, .path = path != NULL ? path : FERRY_CONFIG_FILE, .errors = errors
	};

	memset(c, 0, sizeof(*c));
	set_presets(&x);
	read_file(&x, path != NULL);
	read_options(&x, options);
	if (!x.failed)
		check_together(&x);
	return !x.failed;
}

enum conf_log
conf_log_kind(const struct conf *c)
{
	if (c->log[0] == '/')
		return CONF_LOG_FILE;
	return strcmp(c->log, "syslog") == 0 ? CONF_LOG_SYSLOG : CONF_LOG_STDERR;
}

bool
conf_home_for(const struct conf *c, const char *name, char home_r[PATH_MAX])
{
	struct sb sb;

	sb_init(&sb, home_r, PATH_MAX);
	for (const char *p = c->home; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			sb_puts(&sb, name);
			p++;
		} else {
			sb_putc(&sb, *p);
		}
	}
	return !sb.cut;
}

void
conf_print_keys(FILE *out)
{
	char text[PATH_MAX];
	struct sb sb;

	for (size_t i = 0; i < NKEYS; i++) {
		sb_init(&sb, text, sizeof(text));
		preset(&keys[i], &sb);
		fprintf(out, "%-25s %-20s %s\n", keys[i].name, text[0] == '\0' ? "\"\"" : text,
		    keys[i].help);
	}
}
