#include "server/keeper/keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "ftp/xferlog.h"
#include "server/keeper/failures.h"
#include "server/keeper/hasher.h"
#include "server/keeper/ledger.h"
#include "server/process/filter.h"
#include "server/process/ipc.h"
#include "server/process/logs.h"
#include "server/process/repeats.h"
#include "store/password.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Lines for the log that one session may cause; a session that was taken over shall not fill the
 * disk. */
#define NOTES_MAX 200

/* Lines that an address may cause in a minute without a login, through however many sessions.  A
 * line of a failed login is always written: it has cost a hash, and who bans addresses by them
 * should miss none. */
#define LINES_STRANGERS 60
#define LINES_REFUSED   200 /* of refused system calls: each is worth reading, but not thousands */
#define FULL_MS         60000   /* between two lines that there is no room */

/* Between two looks at a store that does not tell of changes. */
#define LOOK_MS 200

enum client_state {
	CLIENT_PRE,             /* may send IPC_LOGIN */
	CLIENT_CHECKING,        /* its password is with the hasher */
	CLIENT_DELAYED,         /* its refusal waits for its time */
	CLIENT_ENTERING,        /* it has proven who it is; the listener makes its home ready */
	CLIENT_IN,              /* the account is bound to this channel */
	CLIENT_COUNTER          /* the same, but it is no client's */
};

/* A session as the keeper sees it. */
struct client {
	LIST_ENTRY(client) all;
	TAILQ_ENTRY(client) waiting;    /* in CLIENT_DELAYED */
	int chan;                       /* -1: gone, but the hasher still has its job */
	enum client_state state;
	union sock_addr peer;
	char peer_text[SOCK_TEXT_LEN];
	uint64_t number;
	uint64_t token;                 /* of its filter, which it gets with its login */
	unsigned tries, notes;
	unsigned claims;                /* certificates that were not the account's */
	bool refused;                   /* its filter has refused it a call: it dies */
	bool revived;                   /* it has given its connection back */
	bool hashing;                   /* it was told that it may */
	int64_t login_at;               /* when the login arrived */
	int64_t due;                    /* of the refusal */
	enum ipc_denial why;
	struct account account;         /* asked for; bound when CLIENT_IN */
	bool known;                     /* the name asked for is an account's */
	/* it has proven that, for the log; empty: by its password */
	const char *how;
	/* CLIENT_ENTERING: its account has been changed meanwhile */
	bool changed;
	time_t since;                   /* CLIENT_IN: when it logged in */
	struct holder share;            /* of the account's quota */
	int64_t count;                  /* CLIENT_COUNTER: its number */
};

struct keeper {
	struct conf conf;
	int epoll;
	int listener;                   /* -1: gone */
	int signals;                    /* SIGHUP that was meant for the listener */
	int transfer_log;               /* -1: none */
	bool stopping;
	struct store *store;
	/* readable when the store may have been changed; -1: not to be had */
	int changes;
	struct hasher *hasher;
	struct ledger *ledger;
	struct failures failures;
	struct repeats strangers, refusals;     /* lines that were left out */
	int64_t full_told;              /* that there is no room for a session; 0: never */
	char dummy_hash[ACCOUNT_HASH_MAX];      /* what unknown names are verified against */
	LIST_HEAD(, client) clients;
	TAILQ_HEAD(, client) delayed;
};

static bool
watch(struct keeper *k, int fd, void *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = source } };

	return epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
client_free(struct client *c)
{
	LIST_REMOVE(c, all);
	free(c);
}

/* Without a word of the result, there is none. */
static void
end_share(struct keeper *k, struct client *c)
{
	const struct ipc_counted nothing = { .how = COUNTED_NOT, .error = ECHILD };

	ledger_leave(k->ledger, &c->share);
	if (c->state == CLIENT_COUNTER)
		ledger_counted(k->ledger, c->count, &nothing);
}

/* Only the loop calls this, for the client whose event it handles: no other event of the same batch
 * can still point to it. */
static void
client_drop(struct keeper *k, struct client *c)
{
	end_share(k, c);
	close(c->chan);
	c->chan = -1;
	if (c->state == CLIENT_CHECKING)
		return;         /* when the hasher gives its job back, it is freed */
	if (c->state == CLIENT_DELAYED)
		TAILQ_REMOVE(&k->delayed, c, waiting);
	client_free(c);
}

