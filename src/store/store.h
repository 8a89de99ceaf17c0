/* The accounts and what they use, behind one header for every engine.  A store is used by one
 * thread at a time. */
#ifndef FERRY_STORE_STORE_H
#define FERRY_STORE_STORE_H

#include "store/account.h"

#include <stddef.h>

struct store;

enum store_status {
	STORE_OK,
	STORE_NONE,     /* no such account */
	STORE_EXISTS,   /* the name is taken */
	STORE_BUSY,     /* somebody else holds the store for longer than its patience; try again */
	STORE_FULL,     /* the account's quota has no room for it */
	/* another keeper counts the account's files; leases are to be had again when it is done */
	STORE_COUNTING,
	STORE_FAILED    /* store_error(), or what store_open() wrote, says why */
};

enum store_mode {
	STORE_READ_WRITE,       /* it must exist */
	STORE_CREATE            /* made, with the newest schema, where it is missing */
};

/* Opens the store at path and brings its schema up to date.  A store newer than this program is
 * refused.  On failure *store_r is NULL and error_r holds one line for a person: what, where, what
 * to do.  A new file belongs to the owner of its directory, also when root makes it, and only that
 * owner reads it. */
enum store_status store_open(const char *path, enum store_mode mode, struct store **store_r,
    char *error_r, size_t error_len);

/* Whether store_open() with STORE_CREATE could open, or make, the store at path, in a directory
 * that is there or is still to be made.  Changes and makes nothing, also beside a server that has
 * the store open.  To be called in a process of its own: the locks on that store of whoever calls
 * it would be undone.  False with a line in error_r as above. */
bool store_check(const char *path, char *error_r, size_t error_len);

void store_close(struct store **store);         /* NULL is fine; leaves NULL */

/* One line about the last STORE_FAILED or STORE_BUSY; valid until the next call. */
const char *store_error(const struct store *store);

enum store_status store_account_get(
    struct store *store, const char *name, struct account *account_r);

/* account->id is ignored and filled in. */
enum store_status store_account_add(struct store *store, struct account *account);

/* Every field but id and name is taken over by the account of that id. */
enum store_status store_account_update(struct store *store, const struct account *account);
enum store_status store_account_delete(struct store *store, int64_t id);

/* Calls each in the order of names until one returns false. */
enum store_status store_account_each(struct store *store,
    bool (*each)(const struct account *account, void *context), void *context);

/* The lowest uid of low..high that no account has or has had.  STORE_NONE when all are taken. */
enum store_status store_free_uid(struct store *store, uid_t low, uid_t high, uid_t *uid_r);

/* ---- what accounts with a quota use ----
 *
 * Several keepers may serve the accounts of one store: one on each machine, or one for each
 * connection from inetd.  used is the sum of the account's plain files and of all leases on it, so
 * used within the quota means that the files are too.  A keeper charges a lease first and lets its
 * sessions write then; what was written it need not tell, for it stays charged.  Only who asks for
 * the files alone needs the keepers to say what is left of their leases. */

/* A keeper.  The lock, on a file beside the store, tells the others that it lives: whoever still
 * writes by its leases shall keep a copy of it open. */
struct store_keeper {
	int64_t key;
	int lock;
};

/* Makes this handle a keeper's, which the functions below need.  keeper->lock -1: a new one; else
 * the successor of the one that *keeper was, whose leases count as another's that lives, until
 * store_is_alone().  *keeper is filled, and its lock stays the store's. */
enum store_status store_become_keeper(struct store *store, struct store_keeper *keeper);

/* Nobody writes by a predecessor's leases any more. */
void store_is_alone(struct store *store);

struct store_quota {
	bool enabled;
	struct usage limit;     /* USAGE_UNLIMITED: none */
	struct usage used;      /* files and leases */
	/* of these, leases: the files have used - leased, or less where not counted */
	struct usage leased;
	/* false: nobody has ever counted this home, and there are no leases until somebody does */
	bool known;
	/* false: files alone may be less than they seem, until somebody counts them */
	bool counted;
	bool counting;          /* another keeper counts them, and this one shall pause */
	bool asked;             /* this keeper shall give back what it does not use */
};

enum store_status store_quota_get(
    struct store *store, int64_t account, struct store_quota *quota_r);

/* Charges `more`, on the disk when it returns, and notes that this keeper's lease is `lease` now.
 * Changes nothing but for STORE_OK. */
enum store_status store_lease_take(struct store *store, int64_t account, const struct usage *more,
    const struct usage *lease);

/* What there is to say of a lease between taking and dropping it. */
struct store_lease {
	struct usage lease;     /* what is left of it */
	struct usage back;      /* what was left too, and is given back */
	struct usage unseen;    /* used by files that have lost their names, but are open still */
	bool paused;            /* no session changes anything until the counting is over */
};

/* Answers store_lease_ask(), too. */
enum store_status store_lease_put(
    struct store *store, int64_t account, const struct store_lease *lease);

/* The lease ends; back is what was left of it. */
enum store_status store_lease_drop(struct store *store, int64_t account, const struct usage *back);

/* Leases of keepers that have died end; since nobody knows how much of them was used, the account
 * is then to be counted. */
enum store_status store_lease_bury(struct store *store, int64_t account);

/* Asks all other keepers to put their leases. */
enum store_status store_lease_ask(struct store *store, int64_t account);

/* Whether a living keeper other than this one has still to do so, or, paused, still to pause. */
enum store_status store_lease_pending(
    struct store *store, int64_t account, bool paused, bool *pending_r);

/* The account is to be counted. */
enum store_status store_stale(struct store *store, int64_t account);

/* Of the accounts above that one, the first with a limit that perhaps is to be counted, by its own
 * word or because other keepers have leases.  STORE_NONE: none is. */
enum store_status store_next_stale(struct store *store, int64_t after, int64_t *account_r,
    char name_r[NAME_ACCOUNT_MAX + 1]);

/* From here on no other keeper gets leases, and those that have some are to pause.  STORE_COUNTING:
 * another has begun already. */
enum store_status store_count_begin(struct store *store, int64_t account);

/* Ends that.  files: what was counted while all paused; NULL: given up.  STORE_NONE: what was
 * counted is of no use, because the account has got another home meanwhile, or had no limit for a
 * time, or is gone. */
enum store_status store_count_end(struct store *store, int64_t account, const struct usage *files);

/* A descriptor that is readable (poll) when the store may have been changed; -1 where the system
 * has no more of them, and store_changed() must be asked now and then. */
int store_watch(struct store *store);

/* Whether another has changed the store since the last call. */
bool store_changed(struct store *store);

#endif
