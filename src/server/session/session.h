/* One client's session: a process of its own, from the greeting to the end. */
#ifndef FERRY_SERVER_SESSION_SESSION_H
#define FERRY_SERVER_SESSION_SESSION_H

#include "base/digest.h"
#include "base/sock.h"
#include "base/tls.h"
#include "conf/conf.h"
#include "ftp/line.h"
#include "ftp/wire.h"
#include "server/process/charsets.h"
#include "server/process/ipc.h"
#include "server/process/privilege.h"
#include "server/session/lang.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* How far a session is; commands say from which on they are allowed. */
enum session_state { ST_ANY, ST_USER, ST_IN };

struct session_out {
	char buf[16384];        /* replies not yet sent; untouched pages cost nothing */
	size_t len;
};

struct session_login {
	char name[IPC_TEXT_MAX];        /* after USER; the account's own name when ST_IN */
	uid_t uid;
	gid_t gid;
	/* keeps a detached home alive, see ipc_granted; -1: there is no need */
	int home;
	/* for sock_listen() and sock_connect_start(); 0 before the login */
	uint64_t token;
	unsigned refused;               /* commands refused before login */
	int64_t deadline;
	const struct charset *charset;  /* the account's, for old clients; NULL: none */
	char charset_name[NAME_CHARSET_MAX + 1];
};

/* RANG: the bytes from start to end, both counted from 0, end included (draft-bryan-ftp-range).
 * end is at most INT64_MAX, so that end + 1 never wraps. */
struct session_range {
	bool set;
	uint64_t start, end;
};

struct session_params {
	struct wire_form form;          /* TYPE, STRU and MODE */
	char format;                    /* of TYPE A and E: N, T or C */
	bool local;                     /* TYPE I was asked for as L 8 */
	unsigned facts;                 /* OPTS MLST: a set of enum entry_fact */
	/* REST: 0 for none; in MODE B and C a position in the file */
	uint64_t rest;
	bool rest_cr;                   /* the CR before it may belong to an end of line */
	bool rest_foreign;              /* REST gave a marker that is none of ours */
	struct session_range range;     /* RANG */
	enum digest_kind hash;          /* OPTS HASH */
	enum { PENDING_NONE, PENDING_RENAME, PENDING_COPY } pending;    /* RNFR or SITE CPFR came */
	char from[PATH_MAX];            /* and named this */
	uint64_t idle_timeout;          /* milliseconds; SITE IDLE */
	bool utf8;                      /* OPTS UTF8 ON: whatever charset the account has */
};

/* Where the next data connection comes from. */
struct session_data {
	enum { DATA_NONE, DATA_PASSIVE, DATA_ACTIVE } kind;
	int listener;                   /* DATA_PASSIVE; else -1 */
	union sock_addr target;         /* DATA_ACTIVE */
	bool epsv_all;                  /* EPSV ALL was said: nothing but EPSV from here on */
	int fd;                         /* the connection while it stands, else -1 */
	struct tls *tls;                /* on it, or NULL */
	/* one that is over, but whose last bytes may be under way; else -1 */
	int lingering;
};

struct session_tls {
	struct tls_context *context;    /* NULL: there is no TLS here */
	struct tls *control;            /* on the control connection, or NULL */
	bool implicit;                  /* it stood before the greeting (port 990) */
	char host[CONF_TEXT_MAX];       /* that HOST named, or empty */
	bool pbsz;                      /* PBSZ has come */
	bool protect;                   /* PROT P */
	char certificate[FINGERPRINT_LEN];  /* the client's; empty: none */
	const char *certificate_problem;        /* why it is none for us, or NULL */
	bool resumes;                   /* the client has resumed on a data connection: it can */
	/* the client has ended an upload with close_notify: it knows how to */
	bool notifies;
};

/* What the session may add to the files of its account; see lease.h. */
struct session_lease {
	bool limited;                   /* the account has a quota; else all of this is unused */
	bool held;                      /* files may be changed without asking first */
	struct usage left;              /* of the lease */
	struct usage used;              /* of it, since the keeper was told; below zero: freed */
	/* in the file that is being written, since it lost its name */
	struct usage unseen;
	int64_t reserved;               /* of left: for the next upload (ALLO) */
	int64_t keep;                   /* what may be left between uploads */
	int64_t want;                   /* what the next question asks for, if need be */
	bool doubt;                     /* used may not be the truth */
	struct ipc_leased refusal;      /* why the last question was refused */
	int64_t refused;                /* and how many bytes it was about */
};

/* What runs now, for STAT, ABOR and the transfer log. */
struct session_transfer {
	bool running;
	bool aborted;                   /* by ABOR: a reply to it is owed */
	const char *what;               /* "RETR", ... */
	uint64_t bytes;                 /* moved so far */
	/* the same as the file has them, where it has another form */
	uint64_t file_bytes;
	/* of these, when the control connection was last looked at */
	uint64_t heard;
	int64_t started;
	const char *problem;            /* for TRANSFER_DAMAGED and TRANSFER_INSECURE */
	bool suspect;                   /* the sender doubts some of what it sent */
};

struct link_handler;

/* What a session is begun with. */
struct session_env {
	const struct conf *conf;
	const struct privilege *privilege;
	const struct charsets *charsets;
	struct tls_context *tls;        /* NULL: there is no TLS here */
	const union sock_addr *peer;
	bool implicit;                  /* the client begins with TLS (port 990) */
	/* what a session that gave its connection back has read already, and how to go on; or
	 * NULL */
	const struct ipc_revive *before;
};

struct session {
	const struct conf *conf;
	const struct privilege *privilege;
	const struct charsets *charsets;
	enum session_state state;
	union sock_addr peer, local;    /* of the control connection */
	struct line_queue in;
	bool in_closed;                 /* nothing more comes on the control connection */
	bool out_failed;                /* nothing more can be sent on it */
	struct session_out out;
	struct session_login login;
	struct session_params params;
	enum lang lang;                 /* of replies */
	struct session_data data;
	struct session_tls tls;
	struct session_transfer transfer;
	struct session_lease lease;
	struct hashmem *hashes;         /* hashes that are known; NULL: the client wants none */
	int64_t idle_since;
	bool stopping;                  /* the server ends: finish what runs, then 421 */
	bool keeper_gone;               /* the same, and nobody reads SESSION_CHAN any more */
	const struct link_handler *unasked;     /* for what the keeper says unasked, see link.h */
	bool ending;                    /* session_end() was called */
};

/* Nothing more is done for the client than to send the replies that wait: QUIT, or an error that
 * ends the session. */
void session_end(struct session *s);

/* The character set that names have on the control connection and in listings; NULL: they go as
 * they are, which is UTF-8. */
const struct charset *session_charset(const struct session *s);

/* Forgets what REST set. */
void session_forget_rest(struct session *s);

/* Forgets what RANG set. */
void session_forget_range(struct session *s);

#endif