static void
client_send(struct client *c, const struct ipc *m, int fd)
{
	/* A session that does not read its answers is not worth waiting for; its end is then read
	 * as any other's. */
	if (c->chan != -1 && ipc_send(c->chan, m, fd) == -1)
		(void)shutdown(c->chan, SHUT_RDWR);
}

/* The name as it may stand in the log: a stranger's text only when it has the form of a name, since
 * people type passwords at the wrong prompt. */
static const char *
name_for_log(const char *name)
{
	return name_is_account(name) ? name : "-";
}

static const char *
denial_word(enum ipc_denial why)
{
	static const char *const words[] = {
		[DENIED_WRONG] = "failed",
		[DENIED_BUSY] = "busy",
		[DENIED_TRIES] = "failed",
		[DENIED_STORE] = "store-failed",
		[DENIED_HOME] = "no-home",
	};

	return words[why];
}

/* Whether a line is to be written that the client causes.  Who has logged in answers for them with
 * an account. */
static bool
may_tell(struct keeper *k, const struct client *c)
{
	return c->state == CLIENT_IN || c->state == CLIENT_COUNTER ||
	    repeats_add(&k->strangers, &c->peer, clock_ms());
}

static void
log_login(const struct client *c, const char *name, const char *result, const char *reason)
{
	log_line(strcmp(result, "ok") == 0 ? LOG_LV_INFO : LOG_LV_WARNING,
	    "login peer=%s account=%s session=%llu result=%s%s%s", c->peer_text, name_for_log(name),
	    (unsigned long long)c->number, result, reason[0] == '\0' ? "" : " reason=", reason);
}

static void
deny_now(struct client *c, enum ipc_denial why)
{
	struct ipc m = { .type = IPC_DENIED };

	c->state = CLIENT_PRE;
	m.u.denied.why = why;
	client_send(c, &m, -1);
}

/* Refuses, at a moment counted from the login's arrival, so that how long the hash took does not
 * show. */
static void
deny_later(struct keeper *k, struct client *c)
{
	unsigned failures = failures_add(&k->failures, &c->peer, clock_ms());
	uint64_t times = failures < IPC_DELAYS_MOST ? failures : IPC_DELAYS_MOST;

	c->tries++;
	c->why = c->tries >= k->conf.login_tries ? DENIED_TRIES : DENIED_WRONG;
	c->due = c->login_at + (int64_t)(k->conf.login_failure_delay * times);
	c->state = CLIENT_DELAYED;
	TAILQ_INSERT_TAIL(&k->delayed, c, waiting);
}

