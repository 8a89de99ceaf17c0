/* A home without a way out: a copy of its mount that is nowhere in the tree of files.
 *
 * A descriptor of a directory leads by ".." to all that is above it.  From the root of a detached
 * copy ".." leads nowhere, so that whoever holds just that holds the home and no more. */
#ifndef FERRY_SERVER_PROCESS_DETACH_H
#define FERRY_SERVER_PROCESS_DETACH_H

#include <stdbool.h>

/* Whether the system lets this process make such copies: Linux 5.12, and CAP_SYS_ADMIN where its
 * mounts are.  dir: any directory.  False with errno. */
bool detach_works(int dir);

/* A copy of what is below dir, mounts included, in which no file is a device nor gives anybody
 * rights (nodev, nosuid).  It lasts as long as a copy of the descriptor is open.  -1 with errno. */
int detach(int dir);

#endif
