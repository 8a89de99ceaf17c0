/* The homes of accounts, and the directory of the store. */
#ifndef FERRY_CTL_HOME_H
#define FERRY_CTL_HOME_H

#include "base/usage.h"
#include "conf/conf.h"
#include "store/account.h"

#include <stdbool.h>
#include <sys/types.h>

/* Makes sure that home is a directory.  A new one belongs to uid and gid and has mode 0750; its
 * parents are made as needed.  One that is there stays as it is, and a warning tells when it is
 * another's; a symbolic link is refused.  *made_r: it is new.  False after saying why. */
bool home_make(const char *home, uid_t uid, gid_t gid, bool *made_r);

/* Takes a home back that was just made. */
void home_unmake(const char *home);

/* Opens a home that is to be removed: a directory, no symbolic link, that is the account's.  *fd_r:
 * -1 where there is none, else the caller's to close.  False after saying why it may not go. */
bool home_open(const struct account *account, int *fd_r);

/* Removes the home that was opened, with all that is in it, acting as the account: nothing of
 * others goes that it could not remove itself.  *sum_r: what went.  False after saying what is
 * left, and why. */
bool home_remove(const struct account *account, int fd, struct usage *sum_r);

/* Makes sure that the store's directory is there; a new one is the keeper's alone. */
bool home_make_store_directory(const struct conf *c);

#endif
