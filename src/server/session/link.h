/* The session's channel to the keeper: questions with their answers, what needs none, and what the
 * keeper says unasked. */
#ifndef FERRY_SERVER_SESSION_LINK_H
#define FERRY_SERVER_SESSION_LINK_H

#include "server/session/session.h"

#include <stdbool.h>
#include <stdint.h>

/* What is done when the keeper says something that is no answer.  A session has a table of these,
 * whose last row has no function; what is in no row is an answer. */
struct link_handler {
	enum ipc_type type;
	void (*hear)(struct session *s, const struct ipc *m);
};

/* When a keeper that has not answered counts as hanging. */
int64_t link_deadline(const struct session *s);

/* Sends *m to the keeper and waits for its answer, which is then *m, with *fd_r as ipc_recv() has
 * it.  early: events of poll(2) on the control connection that make the answer useless, or 0.
 * False when there will be none, or nobody waits for it; the keeper is as good as gone then. */
bool link_ask(struct session *s, struct ipc *m, short early, int *fd_r);

/* Tells the keeper what needs no answer.  One that takes nothing for seconds is as good as gone:
 * what runs is finished, and no more begun. */
void link_tell(struct session *s, const struct ipc *m);

/* A line for the log, which the keeper writes with the session's true names. */
void link_note(struct session *s, uint32_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Something has come, and nothing was asked. */
void link_read(struct session *s);

#endif
