#include "server/listener/sockets.h"

#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "base/pidfile.h"
#include "base/sb.h"
#include "base/sock.h"
#include "server/listener/holder.h"
#include "server/listener/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 512

void
sockets_set_options(int fd)
{
	sock_keepalive(fd);
	/* else Telnet's Synch eats a byte of ABOR */
	sock_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	sock_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static bool
is_listening(int fd)
{
	union sock_addr a;
	int value;
	socklen_t len = sizeof(value);

	if (!sock_local_addr(fd, &a) || getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len) == -1 ||
	    value != SOCK_STREAM)
		return false;
	len = sizeof(value);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

bool
sockets_take(struct sockets *s, size_t count, const bool *tls)
{
	memset(s, 0, sizeof(*s));
	if (count > SOCKETS_MAX) {
		log_error("systemd passes %zu sockets; %d are the most", count, SOCKETS_MAX);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		s->fd[i] = NOTIFY_FIRST_FD + (int)i;
		s->tls[i] = tls[i];
		if (!is_listening(s->fd[i])) {
			log_error(
			    "systemd passes descriptor %d, which is no listening TCP socket (with Accept=yes, "
			    "ferryd is called with --inetd)",
			    s->fd[i]);
			return false;
		}
		(void)fcntl(s->fd[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(s->fd[i], F_SETFL, O_NONBLOCK);
		sockets_set_options(s->fd[i]);
	}
	s->count = count;
	s->given = count > 0;
	return true;
}

/* What conf.listen has at place i, or, behind all of those, conf.listen_tls. */
static const char *
text_of(const struct conf *c, size_t i)
{
	return i < CONF_LISTEN_MAX ? c->listen[i] : c->listen_tls[i - CONF_LISTEN_MAX];
}

static const char *
key_of(size_t i)
{
	return i < CONF_LISTEN_MAX ? "listen" : "listen-tls";
}

static const char *
advice(int error)
{
	switch (error) {
	case EADDRINUSE:
		return ": another server has that port; stop it, or set ";
	case EACCES:
		return ": ports below 1024 need root; set a higher one for ";
	case EADDRNOTAVAIL:
		return ": this machine does not have that address; set another for ";
	default:
		return "; see ";
	}
}

/* A text of conf.listen as an address.  both_r: it is for every address of both kinds. */
static bool
parse(const char *text, union sock_addr *a_r, bool *both_r)
{
	char address[CONF_TEXT_MAX];
	uint16_t port;

	if (!conf_parse_listen(text, address, &port))
		return false;
	*both_r = strcmp(address, "*") == 0;
	if (!sock_addr_parse(*both_r ? "::" : address, a_r))
		return false;
	sock_addr_set_port(a_r, port);
	return true;
}

/* A socket at one address of conf.listen; flags: of sock_listen().  -1 with errno. */
static int
listen_at(const char *text, unsigned flags)
{
	union sock_addr a;
	bool both;
	int fd;

	errno = EINVAL;
	if (!parse(text, &a, &both))
		return -1;
	fd = sock_listen(&a, BACKLOG, flags | (both ? SOCK_LISTEN_BOTH : 0), 0);
	if (fd == -1 && both && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		uint16_t port = sock_addr_port(&a);

		/* A machine without IPv6. */
		(void)sock_addr_parse("0.0.0.0", &a);
		sock_addr_set_port(&a, port);
		fd = sock_listen(&a, BACKLOG, flags, 0);
	}
	if (fd != -1)
		sockets_set_options(fd);
	return fd;
}

/* That place i of the configuration cannot be had, by errno. */
static void
fault(const struct conf *c, size_t i)
{
	int error = errno;

	log_error("cannot listen on %s: %s%s%s", text_of(c, i), strerror(error), advice(error),
	    key_of(i));
}

/* Which of the open ones is for this address; s->count when none is. */
static size_t
find(const struct sockets *s, const char *text)
{
	size_t i = 0;

	while (i < s->count && strcmp(s->text[i], text) != 0)
		i++;
	return i;
}

/* Closes those of a that b has not. */
static void
close_others(const struct sockets *a, const struct sockets *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (find(b, a->text[i]) == b->count)
			close(a->fd[i]);
}

static bool
is_listed(const char *text, const struct conf *c)
{
	for (size_t i = 0; i < CONF_LISTEN_MAX; i++)
		if (strcmp(c->listen[i], text) == 0 || strcmp(c->listen_tls[i], text) == 0)
			return true;
	return false;
}

/* Lets new sockets be opened beside those that c does not list, or no longer: from *:21 to
 * 192.0.2.1:21 the port is never free for another.  Those that stay exclude the new ones, as they
 * would at the start, and so does another server.  Returns the flags for listen_at(). */
static unsigned
share(const struct sockets *s, const struct conf *c, bool on)
{
	unsigned flags = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (!is_listed(s->text[i], c)) {
			sock_option(s->fd[i], SOL_SOCKET, SO_REUSEPORT, on);
			flags = SOCK_LISTEN_BESIDE;
		}
	}
	return flags;
}

bool
sockets_open(struct sockets *s, const struct conf *c)
{
	struct sockets fresh = { .count = 0 };
	unsigned flags = share(s, c, true);
	bool ok = true;

	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		const char *text = text_of(c, i);
		size_t old = find(s, text);
		int fd;

		if (text[0] == '\0')
			continue;
		fd = old < s->count ? s->fd[old] : listen_at(text, flags);
		if (fd == -1) {
			fault(c, i);
			ok = false;
			continue;
		}
		fresh.fd[fresh.count] = fd;
		fresh.tls[fresh.count] = i >= CONF_LISTEN_MAX;
		memcpy(fresh.text[fresh.count++], text, CONF_TEXT_MAX);
	}
	if (!ok) {
		close_others(&fresh, s);
		(void)share(s, c, false);
		return false;
	}
	close_others(s, &fresh);
	*s = fresh;
	return true;
}

/* Whether that ferryd is not the one whose process the configuration's file names. */
static bool
is_another_service(const struct conf *c, const struct holder *h)
{
	char error[PATH_MAX + 128];
	pid_t pid;

	return c->pid_file[0] != '\0' && h->pid > 1 &&
	    pidfile_read(c->pid_file, &pid, error, sizeof(error)) == PIDFILE_LIVE && pid != h->pid;
}

/* Whether it is this service, perhaps, that has the port of place i.  False after saying who
 * has. */
static bool
is_held_by_us(const struct conf *c, size_t i)
{
	struct holder h;
	union sock_addr a;
	bool both;

	if (!parse(text_of(c, i), &a, &both))
		return false;
	holder_find(&a, both, &h);
	if (h.kind == HOLDER_OURS && is_another_service(c, &h))
		h.kind = HOLDER_OTHER;
	if (h.kind == HOLDER_UNSEEN)
		log_warning(
		    "cannot see who has the port of %s; if that is not this service, it cannot start",
		    text_of(c, i));
	else if (h.kind == HOLDER_SELF)
		log_error(
		    "cannot listen on %s: another address of listen or listen-tls takes it already; leave one out",
		    text_of(c, i));
	else if (h.kind == HOLDER_OTHER && h.pid != 0)
		log_error(
		    "cannot listen on %s: %s: %s (process %ld) has that port; stop it, or set %s",
		    text_of(c, i), strerror(EADDRINUSE), h.name, (long)h.pid, key_of(i));
	else if (h.kind == HOLDER_OTHER) {
		errno = EADDRINUSE;
		fault(c, i);
	}
	return h.kind == HOLDER_OURS || h.kind == HOLDER_UNSEEN;
}

bool
sockets_check(const struct conf *c)
{
	struct sockets s = { .count = 0 };
	bool ok = true;

	/* All at once: one may take what another wants. */
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		int fd;

		if (text_of(c, i)[0] == '\0')
			continue;
		fd = listen_at(text_of(c, i), 0);
		if (fd != -1) {
			s.fd[s.count++] = fd;
		} else if (errno == EADDRINUSE) {
			ok = is_held_by_us(c, i) && ok;
		} else {
			fault(c, i);
			ok = false;
		}
	}
	sockets_close(&s);
	return ok;
}

