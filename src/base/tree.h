/* Trees of directories that go. */
#ifndef FERRY_BASE_TREE_H
#define FERRY_BASE_TREE_H

#include "base/usage.h"

#include <limits.h>
#include <stdbool.h>

/* Removes all below dir, a directory (borrowed), which stays.  No link is followed, and what is
 * mounted below stays, with EBUSY; directories that are the caller's are made writable for it.
 * What appears meanwhile may stay.  *sum_r: the plain files that have lost their last name, and
 * their bytes, also where it fails.  False with errno at the first thing that cannot go, and in
 * left_r its path from dir, cut off at its size. */
bool tree_remove(int dir, struct usage *sum_r, char left_r[PATH_MAX]);

#endif
