/* As whom root's ferryctl acts.  On the store it acts as the store's owner: SQLite makes files
 * beside the store, and root's would be closed to a keeper that opens it in that moment.  Who is
 * not root stays who he is. */
#ifndef FERRY_CTL_RIGHTS_H
#define FERRY_CTL_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Becomes the owner of the directory of the store.  False after saying why not. */
bool rights_of_owner(const char *store);

struct rights {
	uid_t uid;
	gid_t gid;
};

/* Becomes root again, for what root alone may do.  Returns what it was, for rights_restore(). */
struct rights rights_of_root(void);

void rights_restore(struct rights before);

/* Whether root runs ferryctl, whatever it is at the moment. */
bool rights_has_root(void);

/* Acts as that user, in that group alone, where root runs it; rights_restore() goes back.  False
 * with errno. */
bool rights_of_user(uid_t uid, gid_t gid, struct rights *before_r);

#endif
