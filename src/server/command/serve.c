#include "server/command/serve.h"

#include "base/clock.h"
#include "server/command/cmd_access.h"
#include "server/command/cmd_tls.h"
#include "server/command/dispatch.h"
#include "server/file/lease.h"
#include "server/process/session_fds.h"
#include "server/session/control.h"
#include "server/session/link.h"
#include "server/session/reply.h"
#include "server/transfer/data.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/secure.h"

#include <string.h>
#include <unistd.h>

/* ---- what the keeper says unasked ---- */

static void
hear_stop(struct session *s, const struct ipc *m)
{
	(void)m;
	s->stopping = true;
}

static void
hear_recall(struct session *s, const struct ipc *m)
{
	(void)m;
	lease_recall(s);
}

/* An account that was closed has nobody to serve: the client is told, and is then as good as
 * gone. */
static void
hear_account(struct session *s, const struct ipc *m)
{
	const struct ipc_account *account = &m->u.account;

	lease_set_limited(s, account->limited);
	if (account->enabled)
		return;
	reply(s, 421, "This account has been closed or moved by the administrator.");
	s->in_closed = true;
}

static const struct link_handler unasked[] = {
	{ IPC_STOP, hear_stop },
	{ IPC_RECALL, hear_recall },
	{ IPC_ACCOUNT, hear_account },
	{ IPC_NTYPES, NULL },
};

/* ---- the loop ---- */

static void
greet(struct session *s)
{
	const char *text = s->conf->greeting;

	reply(s, 220, "%s", text[0] != '\0' ? text : "Ferry FTP server ready.");
}

/* One line, taken out of the queue.  False when there is none. */
static bool
run_line(struct session *s)
{
	char line[LINE_MAX_LEN];

	switch (line_next(&s->in, line)) {
	case LINE_NONE:
		return false;
	case LINE_OK:
		dispatch_run(s, line);
		explicit_bzero(line, sizeof(line));
		lease_rest(s);
		break;
	case LINE_TOO_LONG:
		reply(s, 500, "Line too long; %d bytes are the most.", LINE_MAX_LEN - 1);
		break;
	case LINE_NUL:
		reply(s, 501, "A NUL byte has no place in a command.");
		break;
	}
	s->idle_since = clock_ms();
	return true;
}

/* Nothing to do: waits for the client, for the deadline that counts now, or for the server's end,
 * which may have been told while a command ran. */
static void
wait_for_line(struct session *s)
{
	bool in = s->state == ST_IN;
	int64_t deadline = s->idle_since + (int64_t)s->params.idle_timeout;

	if (s->stopping) {
		reply(s, 421, "The server is going down; please come back later.");
		session_end(s);
		return;
	}
	if (!in && s->login.deadline < deadline)
		deadline = s->login.deadline;
	switch (control_wait(s, -1, 0, deadline)) {
	case EVENT_TIMEOUT:
		if (in || deadline != s->login.deadline)
			reply(s, 421, "Nothing came for %llu seconds; closing.",
			    (unsigned long long)s->params.idle_timeout / 1000);
		else
			reply(s, 421, "No login within %llu seconds; closing.",
			    (unsigned long long)s->conf->login_timeout / 1000);
		session_end(s);
		break;
	case EVENT_LOST:
		s->ending = !line_ready(&s->in) || s->out_failed;
		break;
	case EVENT_FD:
	case EVENT_CONTROL:
		break;
	}
}

static void
begin(struct session *s, uint32_t how)
{
	if (s->tls.implicit) {
		/* Such clients need not say PBSZ and PROT: data connections are private at once. */
		if (!secure_control(s))
			return;
		s->tls.pbsz = s->tls.protect = true;
	}
	if (how == REVIVE_GREET)
		greet(s);
	else if (how != REVIVE_SILENT)
		tls_begin(s, how == REVIVE_AUTH_PRIVATE);
}

void
serve_session(struct session *s, const struct session_env *env)
{
	s->conf = env->conf;
	s->privilege = env->privilege;
	s->charsets = env->charsets;
	s->peer = *env->peer;
	s->tls.context = env->tls;
	s->tls.implicit = env->implicit;
	s->unasked = unasked;
	s->data.listener = s->data.fd = s->data.lingering = -1;
	s->idle_since = clock_ms();
	s->login.deadline = s->idle_since + (int64_t)s->conf->login_timeout;
	access_reset(s);
	if (env->before != NULL &&
	    !line_feed(&s->in, (const unsigned char *)env->before->bytes, env->before->len))
		_exit(1);
	if (sock_local_addr(SESSION_CONTROL, &s->local)) {
		begin(s, env->before == NULL ? REVIVE_GREET : env->before->how);
		while (!s->ending)
			if (s->stopping || !run_line(s))
				wait_for_line(s);
		data_reset(s);
		lease_end(s);
		control_close(s);
	}
	hashmem_free(s);
	line_clear(&s->in);
}

noreturn void
serve_run(const struct session_env *env)
{
	static struct session session;  /* the process's one; all else is passed it */

	serve_session(&session, env);
	_exit(0);
}
