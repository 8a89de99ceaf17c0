#include "server/transfer/work.h"

#include "base/clock.h"
#include "server/session/control.h"
#include "server/session/reply.h"

#include <errno.h>

void
work_begin(struct session *s, const char *what)
{
	s->transfer =
	    (struct session_transfer){ .running = true, .what = what, .started = clock_ms() };
}

enum transfer_result
work_hear(struct session *s)
{
	/* What came together with the command makes no event. */
	if (s->in.len > 0 && !wait_hear(s))
		return TRANSFER_ABORTED;
	if (control_wait(s, -1, 0, clock_ms()) == EVENT_LOST)
		return TRANSFER_LOST;
	return wait_hear(s) ? TRANSFER_DONE : TRANSFER_ABORTED;
}

void
work_noop(struct session *s)
{
	reply(s, 200, "Nothing done.");
}

bool
work_end(struct session *s, enum transfer_result result, const char *path)
{
	int error = errno;

	s->transfer.running = false;
	if (result == TRANSFER_ABORTED) {
		reply(s, 426, "Stopped before it was done.");
		reply(s, 226, "ABOR done.");
		s->transfer.aborted = false;
	} else if (result == TRANSFER_CHANGED) {
		reply(s, 451, "A file changed while it was read; try again.");
	} else if (result == TRANSFER_LOCAL) {
		reply_errno(s, error, s->transfer.what, path);
	} else if (result != TRANSFER_DONE) {
		session_end(s);
	}
	return result == TRANSFER_DONE;
}
