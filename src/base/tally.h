/* What a tree of directories holds. */
#ifndef FERRY_BASE_TALLY_H
#define FERRY_BASE_TALLY_H

#include "base/usage.h"

#include <stdbool.h>

/* Adds up the plain files below dir, a directory (borrowed).  A file's size counts, holes included;
 * one with several names counts once; links are not followed.  Directories that may not be read
 * count nothing.  each: called now and then with the sum so far, and at the end; false stops, with
 * ECANCELED.  False with errno when the tree cannot be read, is deeper than PATH_MAX, or memory is
 * short.  Files that change meanwhile count as they are met. */
bool tally_tree(int dir, bool (*each)(void *context, const struct usage *sum), void *context,
    struct usage *sum_r);

#endif
