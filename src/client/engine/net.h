/* Waiting: always with a deadline, and always ready to be told to stop. */
#ifndef FERRY_CLIENT_ENGINE_NET_H
#define FERRY_CLIENT_ENGINE_NET_H

#include "base/sock.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#define NET_FDS 4       /* at most this many in one wait */

/* Waits until one of fds[n] is ready, filling their revents (a descriptor of -1 never is).  1: one
 * is. -1 with errno: ETIMEDOUT at the deadline (a clock_ms() time), EINTR when interrupt_fd (-1:
 * none) is readable, which nobody reads here, so that later waits end too. */
int net_wait(struct pollfd *fds, size_t n, int64_t deadline, int interrupt_fd);

/* The same for one descriptor. */
int net_wait_one(int fd, short events, int64_t deadline, int interrupt_fd);

/* A connected non-blocking socket, or -1 with errno as above or from connect(2). */
int net_connect(const union sock_addr *dest, int64_t deadline, int interrupt_fd);

/* The addresses of a host, numeric or not, each with port, into addrs[cap]; family may be
 * AF_UNSPEC.  Returns how many, or -1: errno as above, or 0 with *why_r the resolver's words. */
int net_resolve(const char *host, uint16_t port, int family, int64_t deadline, int interrupt_fd,
    union sock_addr *addrs, size_t cap, const char **why_r);

#endif
