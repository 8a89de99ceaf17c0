/* The keeper's books: which session may add how much to the files of an account with a quota.
 *
 * The keeper takes leases on accounts from the store and hands them out in parts, so that a
 * session's question seldom means a write, and no upload does.  What all hold is told apart only
 * when somebody must know: then the parts are recalled, which idle sessions answer at once and
 * uploads between two writes.  See store.h for leases and doc/quota.md for the whole picture. */
#ifndef FERRY_SERVER_KEEPER_LEDGER_H
#define FERRY_SERVER_KEEPER_LEDGER_H

#include "server/process/ipc.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct ledger;
struct book;

/* A session's part of a book.  All zeros: of none. */
struct holder {
	LIST_ENTRY(holder) of_book;
	TAILQ_ENTRY(holder) waiting;    /* while asking */
	struct book *book;              /* NULL: its account has no quota */
	int chan;
	struct usage out;               /* what it may still add, as far as is known here */
	struct usage unseen;            /* what it has in files without a name */
	bool moved;                     /* it is in a home that is not the account's any more */
	bool held;                      /* it may change something at any moment */
	bool recalled;                  /* its answer to IPC_RECALL has not come yet */
	bool asking;                    /* its IPC_LEASE has no answer yet */
	bool heard_others;              /* for its question, the others have been recalled */
	/* for its question, the files have been counted, or cannot be */
	bool counted;
	struct ipc_lease ask;
};

struct ledger_counters {
	void *context;
	/* Whether the account's home is there to be counted. */
	bool (*can)(void *context, const char *account);
	/* Has the listener make a process that counts.  It is known by that number, see
	 * ledger_counter().  False when it cannot. */
	bool (*start)(void *context, int64_t number);
};

/* On a store that is a keeper's.  NULL with errno. */
struct ledger *ledger_new(struct store *store, const struct ledger_counters *counters);

/* Gives all leases back whose sessions have. */
void ledger_free(struct ledger *l);

/* A session of the account has logged in: first_r is what to tell it.  Or, first_r NULL, its
 * account has got a quota. */
void ledger_join(struct ledger *l, struct holder *h, int chan, const struct account *account,
    struct ipc_leased *first_r);

/* The session is gone, or its account has no quota any more. */
void ledger_leave(struct ledger *l, struct holder *h);

/* What sessions say. */
void ledger_settle(struct ledger *l, struct holder *h, const struct ipc_settle *settle);
void ledger_ask(struct ledger *l, struct holder *h, const struct ipc_lease *ask);

/* The name of the account whose files that counter shall count; NULL when nobody waits for it any
 * more. */
const char *ledger_counter(struct ledger *l, int64_t number);

/* A counter says how much there is, or (COUNTED_NOT) is gone. */
void ledger_counted(struct ledger *l, int64_t number, const struct ipc_counted *counted);

/* Another has changed the store. */
void ledger_look(struct ledger *l);

/* No session of an earlier keeper is left. */
void ledger_alone(struct ledger *l);

/* Does what is due.  Returns when to call it again at the latest. */
int64_t ledger_run(struct ledger *l, int64_t now);

#endif
