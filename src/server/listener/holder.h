/* Who listens at a port that is in use, by what /proc shows. */
#ifndef FERRY_SERVER_LISTENER_HOLDER_H
#define FERRY_SERVER_LISTENER_HOLDER_H

#include "base/process.h"
#include "base/sock.h"

#include <sys/types.h>

enum holder_kind {
	HOLDER_OTHER,   /* another program */
	HOLDER_SELF,    /* this very process */
	HOLDER_OURS,    /* a ferryd that runs, or systemd, for a socket unit */
	HOLDER_UNSEEN   /* of this user, or root's, but this process may not look who */
};

struct holder {
	enum holder_kind kind;
	pid_t pid;                      /* 0: not to be seen */
	char name[PROCESS_NAME_LEN];     /* of the program, made harmless; empty with pid 0 */
};

/* Of all that keep a from being listened at, the one that matters most: a stranger before one of
 * ours.  both: a is an IPv6 wildcard that takes IPv4 too. */
void holder_find(const union sock_addr *a, bool both, struct holder *h_r);

#endif
