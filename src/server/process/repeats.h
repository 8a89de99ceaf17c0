/* Lines of the log that strangers can cause: some of each address, and then a line with the number
 * of those left out, at most one each minute.  A table of fixed size, so what many addresses cause
 * together is bounded too. */
#ifndef FERRY_SERVER_PROCESS_REPEATS_H
#define FERRY_SERVER_PROCESS_REPEATS_H

#include "base/sock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPEATS_ROWS 256
#define REPEATS_MS   60000

/* Without a pointer, so that it can cross execve(2) as it is. */
struct repeats {
	struct repeats_row {
		unsigned char group[SOCK_GROUP_LEN];
		char peer[SOCK_TEXT_LEN];       /* the first of the group, for the line */
		unsigned told;          /* lines in the minute since then; 0: the row is free */
		uint64_t left_out;
		int64_t since;
	} row[REPEATS_ROWS];
	struct {
		uint64_t left_out;      /* of addresses that found no row */
		int64_t since;
	} others;
	size_t waiting;                 /* rows with something left out; mostly none */
	unsigned most;                  /* lines of an address in a minute */
};

struct repeats_sum {
	uint64_t left_out;
	bool others;                    /* of addresses that are not known one by one */
	char peer[SOCK_TEXT_LEN];       /* else */
};

/* An empty table. */
void repeats_init(struct repeats *r, unsigned most);

/* Whether the line is to be written that this address causes now; if not, it is counted. */
bool repeats_add(struct repeats *r, const union sock_addr *peer, int64_t now);

/* What is to be told at that moment of those left out, one by one until false.  At the end of all
 * the moment is CLOCK_NEVER. */
bool repeats_due(struct repeats *r, int64_t now, struct repeats_sum *sum_r);

/* When there will be something to tell, or CLOCK_NEVER. */
int64_t repeats_next(const struct repeats *r);

/* Writes a line for each sum that is due: what, the address, and how many more. */
void repeats_log(struct repeats *r, int64_t now, const char *what);

#endif
