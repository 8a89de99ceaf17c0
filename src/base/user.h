/* Users of the system. */
#ifndef FERRY_BASE_USER_H
#define FERRY_BASE_USER_H

#include <stdbool.h>
#include <sys/types.h>

/* A user by name, or by number: then the group has the same number.  False when there is none. */
bool user_find(const char *text, uid_t *uid_r, gid_t *gid_r);

#endif
