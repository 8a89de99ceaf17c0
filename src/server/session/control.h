/* The session's control connection: bytes in and out, through TLS where that stands, and the one
 * place where a session waits. */
#ifndef FERRY_SERVER_SESSION_CONTROL_H
#define FERRY_SERVER_SESSION_CONTROL_H

#include "server/session/session.h"

#include <stdint.h>

/* What control_wait() saw. */
enum control_event {
	EVENT_FD,       /* the descriptor waited for is ready */
	EVENT_CONTROL,  /* something came on the control connection */
	EVENT_TIMEOUT,
	EVENT_LOST      /* the control connection is gone */
};

/* Sends what replies wait, then waits until fd (-1: none) is ready for events of poll(2), something
 * comes on the control connection, or the deadline passes.  What comes is decoded into s->in. */
enum control_event control_wait(struct session *s, int fd, short events, int64_t deadline);

/* So many milliseconds from now; before the login, when the time for that is over, if that is
 * sooner. */
int64_t control_deadline(const struct session *s, uint64_t ms);

/* Sends the replies that wait.  What cannot be sent in the stall timeout sets out_failed, and
 * before the login what cannot be sent in the time for that. */
void control_flush(struct session *s);

/* Sends the replies that wait, and closes so that the last of them arrives. */
void control_close(struct session *s);

#endif
