#include "server/session/link.h"

#include "base/clock.h"
#include "server/process/session_fds.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* For the keeper's own work, on a busy machine. */
#define KEEPER_WORK_MS 5000

int64_t
link_deadline(const struct session *s)
{
	/* A wrong password is answered with a delay, which is no hanging. */
	return clock_ms() +
	    (int64_t)(s->conf->login_timeout + IPC_DELAYS_MOST * s->conf->login_failure_delay) +
	    KEEPER_WORK_MS;
}

void
link_tell(struct session *s, const struct ipc *m)
{
	if (!s->keeper_gone && ipc_send(SESSION_CHAN, m, -1) == -1)
		s->stopping = s->keeper_gone = true;
}

void
link_note(struct session *s, uint32_t level, const char *fmt, ...)
{
	struct ipc m = { .type = IPC_NOTE };
	va_list ap;

	if (level > s->conf->log_level)
		return;
	m.u.note.level = level;
	va_start(ap, fmt);
	vsnprintf(m.u.note.text, sizeof(m.u.note.text), fmt, ap);
	va_end(ap);
	link_tell(s, &m);
}

/* False for an answer. */
static bool
hear(struct session *s, const struct ipc *m)
{
	for (const struct link_handler *h = s->unasked; h->hear != NULL; h++) {
		if ((uint32_t)h->type == m->type) {
			h->hear(s, m);
			return true;
		}
	}
	return false;
}

void
link_read(struct session *s)
{
	struct ipc m;
	int fd;

	/* Without its keeper a session may finish what runs, and nothing more. */
	if (ipc_recv(SESSION_CHAN, s->state == ST_IN ? SESSION_IN : SESSION_PRE, &m, &fd) != 1) {
		s->stopping = s->keeper_gone = true;
		return;
	}
	(void)hear(s, &m);
	if (fd != -1)
		close(fd);
}

bool
link_ask(struct session *s, struct ipc *m, short early, int *fd_r)
{
	struct pollfd fds[2] = { { .fd = SESSION_CHAN, .events = POLLIN },
		{ .fd = early == 0 ? -1 : SESSION_CONTROL, .events = early } };
	enum ipc_at at = s->state == ST_IN ? SESSION_IN : SESSION_PRE;
	uint32_t question = m->type;
	int64_t deadline = link_deadline(s);

	*fd_r = -1;
	link_tell(s, m);
	while (!s->keeper_gone) {
		int n = poll(fds, 2, clock_poll_timeout(deadline));

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || (fds[0].revents == 0 && fds[1].revents != 0) ||
		    ipc_recv(SESSION_CHAN, at, m, fd_r) != 1)
			break;
		if (hear(s, m))
			continue;
		if (ipc_is_answer(question, m->type))
			return true;
		if (*fd_r != -1)
			close(*fd_r);
		*fd_r = -1;
		break;
	}
	/* An answer that came later would be taken for the next one's. */
	s->stopping = s->keeper_gone = true;
	return false;
}
