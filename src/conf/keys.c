#include "conf/keys.h"

#include <assert.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

#define NKEYS (sizeof(keys) / sizeof(keys[0]))
static_assert(NKEYS <= KEYS_MAX, "there is room for all keys");

const struct key *
keys_table(size_t *count_r)
{
	*count_r = NKEYS;
	return keys;
}

const struct key *
keys_find(const char *name)
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

const struct key *
keys_find_similar(const char *name)
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
	return near;
}

const char *const *
keys_choices(const struct key *key)
{
	return choices[key->low];
}

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

void
keys_put_preset(const struct key *key, struct sb *out)
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
