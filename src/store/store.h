/* The accounts, behind one header for every engine.  A store is used by one thread at a time. */
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
	STORE_FAILED    /* store_error(), or what store_open() wrote, says why */
};

enum store_mode {
	STORE_READ_WRITE,       /* it must exist */
	STORE_CREATE            /* made, with the newest schema, where it is missing */
};

/* Opens the store at path and brings its schema up to date.  A store newer than this program is refused.
 * On failure *store_r is NULL and error_r holds one line for a person: what, where, what to do.  A new
 * file belongs to the owner of its directory, also when root makes it, and only that owner reads it. */
enum store_status store_open(const char *path, enum store_mode mode, struct store **store_r, char *error_r,
    size_t error_len);
void store_close(struct store **store);         /* NULL is fine; leaves NULL */

/* One line about the last STORE_FAILED or STORE_BUSY; valid until the next call. */
const char *store_error(const struct store *store);

enum store_status store_account_get(struct store *store, const char *name, struct account *account_r);

/* account->id is ignored and filled in. */
enum store_status store_account_add(struct store *store, struct account *account);

/* Every field but id and name is taken over by the account of that id. */
enum store_status store_account_update(struct store *store, const struct account *account);
enum store_status store_account_delete(struct store *store, int64_t id);

/* Calls each in the order of names until one returns false. */
enum store_status store_account_each(struct store *store,
    bool (*each)(const struct account *account, void *context), void *context);

/* The lowest uid of low..high that no account has.  STORE_NONE when all are taken. */
enum store_status store_free_uid(struct store *store, uid_t low, uid_t high, uid_t *uid_r);

#endif
