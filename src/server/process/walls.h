/* What confines sessions beyond root, ids, capabilities and filter, where the system has it: homes
 * without a way out (detach.h) and ids by leave alone (ids.h).  They hold a session that was taken
 * over before its login. */
#ifndef FERRY_SERVER_PROCESS_WALLS_H
#define FERRY_SERVER_PROCESS_WALLS_H

#include "server/process/privilege.h"

#include <stdbool.h>

/* In the listener; crosses its execve(2). */
struct walls {
	bool detaches;          /* homes are handed out without a way out */
	int ids;                /* ids_watch(); -1: there is none */
};

/* For the listener, once, when it has its privileges.  tell: called with a line for the
 * administrator for each that cannot be had. */
void walls_raise(struct walls *w, const struct privilege *p, void (*tell)(const char *line));

#endif
