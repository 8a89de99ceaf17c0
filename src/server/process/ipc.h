/* What listener, keeper and session say to one another, and when.  The account is bound to a
 * session's channel at login and never named in a message, so a session cannot ask for
 * another's. */
#ifndef FERRY_SERVER_PROCESS_IPC_H
#define FERRY_SERVER_PROCESS_IPC_H

#include "base/sock.h"
#include "store/account.h"

#include <limits.h>
#include <stdint.h>

/* A failed login is answered with a delay, which grows with the failures of its address, at most to
 * so many times login-failure-delay. */
#define IPC_DELAYS_MOST 10

#define IPC_PASSWORD_MAX 512
#define IPC_TEXT_MAX     512
#define IPC_REST_MAX     4096
#define IPC_WHOS_MAX     16

enum ipc_type {
	IPC_READY = 1,  /* keeper to listener: the accounts are open; the descriptor is its lock */
	IPC_OPEN,       /* listener to keeper: here is a session's channel */
	IPC_REAPED,     /* listener to keeper: no session of an earlier keeper is left */
	IPC_COUNT,      /* keeper to listener: have an account's files counted */
	IPC_ADMIT,      /* keeper to listener: that session may have these ids, and this home */
	IPC_ADMITTED,   /* its answer: the home, as the session is to get it */
	IPC_CONF,       /* listener to keeper: struct conf as a file */
	IPC_LOG,        /* listener to keeper: the log, anew */
	IPC_TRANSFER_LOG,
	IPC_STOP,       /* listener to keeper, keeper to sessions: finish what runs, then end */
	/* session to keeper to listener: REIN, AUTH; a fresh session for this connection */
	IPC_REVIVE,

	IPC_LOGIN,      /* session to keeper */
	IPC_LOGIN_CERTIFICATE,
	/* the answer to a certificate that is not the account's: it takes a password */
	IPC_PASSWORD,
	IPC_GRANTED,    /* its answers: the descriptor is the home (O_PATH) */
	IPC_DENIED,
	IPC_TRANSFER,   /* a transfer has ended */
	IPC_NOTE,       /* a line for the log */
	IPC_REFUSED,    /* the filter refused a system call */
	IPC_WHO,        /* session to keeper: which sessions has my account? */
	IPC_WHOS,       /* its answer */
	IPC_HASH_ASK,   /* session to keeper: may this account hash one more file? */
	IPC_HASH_ANSWER,
	IPC_HASH_DONE,  /* it has hashed; said or not, a session that ends has too */
	IPC_ACCOUNT,    /* keeper to session: your account has been changed */
	/* session to keeper: let me add so much to my account's files, or tell me what it has */
	IPC_LEASE,
	IPC_LEASED,     /* its answer */
	IPC_SETTLE,     /* session to keeper: so much has been added, so much is given back */
	IPC_RECALL,     /* keeper to session: settle, and change nothing before asking again */
	IPC_COUNTED,    /* counter to keeper: so much there is, or so far */
	IPC_NTYPES
};

/* Who receives, and when. */
enum ipc_at {
	KEEPER_CTL = 1,
	KEEPER_PRE = 2,
	KEEPER_IN = 4,
	SESSION_PRE = 8,
	SESSION_IN = 16,
	LISTENER = 32
};

enum ipc_denial {
	DENIED_WRONG,           /* name or password; not said which */
	DENIED_BUSY,            /* too many logins wait */
	DENIED_TRIES,           /* too many wrong ones on this channel */
	DENIED_STORE,           /* the accounts cannot be read */
	DENIED_HOME             /* right, but there is no home to go to */
};

enum ipc_direction { TRANSFER_OUT = 'o', TRANSFER_IN = 'i', TRANSFER_DELETED = 'd' };

struct ipc_open {
	union sock_addr peer;
	uint64_t number;        /* of the session, for the log */
	int64_t count;          /* 0, or it is no client's, but the counter of that number */
	uint64_t token;         /* ipc_granted's, until then the keeper's secret */
};

struct ipc_ready {
	int64_t key;            /* struct store_keeper's */
};

struct ipc_admit {
	uint64_t number;        /* of the session */
	uid_t uid;
	gid_t gid;
};

struct ipc_admitted {
	uint64_t number;
	uint8_t detached;       /* the home is one without a way out, see detach.h */
	int32_t error;          /* errno when it could not be made so; 0: it is good */
};

struct ipc_login {
	char name[IPC_TEXT_MAX];
	char password[IPC_PASSWORD_MAX];
};

/* The session has seen that the client has the certificate's key; the keeper takes its word for
 * it. */
struct ipc_login_certificate {
	char name[IPC_TEXT_MAX];
	char fingerprint[FINGERPRINT_LEN];
};

enum ipc_lease_status {
	LEASED_FREE,            /* the account has no quota: nothing is counted */
	LEASED_OK,
	LEASED_FULL,
	LEASED_COUNTING,        /* not before the account's files are counted */
	LEASED_FAILED           /* the store cannot be used */
};

