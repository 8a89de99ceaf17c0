/* Stream sockets over IPv4 and IPv6, and their addresses as text. */
#ifndef FERRY_BASE_SOCK_H
#define FERRY_BASE_SOCK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

union sock_addr {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;        /* as large as accept(2) may want */
};

#define SOCK_TEXT_LEN (INET6_ADDRSTRLEN + 16) /* "ffff:...:ffff%eth0..." never: numeric, no zone */

socklen_t sock_addr_len(const union sock_addr *a);

/* The port in host order; 0 for a family that is neither IPv4 nor IPv6. */
uint16_t sock_addr_port(const union sock_addr *a);
void sock_addr_set_port(union sock_addr *a, uint16_t port);

/* ::ffff:a.b.c.d becomes plain IPv4, everything else stays. */
void sock_addr_unmap(union sock_addr *a);

/* Whether both name one host: ports do not count, mapped IPv4 equals plain IPv4, and for link-local
 * IPv6 the interface counts too. */
bool sock_addr_same_host(const union sock_addr *a, const union sock_addr *b);

/* What counts as one peer where peers are counted: an IPv4 address, or the /64 of an IPv6 one,
 * which is one customer's. */
#define SOCK_GROUP_LEN 16
void sock_addr_group(const union sock_addr *a, unsigned char group_r[SOCK_GROUP_LEN]);

/* A numeric address without the port, NUL-terminated in text; returns text.  Mapped IPv4 shows as
 * IPv4. */
const char *sock_addr_text(const union sock_addr *a, char text[SOCK_TEXT_LEN]);

/* A numeric IPv4 or IPv6 address (no brackets, no zone); port becomes 0.  False when it is
 * neither. */
bool sock_addr_parse(const char *text, union sock_addr *a);

/* 0.0.0.0 or ::, which name no host. */
bool sock_addr_is_wildcard(const union sock_addr *a);

/* Whether it stays on this machine. */
bool sock_addr_is_loopback(const union sock_addr *a);

/* Loopback, private (RFC 1918, RFC 4193) or link-local: an address that means nothing elsewhere. */
bool sock_addr_is_private(const union sock_addr *a);

/* getsockname(2) and getpeername(2), unmapped.  False with errno, EAFNOSUPPORT for what is neither
 * IPv4 nor IPv6. */
bool sock_local_addr(int fd, union sock_addr *a);
bool sock_peer_addr(int fd, union sock_addr *a);

enum {
	SOCK_LISTEN_BOTH = 1,   /* an IPv6 wildcard takes IPv4 too */
	/* beside this user's other sockets on the port that are SO_REUSEPORT now */
	SOCK_LISTEN_BESIDE = 2
};

/* Where a filter of system calls asks for a token, it is in the call's sixth register, at which the
 * kernel itself does not look.  0 where there is no such filter. */

/* A non-blocking, close-on-exec listening socket; port 0 lets the kernel choose.  flags: of those
 * above.  -1 with errno. */
int sock_listen(const union sock_addr *a, int backlog, unsigned flags, uint64_t token);

/* A non-blocking, close-on-exec socket on its way to dest: connected or in progress (wait for
 * POLLOUT, then sock_error()).  local, with port 0, names the address to leave from, or is NULL. -1
 * with errno. */
int sock_connect_start(const union sock_addr *dest, const union sock_addr *local, uint64_t token);

/* What SO_ERROR holds: 0 or an errno. */
int sock_error(int fd);

/* Sets an option that is a number, or yes or no; a socket that refuses works on without it. */
void sock_option(int fd, int level, int option, int value);

/* Has the kernel ask a peer that is silent whether it is still there, and end the connection of one
 * that is gone: ETIMEDOUT.  What is accepted on a listening socket inherits it. */
void sock_keepalive(int fd);

#endif