/* "32768\t60999" */
static bool
parse_ports(const char *text, struct conf_range *range_r)
{
	static const char digits[] = "0123456789";
	size_t len = strspn(text, digits);
	const char *second = text + len + strspn(text + len, " \t");
	uint64_t low, high;

	if (!num_parse_len(text, len, UINT16_MAX, &low) ||
	    !num_parse_len(second, strspn(second, digits), UINT16_MAX, &high) || low < 1024 ||
	    low > high)
		return false;
	*range_r = (struct conf_range){ .low = (uint32_t)low, .high = (uint32_t)high };
	return true;
}

void
sockets_choose_ports(struct conf *c)
{
	char range[64], reserved[64];

	if (c->passive_ports.high != 0 ||
	    !file_first_line("/proc/sys/net/ipv4/ip_local_port_range", range, sizeof(range)) ||
	    !file_first_line(
		"/proc/sys/net/ipv4/ip_local_reserved_ports", reserved, sizeof(reserved)))
		return;
	if (reserved[0] == '\0')
		(void)parse_ports(range, &c->passive_ports);
}

void
sockets_close(struct sockets *s)
{
	while (s->count > 0)
		close(s->fd[--s->count]);
}

void
sockets_log(const struct sockets *s)
{
	for (size_t i = 0; i < s->count; i++) {
		char text[SOCK_TEXT_LEN];
		union sock_addr a;

		if (sock_local_addr(s->fd[i], &a))
			log_info("listening on %s port %u%s", sock_addr_text(&a, text),
			    sock_addr_port(&a), s->tls[i] ? ", with TLS from the start" : "");
	}
}

void
sockets_turn_away(int fd, const union sock_addr *peer, const char *why)
{
	char line[256], text[SOCK_TEXT_LEN];
	struct sb sb;

	if (peer != NULL)
		log_warning("turned away peer=%s: %s", sock_addr_text(peer, text), why);
	sb_init(&sb, line, sizeof(line));
	sb_printf(&sb, "421 %s\r\n", why);
	(void)!send(fd, sb.buf, sb.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}
