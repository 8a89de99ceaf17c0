/* How far a transfer is: a bar drawn in place on a terminal, one line at the end elsewhere. */
#ifndef FERRY_CLIENT_FACE_PROGRESS_H
#define FERRY_CLIENT_FACE_PROGRESS_H

#include "base/sb.h"
#include "client/engine/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	int fd;                 /* where it is written to */
	bool bar;               /* fd is a terminal, and a bar is wanted */
	const char *name;
	int64_t started, last_move;
	struct transfer_progress seen;

	/* The rate of the last seconds, in bytes a second. */
	int64_t sample_time;
	uint64_t sample_moved;
	double rate;
	size_t drawn;           /* columns of the line on the screen */
};

/* Begins now; draws nothing yet.  name is borrowed. */
void progress_begin(struct progress *p, int fd, bool bar, const char *name);

/* A transfer's progress callback; arg is the struct progress. */
void progress_update(void *arg, const struct transfer_progress *now);

/* Ends the bar's line, if there is one, so that other text can follow. */
void progress_leave(struct progress *p);

/* Adds the line for a terminal of so many columns at a time (clock_ms()); never wider than that.
 * Returns its columns. */
size_t progress_line(const struct progress *p, struct sb *out, size_t columns, int64_t now);

/* Adds "NAME: 123 bytes in 0.4 s, 300 B/s", without an end of line. */
void progress_summary(const struct progress *p, struct sb *out, int64_t now);

#endif
