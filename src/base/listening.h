/* The TCP sockets of this machine that listen, as /proc shows them. */
#ifndef FERRY_BASE_LISTENING_H
#define FERRY_BASE_LISTENING_H

#include "base/sock.h"

#include <sys/types.h>

struct listening {
	union sock_addr addr;
	uid_t uid;              /* whose it is */
	unsigned long inode;    /* which /proc/PID/fd tells, too */
};

/* Calls each for every one, IPv4 first, until one returns false. */
void listening_each(bool (*each)(const struct listening *one, void *context), void *context);

/* Which of n sockets, by their inodes, the process has open; n: none, or it may not be looked at
 * (*closed_r). */
size_t listening_of(pid_t pid, const unsigned long *inodes, size_t n, bool *closed_r);

#endif
