/* The sessions that run, as the listener knows them. */
#ifndef FERRY_SERVER_LISTENER_ROSTER_H
#define FERRY_SERVER_LISTENER_ROSTER_H

#include "base/sock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct roster_row {
	pid_t pid;
	union sock_addr peer;
	uint64_t number;        /* of the session, for the log */
	bool granted;           /* the keeper has let it in: it may become these */
	uid_t uid;
	gid_t gid;
};

/* All zeros is an empty one. */
struct roster {
	struct roster_row *rows;
	size_t count, cap;
};

/* False without memory. */
bool roster_add(struct roster *r, const struct roster_row *row);

/* The row of a process; NULL when it is no session. */
struct roster_row *roster_find(struct roster *r, pid_t pid);

/* The row of the session of that number; NULL when it has ended. */
struct roster_row *roster_numbered(struct roster *r, uint64_t number);

/* Takes a row out; others may change their places. */
void roster_remove(struct roster *r, struct roster_row *row);

/* How many sessions come from the host. */
size_t roster_of(const struct roster *r, const union sock_addr *peer);

void roster_free(struct roster *r);

#endif