/* As O_PATH.  -1 with the reason when the account may not have it. */
static int
open_home(const struct keeper *k, const struct account *account, const char **why_r)
{
	int home = -1;

	if (account->uid < k->conf.min_uid || account->gid < k->conf.min_uid) {
		*why_r = "an id is below min-uid";
	} else {
		home = open(account->home, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		*why_r = home == -1 ? strerror(errno) : "";
	}
	return home;
}

static void
deny_home(struct keeper *k, struct client *c, const char *why)
{
	if (may_tell(k, c)) {
		log_error("account=%s home=%s uid=%u gid=%u cannot be used: %s", c->account.name,
		    c->account.home, c->account.uid, c->account.gid, why);
		log_login(c, c->account.name, denial_word(DENIED_HOME), "");
	}
	deny_now(c, DENIED_HOME);
}

/* Tells the listener whose ids and home the session is to get.  home is taken.  False with
 * errno. */
static bool
ask_admission(const struct keeper *k, const struct client *c, int home)
{
	struct ipc m = { .type = IPC_ADMIT };
	bool ok;

	m.u.admit.number = c->number;
	m.u.admit.uid = c->account.uid;
	m.u.admit.gid = c->account.gid;
	errno = EPIPE;
	ok = k->listener != -1 && ipc_send(k->listener, &m, home) == 0;
	close(home);
	return ok;
}

/* how: the reason in the log's line, or empty. */
static void
grant(struct keeper *k, struct client *c, const char *how)
{
	const char *why;
	int home = open_home(k, &c->account, &why);

	if (home == -1) {
		deny_home(k, c, why);
	} else if (ask_admission(k, c, home)) {
		c->state = CLIENT_ENTERING;
		c->how = how;
		c->changed = false;
	} else {
		int error = errno;

		if (may_tell(k, c)) {
			log_error("keeper: the listener makes no home ready: %s", strerror(error));
			log_login(c, c->account.name, denial_word(DENIED_BUSY), "");
		}
		deny_now(c, DENIED_BUSY);
	}
}

static void
login_checked(struct keeper *k, struct client *c, bool match)
{
	if (c->chan == -1) {
		client_free(c);
		return;
	}
	if (match && c->known && c->account.enabled) {
		grant(k, c, "");
		return;
	}
	log_login(c, c->account.name, denial_word(DENIED_WRONG),
	    !c->known ? "unknown-account" : !match ? "wrong-password" : "disabled");
	deny_later(k, c);
}

static void
deny_store(struct keeper *k, struct client *c)
{
	if (may_tell(k, c))
		log_error("cannot read the accounts: %s", store_error(k->store));
	deny_now(c, DENIED_STORE);
}

static void
handle_login(struct keeper *k, struct client *c, struct ipc_login *login)
{
	enum store_status status = STORE_NONE;
	struct hasher_job *job;

	c->login_at = clock_ms();
	if (name_is_account(login->name))
		status = store_account_get(k->store, login->name, &c->account);
	if (status != STORE_OK && status != STORE_NONE) {
		deny_store(k, c);
		return;
	}
	c->known = status == STORE_OK;
	if (!c->known) {
		memset(&c->account, 0, sizeof(c->account));
		memcpy(c->account.name, login->name, strnlen(login->name, NAME_ACCOUNT_MAX));
		memcpy(c->account.hash, k->dummy_hash, sizeof(c->account.hash));
	}
	job = calloc(1, sizeof(*job));
	if (job != NULL) {
		job->owner = c;
		memcpy(job->password, login->password, sizeof(job->password));
		memcpy(job->hash, c->account.hash, sizeof(job->hash));
	}
	explicit_bzero(c->account.hash, sizeof(c->account.hash));
	c->state = CLIENT_CHECKING;
	if (job != NULL && hasher_submit(k->hasher, job))
		return;
	if (job != NULL)
		explicit_bzero(job->password, sizeof(job->password));
	free(job);
	if (may_tell(k, c))     /* unlike a failed one, it costs the client nothing */
		log_login(c, login->name, denial_word(DENIED_BUSY), "too-many-at-once");
	deny_now(c, DENIED_BUSY);
}

/* A certificate that is not the account's, asked for with USER.
 *
 * That is no failed login, is counted as none and delays none: nobody guesses the key of a
 * certificate, and a client that has one shows it everywhere, also where its account goes by a
 * password, which it may send now.  It is told once a session, for who wonders why a certificate
 * does not do.
 *
 * A session that was taken over could claim one certificate after the other, for whose keys the
 * keeper takes its word.  So it gets as many claims as passwords, and then no account is looked up
 * any more.  Outside, all of that looks the same for every name: a password is asked for, before
 * anything is written. */
static void
refuse_certificate(struct keeper *k, struct client *c, const char *name, const char *why)
{
	const struct ipc m = { .type = IPC_PASSWORD };

	client_send(c, &m, -1);
	if (c->claims++ == 0 && may_tell(k, c))
		log_line(LOG_LV_INFO,
		    "login peer=%s account=%s session=%llu result=password reason=%s", c->peer_text,
		    name_for_log(name), (unsigned long long)c->number, why);
}

/* Whether there is such an account is told no more than by a wrong password. */
static void
handle_login_certificate(
    struct keeper *k, struct client *c, const struct ipc_login_certificate *login)
{
	enum store_status status = STORE_NONE;

	if (name_is_account(login->name) && c->claims < k->conf.login_tries)
		status = store_account_get(k->store, login->name, &c->account);
	explicit_bzero(c->account.hash, sizeof(c->account.hash));
	if (status != STORE_OK && status != STORE_NONE) {
		deny_store(k, c);
	} else if (status == STORE_OK && c->account.enabled && login->fingerprint[0] != '\0' &&
	    strcmp(c->account.certificate, login->fingerprint) == 0) {
		grant(k, c, "certificate");
	} else {
		refuse_certificate(k, c, login->name,
		    status == STORE_NONE                    ? "unknown-account"
			: !c->account.enabled               ? "disabled"
			: c->account.certificate[0] == '\0' ? "no-certificate"
							    : "other-certificate");
	}
}

static void
handle_transfer(struct keeper *k, struct client *c, const struct ipc_transfer *t)
{
	char line[PATH_MAX + 1024];
	time_t now = time(NULL);
	struct xferlog_entry e = {
		.seconds = t->ms / 1000,
		.host = c->peer_text,
		.bytes = t->bytes,
		.path = t->path,
		.ascii = t->ascii != 0,
		.compressed = t->compressed != 0,
		.direction = t->direction == TRANSFER_OUT      ? 'o' :
		    t->direction == TRANSFER_DELETED ? 'd' :
		                                       'i',
		.guest = true,
		.user = c->account.name,
		.complete = t->complete != 0,
	};
	struct sb out;

	if (k->transfer_log == -1)
		return;
	localtime_r(&now, &e.when);
	sb_init(&out, line, sizeof(line));
	xferlog_put(&out, &e);
	if (!out.cut && write(k->transfer_log, out.buf, out.len) != (ssize_t)out.len &&
	    c->notes++ < NOTES_MAX)
		log_error("transfer log: %s", strerror(errno));
}

/* Files that the account's sessions hash now. */
static uint32_t
hashes_of(const struct keeper *k, const struct account *account)
{
	const struct client *c;
	uint32_t n = 0;

	LIST_FOREACH(c, &k->clients, all)
		n += c->hashing && c->account.id == account->id;
	return n;
}

static void
handle_hash_ask(struct keeper *k, struct client *c)
{
	struct ipc m = { .type = IPC_HASH_ANSWER };

	c->hashing = false;
	c->hashing = hashes_of(k, &c->account) < k->conf.max_hashes_per_account;
	m.u.hash.limit = c->hashing ? 0 : (uint32_t)k->conf.max_hashes_per_account;
	client_send(c, &m, -1);
}

static void
handle_note(struct keeper *k, struct client *c, const struct ipc_note *note)
{
	enum log_level level =
	    note->level > LOG_LV_DEBUG ? LOG_LV_INFO : (enum log_level)note->level;

	/* Who asks for debugging lines wants them all, and has them only while he looks. */
	if (++c->notes > NOTES_MAX || (level != LOG_LV_DEBUG && !may_tell(k, c)))
		return;
	log_line(level, "session=%llu peer=%s account=%s: %s", (unsigned long long)c->number,
	    c->peer_text, c->state == CLIENT_IN ? c->account.name : "-", note->text);
}

/* Once a session: of a call that was refused it dies, and who says so again has been taken over. */
static void
handle_refused(struct keeper *k, struct client *c, const struct ipc_refused *refused)
{
	char name[64];

	if (c->refused)
		return;
	c->refused = true;
	if (c->state != CLIENT_IN && !repeats_add(&k->refusals, &c->peer, clock_ms()))
		return;
	log_error("session=%llu peer=%s account=%s ended: its filter refused system call %d (%s)",
	    (unsigned long long)c->number, c->peer_text,
	    c->state == CLIENT_IN ? c->account.name : "-", refused->call,
	    filter_call_name(refused->call, name));
}

/* The session goes when its channel ends, which is not before the listener has the connection. */
static void
handle_revive(struct keeper *k, struct client *c, const struct ipc *m, int fd)
{
	union sock_addr peer;

	/* Only its own connection, and once: one that was taken over could have failures counted to
	 * others. */
	if (!c->revived && k->listener != -1 && !k->stopping && sock_peer_addr(fd, &peer) &&
	    sock_addr_same_host(&peer, &c->peer) && ipc_send(k->listener, m, fd) == -1)
		log_error(
		    "keeper: the listener does not take a connection back: %s", strerror(errno));
	c->revived = true;
	(void)shutdown(c->chan, SHUT_RDWR);
}

/* The account's session of the lowest number above `after`, or NULL. */
static const struct client *
next_session(const struct keeper *k, int64_t account, uint64_t after)
{
	const struct client *c, *next = NULL;

	LIST_FOREACH(c, &k->clients, all)
		if (c->state == CLIENT_IN && c->account.id == account && c->number > after &&
		    (next == NULL || c->number < next->number))
			next = c;
	return next;
}

/* A message's worth: with more, a session that has many others could not be sent them without
 * waiting. */
static void
handle_who(struct keeper *k, struct client *c, uint64_t after)
{
	struct ipc m = { .type = IPC_WHOS };
	const struct client *next;

	while (m.u.whos.count < IPC_WHOS_MAX &&
	    (next = next_session(k, c->account.id, after)) != NULL) {
		struct ipc_whos_row *row = &m.u.whos.rows[m.u.whos.count++];

		row->number = after = next->number;
		row->since = next->since;
		row->self = next == c;
		memcpy(row->peer, next->peer_text, sizeof(row->peer));
	}
	client_send(c, &m, -1);
}

static void
client_readable(struct keeper *k, struct client *c)
{
	struct ipc m;
	int fd, rc;

	rc = ipc_recv(c->chan,
	    c->state == CLIENT_IN || c->state == CLIENT_COUNTER ? KEEPER_IN : KEEPER_PRE, &m, &fd);
	if (rc == -1 && errno == EAGAIN)
		return;
	/* One login at a time: a session that asks again before its answer is no session of
	 * ours. */
	if (rc == 1 && (m.type == IPC_LOGIN || m.type == IPC_LOGIN_CERTIFICATE) &&
	    c->state != CLIENT_PRE) {
		rc = -1;
		errno = EBADMSG;
	}
	if (rc != 1) {
		/* A session may go with messages of ours unread; that is how sessions go. */
		if (rc == -1 && errno != ECONNRESET && !c->refused) {
			int error = errno;

			if (may_tell(k, c))
				log_error("session=%llu peer=%s: keeper drops it: %s",
				    (unsigned long long)c->number, c->peer_text, strerror(error));
		}
		client_drop(k, c);
		return;
	}
	switch (m.type) {
	case IPC_LOGIN:
		handle_login(k, c, &m.u.login);
		explicit_bzero(&m, sizeof(m));
		break;
	case IPC_LOGIN_CERTIFICATE:
		handle_login_certificate(k, c, &m.u.certificate);
		break;
	case IPC_TRANSFER:
		handle_transfer(k, c, &m.u.transfer);
		break;
	case IPC_HASH_ASK:
		handle_hash_ask(k, c);
		break;
	case IPC_HASH_DONE:
		c->hashing = false;
		break;
	case IPC_NOTE:
		handle_note(k, c, &m.u.note);
		break;
	case IPC_REFUSED:
		handle_refused(k, c, &m.u.refused);
		break;
	case IPC_REVIVE:
		handle_revive(k, c, &m, fd);
		break;
	case IPC_WHO:
		handle_who(k, c, m.u.who.after);
		break;
	case IPC_LEASE:
		ledger_ask(k->ledger, &c->share, &m.u.lease);
		break;
	case IPC_SETTLE:
		ledger_settle(k->ledger, &c->share, &m.u.settle);
		break;
	case IPC_COUNTED:
		if (c->state == CLIENT_COUNTER)
			ledger_counted(k->ledger, c->count, &m.u.counted);
		break;
	default:
		break;
	}
	if (fd != -1)
		close(fd);
}

/* Nobody makes homes ready any more. */
static void
listener_gone(struct keeper *k)
{
	struct client *c;

	close(k->listener);
	k->listener = -1;
	LIST_FOREACH(c, &k->clients, all) {
		if (c->state != CLIENT_ENTERING)
			continue;
		log_login(c, c->account.name, denial_word(DENIED_BUSY), "no-listener");
		deny_now(c, DENIED_BUSY);
	}
}

static void
stop_clients(struct keeper *k)
{
	const struct ipc m = { .type = IPC_STOP };
	struct client *c;

	k->stopping = true;
	LIST_FOREACH(c, &k->clients, all) {
		if (c->state == CLIENT_COUNTER)
			/* it finds out when it next says something */
			(void)shutdown(c->chan, SHUT_RDWR);
		else
			client_send(c, &m, -1);
	}
}

/* A counter is let in without a login: it was the ledger that wanted it. */
static void
admit_counter(struct keeper *k, struct client *c, int64_t number)
{
	const char *name = ledger_counter(k->ledger, number), *why;
	int home = -1;

	c->state = CLIENT_COUNTER;
	c->count = number;
	if (name != NULL && store_account_get(k->store, name, &c->account) == STORE_OK)
		home = open_home(k, &c->account, &why);
	explicit_bzero(c->account.hash, sizeof(c->account.hash));
	if (home == -1 || !ask_admission(k, c, home))
		(void)shutdown(c->chan, SHUT_RDWR);
}

static bool
can_count(void *context, const char *name)
{
	const struct keeper *k = context;
	struct account account;
	const char *why;
	int home = -1;

	if (k->listener != -1 && !k->stopping &&
	    store_account_get(k->store, name, &account) == STORE_OK)
		home = open_home(k, &account, &why);
	explicit_bzero(account.hash, sizeof(account.hash));
	if (home != -1)
		close(home);
	return home != -1;
}

static bool
start_counter(void *context, int64_t number)
{
	const struct keeper *k = context;
	struct ipc m = { .type = IPC_COUNT };

	m.u.count.number = number;
	return k->listener != -1 && !k->stopping && ipc_send(k->listener, &m, -1) == 0;
}

/* ---- accounts that change while sessions run ---- */

/* What a session goes by, once more. */
static void
refresh(struct keeper *k, struct client *c)
{
	struct ipc m = { .type = IPC_ACCOUNT };
	struct account now;
	enum store_status status = store_account_get(k->store, c->account.name, &now);

	explicit_bzero(now.hash, sizeof(now.hash));
	if (status != STORE_OK && status != STORE_NONE)
		return;         /* it is looked at again when it changes again */
	/* A session cannot move to another home, nor become another user. */
	c->share.moved |= status == STORE_OK && strcmp(now.home, c->account.home) != 0;
	m.u.account.enabled = status == STORE_OK && now.id == c->account.id && now.enabled &&
	    !c->share.moved && now.uid == c->account.uid && now.gid == c->account.gid;
	m.u.account.limited = m.u.account.enabled && account_is_limited(&now);
	if (m.u.account.enabled == c->account.enabled &&
	    m.u.account.limited == (c->share.book != NULL))
		return;
	if (!m.u.account.enabled)
		log_info(
		    "session=%llu peer=%s account=%s ends: the account has been closed or moved",
		    (unsigned long long)c->number, c->peer_text, c->account.name);
	c->account.enabled = m.u.account.enabled;
	if (m.u.account.enabled && m.u.account.limited && c->share.book == NULL)
		ledger_join(k->ledger, &c->share, c->chan, &now, NULL);
	else if (m.u.account.enabled && !m.u.account.limited)
		ledger_leave(k->ledger, &c->share);
	client_send(c, &m, -1);
}

/* The listener has made a home ready: the session may have it. */
static void
handle_admitted(struct keeper *k, const struct ipc_admitted *admitted, int home)
{
	struct ipc m = { .type = IPC_GRANTED };
	struct client *c;

	LIST_FOREACH(c, &k->clients, all)
		if (c->number == admitted->number && c->chan != -1)
			break;
	if (c == NULL || (c->state != CLIENT_ENTERING && c->state != CLIENT_COUNTER))
		return;
	if (admitted->error != 0) {
		if (c->state == CLIENT_ENTERING)
			deny_home(k, c, strerror(admitted->error));
		else
			(void)shutdown(c->chan, SHUT_RDWR);
		return;
	}
	memcpy(m.u.granted.name, c->account.name, sizeof(m.u.granted.name));
	m.u.granted.uid = c->account.uid;
	m.u.granted.gid = c->account.gid;
	m.u.granted.detached = admitted->detached;
	if (c->state == CLIENT_ENTERING) {
		m.u.granted.token = c->token;
		memcpy(m.u.granted.charset, c->account.charset, sizeof(m.u.granted.charset));
		ledger_join(k->ledger, &c->share, c->chan, &c->account, &m.u.granted.quota);
		c->state = CLIENT_IN;
		c->since = time(NULL);
		log_login(c, c->account.name, "ok", c->how);
	}
	client_send(c, &m, home);
	if (c->state == CLIENT_IN && c->changed)
		refresh(k, c);
}

static void
store_readable(struct keeper *k)
{
	struct client *c;

	if (!store_changed(k->store))
		return;
	LIST_FOREACH(c, &k->clients, all) {
		if (c->state == CLIENT_IN)
			refresh(k, c);
		c->changed = true;
	}
	ledger_look(k->ledger);
}

/* Once a minute: who connects again and again can have it so for as long as it likes. */
static void
tell_full(struct keeper *k, int error)
{
	int64_t now = clock_ms();

	if (k->full_told != 0 && now - k->full_told < FULL_MS)
		return;
	k->full_told = now;
	log_error(
	    "keeper: no room for another session: %s; this is told once a minute", strerror(error));
}

static void
handle_open(struct keeper *k, const struct ipc_open *open_msg, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->chan = fd;
		c->peer = open_msg->peer;
		c->number = open_msg->number;
		c->token = open_msg->token;
		sock_addr_text(&c->peer, c->peer_text);
	}
	if (c == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 || !watch(k, fd, c)) {
		tell_full(k, errno);
		close(fd);
		free(c);
		return;
	}
	LIST_INSERT_HEAD(&k->clients, c, all);
	if (open_msg->count != 0)
		admit_counter(k, c, open_msg->count);
}

