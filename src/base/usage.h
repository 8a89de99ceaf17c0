/* How much somebody has, or may have, on disk: the sizes of plain files, and their number. */
#ifndef FERRY_BASE_USAGE_H
#define FERRY_BASE_USAGE_H

#include <stdint.h>

/* Where a limit is meant, negative is none. */
struct usage {
	int64_t bytes, files;
};

#define USAGE_UNLIMITED (-1)

/* No file system has as much; sums of some of these still fit. */
#define USAGE_MAX (INT64_MAX / 16)

#endif
