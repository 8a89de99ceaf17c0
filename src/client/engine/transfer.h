/* One transfer: the control and the data connection watched at once (RFC 959 section 5.4).  It is
 * done when the final reply and the end of the data are both in, whichever comes first. */
#ifndef FERRY_CLIENT_ENGINE_TRANSFER_H
#define FERRY_CLIENT_ENGINE_TRANSFER_H

#include "client/engine/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transfer_progress {
	uint64_t offset;        /* where in the file this transfer began */
	uint64_t moved;         /* bytes since then */
	uint64_t total;         /* of the file; meaningless without total_known */
	bool total_known;
	bool over;              /* this is the last call */
};

struct transfer {
	/* What is wanted. */
	const char *verb;       /* RETR, STOR or APPE */
	const char *path;
	const char *local;      /* what the file on this side is called, for messages */
	bool ascii;             /* lines end as here on this side */
	uint64_t offset;        /* REST is sent for it, except with APPE */
	/* RETR: so many bytes before it are asked for again, and must be those in fd */
	uint64_t seam;
	/* Called about ten times a second, also while nothing moves; NULL: nobody looks. */
	void (*progress)(void *arg, const struct transfer_progress *p);
	void *progress_arg;

	/* What is known, and what came of it. */
	struct transfer_progress now;   /* total is set by the caller, or by a 150 that tells it */
	bool restart_refused;           /* it failed because of the offset: try without */
	/* what came is not what is in fd before the offset: the same */
	bool differs;
};

/* Brings the file's bytes from offset on to fd, at fd's own position; with a seam, that is behind
 * the offset's bytes.  A pipe or terminal that is slow to take them is waited for.  On failure what
 * came is in fd already, also what came behind the end of the control connection. */
int transfer_receive(struct conn *c, struct transfer *t, int fd, struct fail *f);

/* Sends what fd holds from its own position on. */
int transfer_send(struct conn *c, struct transfer *t, int fd, struct fail *f);

/* Calls line() for each line of a listing, without its end; a line longer than TRANSFER_LINE_MAX
 * counts as *skipped_r instead.  line() returns -1 with *f to stop. */
#define TRANSFER_LINE_MAX 8192
int transfer_lines(struct conn *c, const char *verb, const char *path,
    int (*line)(void *arg, const char *text, struct fail *f), void *arg, uint64_t *skipped_r,
    struct fail *f);

#endif