struct ipc_leased {
	uint32_t status;        /* enum ipc_lease_status */
	struct usage lease;     /* on top of what the session has */
	int64_t keep;           /* bytes that it may keep between uploads */
	struct usage limit;
	struct usage used;      /* by the account's files */
	struct usage free;      /* beyond what others hold; USAGE_MAX without a limit */
};

struct ipc_granted {
	char name[NAME_ACCOUNT_MAX + 1];
	uid_t uid;
	gid_t gid;
	char charset[NAME_CHARSET_MAX + 1];     /* of its old clients; empty: none */
	/* what the session's filter wants to see from now on, see filter_load() */
	uint64_t token;
	/* the home lasts as long as the descriptor, which is to be kept; else it is a way out */
	uint8_t detached;
	struct ipc_leased quota;                /* a first lease, or none */
};

struct ipc_denied {
	uint32_t why;           /* enum ipc_denial */
};

struct ipc_transfer {
	uint64_t bytes, ms;
	uint8_t direction;      /* enum ipc_direction */
	uint8_t ascii, compressed, complete;
	char path[PATH_MAX];
};

struct ipc_hash {
	uint32_t limit;         /* 0: it may; else so many are hashed already, the most allowed */
};

/* How a session begins that goes on with another's connection. */
enum ipc_revive_how {
	REVIVE_GREET,           /* REIN: with the greeting */
	REVIVE_SILENT,          /* REIN: the greeting has been sent, inside of TLS */
	REVIVE_AUTH,            /* AUTH after a login: with the 234 and the handshake */
	REVIVE_AUTH_PRIVATE,    /* the same, for AUTH SSL: data connections are private at once */
	REVIVE_NHOWS
};

struct ipc_revive {
	uint32_t how;           /* enum ipc_revive_how */
	uint32_t len;           /* commands that came behind REIN, for the fresh session */
	char bytes[IPC_REST_MAX];
};

struct ipc_note {
	uint32_t level;         /* enum log_level */
	char text[IPC_TEXT_MAX];
};

struct ipc_refused {
	int32_t call;
};

struct ipc_account {
	uint8_t enabled;
	uint8_t limited;        /* it has a quota */
};

struct ipc_settle {
	/* of its lease since the last one; below zero: freed, and the lease is so much larger */
	struct usage used;
	struct usage back;      /* of its lease, that it does not need */
	/* in files that have lost their names but are open still, all in all */
	struct usage unseen;
	uint8_t released;       /* it will ask before it changes anything */
	uint8_t doubt;          /* it does not know for sure */
};

struct ipc_lease {
	struct ipc_settle settle;
	uint8_t tell;           /* what the account's files have is asked, and no lease */
	struct usage need;      /* at least; of bytes, near the limit, also less */
	struct usage want;      /* where there is room for so much */
};

struct ipc_count {
	int64_t number;         /* to know the counter by */
};

enum ipc_counted_how { COUNTED_SO_FAR, COUNTED_ALL, COUNTED_NOT };

struct ipc_counted {
	uint32_t how;           /* enum ipc_counted_how */
	struct usage files;
	int32_t error;          /* errno, for COUNTED_NOT */
};

struct ipc_who {
	uint64_t after;         /* numbers above this one */
};

/* The next sessions in the order of their numbers; fewer than fit are the last. */
struct ipc_whos {
	uint32_t count;
	struct ipc_whos_row {
		uint64_t number;
		int64_t since;          /* of the login; seconds since 1970 */
		uint8_t self;           /* it is the one that asks */
		char peer[SOCK_TEXT_LEN];
	} rows[IPC_WHOS_MAX];
};

struct ipc {
	uint32_t type;
	union {
		struct ipc_ready ready;
		struct ipc_open open;
		struct ipc_count count;
		struct ipc_admit admit;
		struct ipc_admitted admitted;
		struct ipc_login login;
		struct ipc_login_certificate certificate;
		struct ipc_granted granted;
		struct ipc_denied denied;
		struct ipc_transfer transfer;
		struct ipc_hash hash;
		struct ipc_note note;
		struct ipc_refused refused;
		struct ipc_revive revive;
		struct ipc_who who;
		struct ipc_whos whos;
		struct ipc_account account;
		struct ipc_lease lease;
		struct ipc_leased leased;
		struct ipc_settle settle;
		struct ipc_counted counted;
	} u;
};

/* chan_send() and chan_recv() with the rules of this page.  ipc_recv() also proves that text ends
 * in its field and that numbers are in their bounds: else a message is EBADMSG.  m->u is left
 * undefined unless 1 is returned. */
int ipc_send(int chan, const struct ipc *m, int fd);
int ipc_recv(int chan, enum ipc_at at, struct ipc *m, int *fd_r);

/* Whether a message of that type is an answer to that question of a session. */
bool ipc_is_answer(uint32_t question, uint32_t type);

#endif
