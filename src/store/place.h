/* The directory that the store's file stands in. */
#ifndef FERRY_STORE_PLACE_H
#define FERRY_STORE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Makes the directory of the store at path if it is missing: the keeper's own (uid, gid) and nobody
 * else's.  False with a line for a person in error_r. */
bool place_make(const char *path, uid_t uid, gid_t gid, char *error_r, size_t error_len);

/* Whether that directory is there or could be made; makes nothing.  False with a line for a person
 * in error_r. */
bool place_check(const char *path, char *error_r, size_t error_len);

#endif
