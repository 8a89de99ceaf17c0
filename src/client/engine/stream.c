#include "client/engine/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* What a call that moved nothing means, as errno. */
static ssize_t
trouble(enum tls_status status, short *events_r)
{
	*events_r = status == TLS_WANT_WRITE ? POLLOUT : POLLIN;
	if (status == TLS_WANT_READ || status == TLS_WANT_WRITE)
		errno = EAGAIN;
	else if (status == TLS_CUT)
		errno = EBADMSG;
	else if (errno == 0)    /* else it is the socket's */
		errno = EPROTO;
	return -1;
}

ssize_t
stream_recv(struct tls *t, int fd, void *bytes, size_t n, short *events_r)
{
	enum tls_status status;
	size_t got;

	*events_r = POLLIN;
	if (t == NULL)
		return recv(fd, bytes, n, 0);
	status = tls_read(t, bytes, n, &got);
	if (status == TLS_DONE)
		return (ssize_t)got;
	return status == TLS_CLOSED ? 0 : trouble(status, events_r);
}

ssize_t
stream_send(struct tls *t, int fd, const void *bytes, size_t n, short *events_r)
{
	enum tls_status status;
	size_t sent;

	*events_r = POLLOUT;
	if (t == NULL)
		return send(fd, bytes, n, MSG_NOSIGNAL);
	status = tls_write(t, bytes, n, &sent);
	return status == TLS_DONE ? (ssize_t)sent : trouble(status, events_r);
}
