#include "base/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Seconds.  The kernel's own two hours would be too late for a control connection in a long
 * transfer: what translates addresses on the way forgets it after some minutes.  Who is gone is
 * found after two. */
#define KEEPALIVE_IDLE     60
#define KEEPALIVE_INTERVAL 15
#define KEEPALIVE_COUNT    4

socklen_t
sock_addr_len(const union sock_addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->in6) : sizeof(a->in4);
}

uint16_t
sock_addr_port(const union sock_addr *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return ntohs(a->in4.sin_port);
	case AF_INET6:
		return ntohs(a->in6.sin6_port);
	default:
		return 0;
	}
}

void
sock_addr_set_port(union sock_addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in4.sin_port = htons(port);
}

void
sock_addr_unmap(union sock_addr *a)
{
	struct sockaddr_in plain = { .sin_family = AF_INET };

	if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	plain.sin_port = a->in6.sin6_port;
	memcpy(&plain.sin_addr, &a->in6.sin6_addr.s6_addr[12], sizeof(plain.sin_addr));
	a->in4 = plain;
}

bool
sock_addr_same_host(const union sock_addr *a, const union sock_addr *b)
{
	union sock_addr x = *a, y = *b;

	sock_addr_unmap(&x);
	sock_addr_unmap(&y);
	if (x.sa.sa_family != y.sa.sa_family)
		return false;
	if (x.sa.sa_family == AF_INET)
		return x.in4.sin_addr.s_addr == y.in4.sin_addr.s_addr;
	if (x.sa.sa_family != AF_INET6)
		return false;
	/* A zone of 0 is an address that came as text (EPRT), which cannot carry one. */
	if (IN6_IS_ADDR_LINKLOCAL(&x.in6.sin6_addr) && x.in6.sin6_scope_id != 0 &&
	    y.in6.sin6_scope_id != 0 && x.in6.sin6_scope_id != y.in6.sin6_scope_id)
		return false;
	return memcmp(&x.in6.sin6_addr, &y.in6.sin6_addr, sizeof(x.in6.sin6_addr)) == 0;
}

void
sock_addr_group(const union sock_addr *a, unsigned char group_r[SOCK_GROUP_LEN])
{
	union sock_addr plain = *a;

	sock_addr_unmap(&plain);
	memset(group_r, 0, SOCK_GROUP_LEN);
	group_r[0] = (unsigned char)plain.sa.sa_family;
	if (plain.sa.sa_family == AF_INET6)
		memcpy(group_r + 1, &plain.in6.sin6_addr, 8);
	else
		memcpy(group_r + 1, &plain.in4.sin_addr, 4);
}

const char *
sock_addr_text(const union sock_addr *a, char text[SOCK_TEXT_LEN])
{
	union sock_addr plain = *a;
	const void *bytes;

	sock_addr_unmap(&plain);
	bytes = plain.sa.sa_family == AF_INET6 ? (const void *)&plain.in6.sin6_addr :
	                                         (const void *)&plain.in4.sin_addr;
	if (inet_ntop(plain.sa.sa_family, bytes, text, SOCK_TEXT_LEN) == NULL)
		memcpy(text, "-", 2);
	return text;
}

bool
sock_addr_parse(const char *text, union sock_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->in4.sin_addr) == 1) {
		a->sa.sa_family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1) {
		a->sa.sa_family = AF_INET6;
		return true;
	}
	return false;
}

bool
sock_addr_is_wildcard(const union sock_addr *a)
{
	if (a->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
	return a->in4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool
sock_addr_is_loopback(const union sock_addr *a)
{
	union sock_addr plain = *a;

	sock_addr_unmap(&plain);
	if (plain.sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&plain.in6.sin6_addr);
	return ntohl(plain.in4.sin_addr.s_addr) >> 24 == 127;
}

bool
sock_addr_is_private(const union sock_addr *a)
{
	union sock_addr plain = *a;
	const struct in6_addr *six = &plain.in6.sin6_addr;
	uint32_t four;

	sock_addr_unmap(&plain);
	if (plain.sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_LINKLOCAL(six) ||
		    (six->s6_addr[0] & 0xfe) == 0xfc;
	four = ntohl(plain.in4.sin_addr.s_addr);
	return four >> 24 == 127 || four >> 24 == 10 || four >> 20 == 0xac1 ||
	    four >> 16 == 0xc0a8 || four >> 16 == 0xa9fe;
}

/* What getsockname(2) or getpeername(2) returned rc for. */
static bool
is_internet(int rc, union sock_addr *a)
{
	if (rc == -1)
		return false;
	if (a->sa.sa_family != AF_INET && a->sa.sa_family != AF_INET6) {
		errno = EAFNOSUPPORT;
		return false;
	}
	sock_addr_unmap(a);
	return true;
}

bool
sock_local_addr(int fd, union sock_addr *a)
{
	socklen_t len = sizeof(*a);

	memset(a, 0, sizeof(*a));
	return is_internet(getsockname(fd, &a->sa, &len), a);
}

bool
sock_peer_addr(int fd, union sock_addr *a)
{
	socklen_t len = sizeof(*a);

	memset(a, 0, sizeof(*a));
	return is_internet(getpeername(fd, &a->sa, &len), a);
}

void
sock_option(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
sock_keepalive(int fd)
{
	sock_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	sock_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
	sock_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL);
	sock_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
}

int
sock_listen(const union sock_addr *a, int backlog, unsigned flags, uint64_t token)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1)
		return -1;
	sock_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (a->sa.sa_family == AF_INET6)
		sock_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, (flags & SOCK_LISTEN_BOTH) == 0);
	if ((flags & SOCK_LISTEN_BESIDE) != 0)
		sock_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, &a->sa, sock_addr_len(a)) == 0 &&
	    syscall(SYS_listen, fd, backlog, 0, 0, 0, (unsigned long)token) == 0) {
		if ((flags & SOCK_LISTEN_BESIDE) != 0)
			sock_option(fd, SOL_SOCKET, SO_REUSEPORT, 0);
		return fd;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
sock_connect_start(const union sock_addr *dest, const union sock_addr *local, uint64_t token)
{
	int fd = socket(dest->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1)
		return -1;
	if (local == NULL || bind(fd, &local->sa, sock_addr_len(local)) == 0) {
		if (syscall(SYS_connect, fd, &dest->sa, sock_addr_len(dest), 0, 0,
			(unsigned long)token) == 0 ||
		    errno == EINPROGRESS)
			return fd;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ? errno : error;
}