/* The listener has opened the log anew: the old file may have been moved away. */
static void
handle_log(int fd)
{
	if (dup2(fd, STDERR_FILENO) == -1)
		log_error("keeper: cannot go over to the new log: %s", strerror(errno));
	close(fd);
}

static void
handle_transfer_log(struct keeper *k, int fd)
{
	if (k->transfer_log != -1)
		close(k->transfer_log);
	k->transfer_log = fd;
}

static void
handle_conf(struct keeper *k, int fd)
{
	struct conf fresh;

	if (handover_read(fd, 0, &fresh, sizeof(fresh))) {
		k->conf = fresh;
		logs_use(&k->conf);
	}
	close(fd);
}

static void
listener_readable(struct keeper *k)
{
	struct ipc m;
	int fd, rc;

	rc = ipc_recv(k->listener, KEEPER_CTL, &m, &fd);
	if (rc == -1 && errno == EAGAIN)
		return;
	/* The session, whose channel it was, finds that closed; the others have theirs. */
	if (rc == -1 && errno == EMFILE) {
		tell_full(k, errno);
		return;
	}
	if (rc != 1) {
		listener_gone(k);
		stop_clients(k);
		return;
	}
	switch (m.type) {
	case IPC_OPEN:
		handle_open(k, &m.u.open, fd);
		break;
	case IPC_CONF:
		handle_conf(k, fd);
		break;
	case IPC_LOG:
		handle_log(fd);
		break;
	case IPC_TRANSFER_LOG:
		handle_transfer_log(k, fd);
		break;
	case IPC_ADMITTED:
		handle_admitted(k, &m.u.admitted, fd);
		close(fd);
		break;
	case IPC_REAPED:
		ledger_alone(k->ledger);
		break;
	case IPC_STOP:
		stop_clients(k);
		break;
	default:
		break;
	}
}

