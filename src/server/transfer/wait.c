#include "server/transfer/wait.h"

#include "base/clock.h"
#include "server/session/control.h"
#include "server/session/reply.h"

#include <errno.h>
#include <poll.h>

void
wait_tell(struct session *s)
{
	reply(s, 211, "%s: %llu bytes in %llu seconds so far.", s->transfer.what,
	    (unsigned long long)s->transfer.bytes,
	    (unsigned long long)(clock_ms() - s->transfer.started) / 1000);
}

bool
wait_hear(struct session *s)
{
	while (line_take(&s->in, "STAT"))
		wait_tell(s);
	if (!line_take(&s->in, "ABOR"))
		return true;
	s->transfer.aborted = true;
	return false;
}

enum transfer_result
wait_look(struct session *s)
{
	s->transfer.heard = s->transfer.bytes;
	switch (control_wait(s, -1, 0, clock_ms())) {
	case EVENT_LOST:
		return TRANSFER_LOST;
	case EVENT_FD:
	case EVENT_CONTROL:
	case EVENT_TIMEOUT:
		break;
	}
	return s->in.len == 0 || wait_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
}

enum transfer_result
wait_data(struct session *s, short events)
{
	s->transfer.heard = s->transfer.bytes;
	/* ABOR may have come with the command, and no event tells of it then. */
	if (s->in.len > 0 && !wait_hear(s))
		return TRANSFER_ABORTED;
	switch (control_wait(s, s->data.fd, events, clock_ms() + (int64_t)s->conf->stall_timeout)) {
	case EVENT_TIMEOUT:
		return TRANSFER_STALLED;
	case EVENT_LOST:
		return TRANSFER_LOST;
	case EVENT_CONTROL:
		return wait_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
	case EVENT_FD:
		/* Both may be ready at once, and a stream of data must not keep ABOR waiting. */
		return s->in.len == 0 || wait_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
	}
	return TRANSFER_LOST;
}

enum transfer_result
wait_of_tls(enum tls_status status, short *events_r)
{
	*events_r = status == TLS_WANT_WRITE ? POLLOUT : POLLIN;
	return status == TLS_DONE || status == TLS_WANT_READ || status == TLS_WANT_WRITE
	    ? TRANSFER_DONE
	    : TRANSFER_BROKEN;
}

bool
wait_is_retry(int error)
{
	return error == EAGAIN || error == EINTR;
}
