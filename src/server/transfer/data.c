#include "server/transfer/data.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/session/control.h"
#include "server/session/link.h"
#include "server/transfer/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* A stranger's connections must not keep the client's out of the queue. */
#define BACKLOG 8

/* Ports that are in use are passed over; after so many the range counts as full. */
#define PORT_TRIES 64

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
data_reset(struct session *s)
{
	close_fd(&s->data.listener);
	tls_free(s->data.tls);
	s->data.tls = NULL;
	close_fd(&s->data.fd);
	close_fd(&s->data.lingering);
	s->data.kind = DATA_NONE;
}

/* A random port of the range; 0 lets the kernel choose, which does it at random as well. */
static uint16_t
pick_port(const struct conf_range *range)
{
	uint32_t random = 0;

	if (range->high == 0)
		return 0;
	(void)!getrandom(&random, sizeof(random), 0);
	return (uint16_t)(range->low + random % (range->high - range->low + 1));
}

bool
data_listen(struct session *s, uint16_t *port_r)
{
	const struct conf_range *range = &s->conf->passive_ports;
	union sock_addr a = s->local;

	data_reset(s);
	for (int i = 0; i < PORT_TRIES && s->data.listener == -1; i++) {
		sock_addr_set_port(&a, pick_port(range));
		s->data.listener = sock_listen(&a, BACKLOG, 0, s->login.token);
		if (s->data.listener == -1 && errno != EADDRINUSE && errno != EACCES)
			break;
	}
	if (s->data.listener == -1)
		return false;
	if (!sock_local_addr(s->data.listener, &a)) {
		data_reset(s);
		return false;
	}
	*port_r = sock_addr_port(&a);
	s->data.kind = DATA_PASSIVE;
	return true;
}

void
data_aim(struct session *s, const union sock_addr *target)
{
	data_reset(s);
	s->data.target = *target;
	s->data.kind = DATA_ACTIVE;
}

/* A connection of the control connection's peer, or -1 with errno. */
static int
accept_client(struct session *s)
{
	union sock_addr from;
	char text[SOCK_TEXT_LEN];

	for (;;) {
		socklen_t len = sizeof(from);
		int fd = accept4(s->data.listener, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd == -1 || sock_addr_same_host(&from, &s->peer))
			return fd;
		link_note(s, LOG_LV_WARNING, "data connection of a stranger closed: from=%s",
		    sock_addr_text(&from, text));
		close(fd);
	}
}

/* Waits for the descriptor, and meanwhile hears ABOR and STAT; they may have come with the
 * command. */
static enum data_status
wait_for(struct session *s, int fd, short events, int64_t deadline)
{
	if (!wait_hear(s))
		return DATA_ABORTED;
	switch (control_wait(s, fd, events, deadline)) {
	case EVENT_TIMEOUT:
		return DATA_TIMEOUT;
	case EVENT_LOST:
		return DATA_LOST;
	case EVENT_FD:
	case EVENT_CONTROL:
		break;
	}
	return wait_hear(s) ? DATA_OK : DATA_ABORTED;
}

static enum data_status
open_passive(struct session *s, int64_t deadline)
{
	enum data_status status = DATA_OK;

	while (status == DATA_OK) {
		s->data.fd = accept_client(s);
		if (s->data.fd != -1)
			return DATA_OK;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return DATA_FAILED;
		status = wait_for(s, s->data.listener, POLLIN, deadline);
	}
	return status;
}

static enum data_status
open_active(struct session *s, int64_t deadline)
{
	union sock_addr local = s->local;
	enum data_status status;
	struct pollfd p;

	sock_addr_set_port(&local, 0);
	s->data.fd = sock_connect_start(&s->data.target, &local, s->login.token);
	if (s->data.fd == -1)
		return DATA_FAILED;
	p = (struct pollfd){ .fd = s->data.fd, .events = POLLOUT };
	while (poll(&p, 1, 0) == 0) {
		status = wait_for(s, s->data.fd, POLLOUT, deadline);
		if (status != DATA_OK)
			return status;
	}
	errno = sock_error(s->data.fd);
	return errno == 0 ? DATA_OK : DATA_FAILED;
}

enum data_status
data_open(struct session *s)
{
	int64_t deadline = clock_ms() + (int64_t)s->conf->data_timeout;
	enum data_status status;
	int saved;

	status =
	    s->data.kind == DATA_PASSIVE ? open_passive(s, deadline) : open_active(s, deadline);
	saved = errno;
	if (status == DATA_OK) {
		sock_keepalive(s->data.fd);
		/* Under TLS the handshake tells whose it is, and until then others may wait. */
		if (!s->tls.protect)
			close_fd(&s->data.listener);
		s->data.kind = DATA_NONE;
	} else {
		data_reset(s);
	}
	errno = saved;
	return status;
}

bool
data_is_contested(struct session *s)
{
	int fd = s->data.listener == -1 ? -1 : accept_client(s);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

void
data_settle(struct session *s)
{
	close_fd(&s->data.listener);
}

void
data_close(struct session *s, bool hard)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	bool private = s->data.tls != NULL;

	data_settle(s);
	tls_free(s->data.tls);
	s->data.tls = NULL;
	if (hard && s->data.fd != -1)
		(void)setsockopt(s->data.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (private && !hard) {
		/* The client's close_notify may come yet, and unread it would make the kernel reset
		 * the connection, with our last bytes under way. */
		(void)shutdown(s->data.fd, SHUT_WR);
		close_fd(&s->data.lingering);
		s->data.lingering = s->data.fd;
		s->data.fd = -1;
	}
	close_fd(&s->data.fd);
}
