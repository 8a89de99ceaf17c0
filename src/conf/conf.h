/* ferryd.conf(5): read by ferryd and ferryctl.  One flat struct without a pointer, so that it can
 * be handed to another process as it is.  The table in conf.c says for each key its kind, its range
 * and its default; ferryd.conf(5) and the sample configuration are checked against that table by a
 * test. */
#ifndef FERRY_CONF_CONF_H
#define FERRY_CONF_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_LISTEN_MAX 16
#define CONF_HOSTS_MAX  16
#define CONF_CHARSETS_MAX 16
#define CONF_CERTIFICATES_MAX 16
#define CONF_TEXT_MAX   256

enum conf_tls_require { CONF_TLS_NONE, CONF_TLS_LOGIN, CONF_TLS_DATA };
enum conf_tls_client { CONF_CLIENT_OFF, CONF_CLIENT_OPTIONAL, CONF_CLIENT_REQUIRED };
enum conf_tls_reuse { CONF_REUSE_REQUIRE, CONF_REUSE_LEARN, CONF_REUSE_PREFER, CONF_REUSE_OFF };
enum conf_tls_notify { CONF_NOTIFY_REQUIRE, CONF_NOTIFY_TOLERATE };
enum conf_log { CONF_LOG_STDERR, CONF_LOG_SYSLOG, CONF_LOG_FILE };

/* A range of numbers, both ends included. */
struct conf_range {
	uint32_t low, high;
};

struct conf {
	/* The network */
	char listen[CONF_LISTEN_MAX]
		   [CONF_TEXT_MAX]; /* "ADDRESS:PORT", "*:PORT"; unused ones empty */
	char listen_tls[CONF_LISTEN_MAX][CONF_TEXT_MAX]; /* the same, for implicit TLS */
	uint64_t max_sessions;
	uint64_t max_sessions_per_address;
	struct conf_range passive_ports;        /* 0-0: any */
	/* IPv4 for 227 to peers outside; empty: the local one */
	char public_address[CONF_TEXT_MAX];
	bool active;                            /* PORT and EPRT */
	char host_names[CONF_HOSTS_MAX][CONF_TEXT_MAX]; /* what HOST may name; unused ones empty */

	/* Deadlines, in milliseconds */
	uint64_t idle_timeout;
	uint64_t login_timeout;
	uint64_t data_timeout;                  /* until a data connection stands */
	uint64_t stall_timeout;                 /* no byte moves in a transfer */
	uint64_t shutdown_timeout;              /* what running transfers get after SIGTERM */

	/* Logins */
	uint64_t login_tries;
	/* milliseconds; grows with failures of one address */
	uint64_t login_failure_delay;
	uint64_t hash_workers;                  /* 0: as many as there are processors */
	char greeting[CONF_TEXT_MAX];

	/* TLS */
	/* unused ones empty; the first: no TLS */
	char tls_certificate[CONF_CERTIFICATES_MAX][CONF_TEXT_MAX];
	/* of each; none at all: in the certificates' files */
	char tls_key[CONF_CERTIFICATES_MAX][CONF_TEXT_MAX];
	uint64_t tls_client_certificate;        /* enum conf_tls_client */
	/* authorities for these; empty: fingerprints alone count */
	char tls_client_ca[PATH_MAX];
	uint64_t tls_require;                   /* enum conf_tls_require */
	uint64_t tls_session_reuse;             /* enum conf_tls_reuse, of data connections */
	uint64_t tls_close_notify;              /* enum conf_tls_notify, at the end of uploads */

	/* Accounts and files */
	char store[PATH_MAX];
	char home[PATH_MAX];                    /* for new accounts; %u is the name */
	struct conf_range account_ids;          /* uids that new accounts are given */
	uint64_t min_uid;                       /* no account's uid or gid may be below */
	uint64_t umask;
	/* that accounts may have; unused ones empty */
	char client_charsets[CONF_CHARSETS_MAX][CONF_TEXT_MAX];
	bool site_rmdir;                        /* SITE RMDIR, which removes whole trees */
	uint64_t max_hashes_per_account;        /* files hashed at once */
	/* bytes of a file that are hashed for one command; 0: any number */
	uint64_t max_hash_size;
	char keeper_user[CONF_TEXT_MAX];        /* a name or a number */
	char session_user[CONF_TEXT_MAX];       /* a name or a number; empty: _ferry, else nobody */
	char pid_file[PATH_MAX];                /* an absolute path; empty: none */

	/* Logs */
	char log[PATH_MAX];                     /* "stderr", "syslog" or an absolute path */
	uint64_t log_level;                     /* enum log_level */
	char transfer_log[PATH_MAX];            /* an absolute path; empty: none */
};

/* One -o KEY=VALUE after another. */
struct conf_options {
	const char *const *items;
	size_t count;
};

/* Reads "ADDRESS:PORT" of conf.listen (an address, [v6 address] or *).  False when it is none. */
bool conf_parse_listen(const char *text, char address_r[CONF_TEXT_MAX], uint16_t *port_r);

/* Where the log goes. */
enum conf_log conf_log_kind(const struct conf *c);

/* The home for a new account: conf.home with %u replaced.  False when it does not fit. */
bool conf_home_for(const struct conf *c, const char *name, char home_r[PATH_MAX]);

#endif