/* It would be silent otherwise, and whoever sent it would wonder why nothing was read again. */
static void
signals_readable(const struct keeper *k)
{
	struct signalfd_siginfo info;

	while (read(k->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		log_warning(
		    "keeper: signal meant for the listener, process %ld: SIGHUP has come here, where nothing is read "
		    "again; ferryctl reload finds the right process",
		    (long)getppid());
}

static void
hasher_readable(struct keeper *k)
{
	struct hasher_job *job;

	while ((job = hasher_result(k->hasher)) != NULL) {
		login_checked(k, job->owner, job->match);
		free(job);
	}
}

/* Sends the refusals whose time has come; returns when the next one's does. */
static int64_t
send_delayed(struct keeper *k)
{
	struct client *c, *next;
	int64_t now = clock_ms(), first = CLOCK_NEVER;

	for (c = TAILQ_FIRST(&k->delayed); c != NULL; c = next) {
		next = TAILQ_NEXT(c, waiting);
		if (c->due <= now) {
			TAILQ_REMOVE(&k->delayed, c, waiting);
			deny_now(c, c->why);
		} else if (c->due < first) {
			first = c->due;
		}
	}
	return first;
}

/* It is blocked, as the listener left it. */
static bool
hear_signals(struct keeper *k)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (k->signals == -1)
		log_error("keeper: signals: %s", strerror(errno));
	return k->signals != -1;
}

static bool
keeper_start(struct keeper *k, const struct handover_keeper *start)
{
	uint64_t workers = start->conf.hash_workers;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct ipc ready = { .type = IPC_READY };
	struct store_keeper self = start->before;
	char error[512];

	k->conf = start->conf;
	k->listener = start->chan;
	k->transfer_log = start->transfer_log;
	LIST_INIT(&k->clients);
	TAILQ_INIT(&k->delayed);
	failures_init(&k->failures);
	repeats_init(&k->strangers, LINES_STRANGERS);
	repeats_init(&k->refusals, LINES_REFUSED);
	if (!privilege_become_keeper(&start->privilege)) {
		log_error("keeper: cannot become its user: %s", strerror(errno));
		return false;
	}
	if (!hear_signals(k) || !filter_load_keeper())
		return false;
	if (store_open(k->conf.store, STORE_CREATE, &k->store, error, sizeof(error)) != STORE_OK) {
		log_error("store: %s", error);
		return false;
	}
	if (store_become_keeper(k->store, &self) != STORE_OK) {
		log_error("%s", store_error(k->store));
		return false;
	}
	ready.u.ready.key = self.key;
	k->changes = store_watch(k->store);
	k->ledger = ledger_new(k->store, &(struct ledger_counters){ k, can_count, start_counter });
	if (!password_hash("no password at all", k->dummy_hash)) {
		log_error("keeper: libcrypt makes no hash: %s", strerror(errno));
		return false;
	}
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	k->hasher = hasher_start(workers != 0 ? (unsigned)workers
		: processors > 0              ? (unsigned)processors
					      : 1);
	if (k->epoll == -1 || k->hasher == NULL || k->ledger == NULL ||
	    (k->changes != -1 && !watch(k, k->changes, &k->changes)) ||
	    fcntl(k->listener, F_SETFL, O_NONBLOCK) == -1 || !watch(k, k->listener, &k->listener) ||
	    !watch(k, k->signals, &k->signals) || !watch(k, hasher_fd(k->hasher), k->hasher)) {
		log_error("keeper: cannot start: %s", strerror(errno));
		return false;
	}
	return ipc_send(k->listener, &ready, self.lock) == 0;
}

static void
log_repeats(struct keeper *k, int64_t now)
{
	repeats_log(&k->strangers, now, "lines left out");
	repeats_log(&k->refusals, now, "refused system calls");
}

/* When the loop must look around without an event. */
static int64_t
do_what_is_due(struct keeper *k)
{
	int64_t now = clock_ms(), delayed = send_delayed(k), books = ledger_run(k->ledger, now);
	int64_t next = delayed < books ? delayed : books;
	int64_t strangers, refusals;

	log_repeats(k, now);
	strangers = repeats_next(&k->strangers);
	refusals = repeats_next(&k->refusals);
	next = strangers < next ? strangers : next;
	next = refusals < next ? refusals : next;
	if (k->changes != -1 || LIST_EMPTY(&k->clients))
		return next;
	/* Without a descriptor that tells, somebody has to look. */
	store_readable(k);
	return next < now + LOOK_MS ? next : now + LOOK_MS;
}

int
keeper_run(const struct handover_keeper *start)
{
	struct keeper *k = calloc(1, sizeof(*k));
	struct epoll_event events[64];
	int64_t next = CLOCK_NEVER;
	int status = 1;

	if (k == NULL || !keeper_start(k, start))
		goto out;
	while (k->listener != -1 || !LIST_EMPTY(&k->clients)) {
		int n = epoll_wait(k->epoll, events, 64, clock_poll_timeout(next));

		if (n == -1 && errno != EINTR) {
			log_error("keeper: %s", strerror(errno));
			goto out;
		}
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &k->listener)
				listener_readable(k);
			else if (events[i].data.ptr == k->hasher)
				hasher_readable(k);
			else if (events[i].data.ptr == &k->signals)
				signals_readable(k);
			else if (events[i].data.ptr == &k->changes)
				store_readable(k);
			else
				client_readable(k, events[i].data.ptr);
		}
		next = do_what_is_due(k);
	}
	status = 0;
	log_repeats(k, CLOCK_NEVER);
out:
	if (k != NULL) {
		ledger_free(k->ledger);
		store_close(&k->store);
	}
	free(k);
	return status;
}
