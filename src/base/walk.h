/* The names in a directory, in an order, and in memory that does not grow with it. */
#ifndef FERRY_BASE_WALK_H
#define FERRY_BASE_WALK_H

#include <stdbool.h>
#include <stddef.h>

enum walk_order {
	WALK_BY_NAME,
	WALK_BY_TIME,           /* the latest first */
	WALK_BY_SIZE            /* the largest first */
};

/* A directory whose names fit in one block of 64 KiB is sorted by name for nothing.  A larger one
 * comes in the order of the disk, block by block, so that the first name comes at once; so does one
 * that another order was asked for and that needs more than `room` for it. */
struct walk {
	enum walk_order order;
	bool reverse;
	/* bytes that sorting may still take, all directories of a tree together; below 4 GiB */
	size_t room;
	bool unsorted;          /* set when an order that was asked for would not fit */
	bool (*each)(void *ctx, const char *name, unsigned char type);  /* DT_...; false: stop */
	/* called before each block but the first; NULL, or false: stop */
	bool (*pause)(void *ctx);
	void *ctx;
};

/* Calls each for every name, "." and ".." too.  each may walk another directory with the same
 * struct.  False with errno when reading fails, true also when it was stopped.  Names that come or
 * go meanwhile may or may not be seen. */
bool walk_directory(struct walk *w, int dir);

#endif
