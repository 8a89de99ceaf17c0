#include "server/listener/listener.h"

#include "base/chan.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/sock.h"
#include "server/command/serve.h"
#include "server/listener/certificate.h"
#include "server/listener/notify.h"
#include "server/listener/preflight.h"
#include "server/listener/renewal.h"
#include "server/listener/roster.h"
#include "server/listener/sockets.h"
#include "server/process/counter.h"
#include "server/process/detach.h"
#include "server/process/filter.h"
#include "server/process/handover.h"
#include "server/process/ids.h"
#include "server/process/ipc.h"
#include "server/process/logs.h"
#include "server/process/privilege.h"
#include "server/process/repeats.h"
#include "server/process/session_fds.h"
#include "server/process/title.h"
#include "server/process/walls.h"
#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACCEPTS_AT_ONCE    64           /* before signals are looked at again */
#define FILES_RESERVED     48 /* descriptors of the keeper that are no session's, and some air */
#define KEEPER_RESTART_MS  1000
#define KEEPER_END_MS      5000
#define LAST_WORDS_MS      1000         /* for the 421 of sessions that cannot go on */
#define KEEPER_TAKES_S     5 /* what a session waits for a keeper that takes no message */

/* Executing ourselves anew takes some milliseconds; who crashes session after session shall not
 * keep us busy with it. */
#define RENEWALS_MOST      20
#define RENEWALS_MS        60000

/* Lines of the log in a minute: for an address that is turned away, and for one whose sessions
 * crash.  Of crashes each is worth reading, but not thousands. */
#define LINES_AWAY         1
#define LINES_ENDED        200
#define ACCEPT_FAILED_MS   60000

struct listener {
	const struct listener_args *args;
	struct conf conf;
	struct privilege privilege;
	struct filter filter;
	struct charsets charsets;
	int program;
	int signals;

	struct sockets sockets;
	struct certificate certificate;
	int connection;                 /* -1, or inetd's, until there is a session for it */
	int own_stderr;                 /* standard error as it was at the start */
	struct walls walls;

	int keeper_chan;                /* -1: there is no keeper */
	pid_t keeper_pid;
	bool served;                    /* a keeper has been ready once */
	int64_t keeper_again;           /* when a new keeper may be started */
	/* its lock, held for it while sessions may outlive it; -1: not ready yet */
	struct store_keeper keeper;
	uint64_t keeper_first;          /* sessions up to this number had another keeper */
	bool reaped;                    /* of these none is left, and the keeper knows */
	/* to the keeper, which had no room for it; nothing of its is read before */
	struct ipc owed;
	int owed_fd;                    /* that goes with it; -1: nothing is owed */

	struct roster sessions;
	uint64_t next_number;
	uint64_t files;                 /* that a process of ours may have open */

	bool stopping;
	int64_t kill_at;                /* while stopping: sessions that are left then are killed */
	bool renew;                     /* a session crashed: execute ourselves anew */
	struct renewals renewals;
	struct repeats away;            /* lines of those that were turned away */
	struct repeats ended;           /* lines of sessions that have not ended by themselves */
	int64_t accept_told;            /* that a connection could not be accepted; 0: never */
	int status;
};

/* ---- the keeper ---- */

/* In the child: becomes the keeper's program. */
static void
exec_keeper(struct listener *l, int chan)
{
	struct handover_keeper start = {
		.conf = l->conf, .privilege = l->privilege, .chan = chan, .before = l->keeper
	};
	char number[16], name[] = "ferryd", option[] = "--keeper";
	char *argv[] = { name, option, number, NULL };
	int fd;

	start.transfer_log = l->conf.transfer_log[0] == '\0' ? -1 : logs_open(l->conf.transfer_log);
	fd = handover_write(&start, sizeof(start), NULL, 0);
	snprintf(number, sizeof(number), "%d", fd);
	handover_exec(
	    l->program, argv, (const int[]){ fd, chan, start.transfer_log, l->keeper.lock }, 4);
	log_error("cannot execute the keeper: %s", strerror(errno));
	_exit(1);
}

static bool
start_keeper(struct listener *l)
{
	int sv[2];

	l->keeper_again = clock_ms() + KEEPER_RESTART_MS;
	if (chan_pair(sv) == -1) {
		log_error("cannot start the keeper: %s", strerror(errno));
		return false;
	}
	l->keeper_pid = fork();
	if (l->keeper_pid == 0)
		exec_keeper(l, sv[1]);
	close(sv[1]);
	if (l->keeper_pid == -1) {
		log_error("cannot start the keeper: %s", strerror(errno));
		close(sv[0]);
		return false;
	}
	/* It was for the one before. */
	if (l->owed_fd != -1)
		close(l->owed_fd);
	l->owed_fd = -1;
	l->keeper_chan = sv[0];
	l->keeper_first = l->next_number;
	l->reaped = false;
	/* A keeper that is behind must not hold up the listener: connections are turned away
	 * then. */
	(void)fcntl(l->keeper_chan, F_SETFL, O_NONBLOCK);
	return true;
}

static void
tell_keeper(struct listener *l, enum ipc_type type, int fd)
{
	const struct ipc m = { .type = type };

	if (l->keeper_chan != -1 && ipc_send(l->keeper_chan, &m, fd) == -1)
		log_error("the keeper does not listen: %s", strerror(errno));
}

/* Tells it, once, when the last session of its predecessors has gone. */
static void
tell_reaped(struct listener *l)
{
	/* First, for at the end of each session all others would be looked at. */
	if (l->keeper_chan == -1 || l->reaped)
		return;
	for (size_t i = 0; i < l->sessions.count; i++)
		if (l->sessions.rows[i].number <= l->keeper_first)
			return;
	tell_keeper(l, IPC_REAPED, -1);
	l->reaped = true;
}

/* ---- sessions ---- */

/* In the child: from here on it is confined.  Its two descriptors get their numbers, all others go.
 * control -1: there is none.  opened: what the keeper was told of it; its token goes into the
 * filter, and out of memory. */
static void
confine(struct listener *l, int control, int chan, struct ipc_open *opened)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high_control = fcntl(control == -1 ? null : control, F_DUPFD_CLOEXEC, SESSION_NFDS);
	int high_chan = fcntl(chan, F_DUPFD_CLOEXEC, SESSION_NFDS);

	if (null == -1 || high_control == -1 || high_chan == -1 ||
	    !privilege_become_session(&l->privilege)) {
		log_error("cannot confine a session: %s", strerror(errno));
		_exit(1);
	}
	/* Only the keeper writes a session's lines, under the session's true name. */
#ifndef FERRY_SANITIZERS
	(void)dup2(null, STDERR_FILENO);
#endif
	close(null);
	if (dup2(high_control, SESSION_CONTROL) == -1 || dup2(high_chan, SESSION_CHAN) == -1 ||
	    close_range(SESSION_NFDS, ~0U, 0) == -1 || !filter_load(&l->filter, &opened->token))
		_exit(1);       /* the listener tells by the status */
}

static void
become_session(struct listener *l, int control, int chan, struct ipc_open *opened,
    const union sock_addr *peer, bool tls, const struct ipc_revive *before)
{
	const struct session_env env = { .conf = &l->conf,
		.privilege = &l->privilege,
		.charsets = &l->charsets,
		.tls = l->certificate.tls,
		.peer = peer,
		.implicit = tls,
		.before = before };
	char text[SOCK_TEXT_LEN];

	title_set("session %s", sock_addr_text(peer, text));
	confine(l, control, chan, opened);
	serve_run(&env);
}

/* A secret for one session and the keeper.  False when the system has no random numbers. */
static bool
draw_token(struct ipc_open *opened)
{
	return getrandom(&opened->token, sizeof(opened->token), 0) ==
	    (ssize_t)sizeof(opened->token);
}

/* Takes fd over.  Whoever tries again at full speed is told each time, and the log not. */
static void
turn_away(struct listener *l, int fd, const union sock_addr *peer, const char *why)
{
	sockets_turn_away(fd, repeats_add(&l->away, peer, clock_ms()) ? peer : NULL, why);
}

/* Takes fd over.  tls: the client begins with TLS.  before: what another session left of this
 * connection, or NULL. */
static void
start_session(struct listener *l, int fd, const union sock_addr *peer, bool tls,
    const struct ipc_revive *before)
{
	const struct timeval patience = { .tv_sec = KEEPER_TAKES_S };
	struct ipc m = { .type = IPC_OPEN };
	struct roster_row row;
	int sv[2];
	pid_t pid;

	certificate_refresh(&l->certificate, &l->conf);
	if (l->keeper_chan == -1 || chan_pair(sv) == -1) {
		turn_away(l, fd, peer, "The service is not ready; try again in a moment.");
		return;
	}
	(void)setsockopt(sv[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	m.u.open.peer = *peer;
	m.u.open.number = ++l->next_number;
	/* What the keeper cannot take now is turned away: its queue is the measure of being
	 * busy. */
	if (!draw_token(&m.u.open) || ipc_send(l->keeper_chan, &m, sv[0]) == -1) {
		close(sv[0]);
		close(sv[1]);
		turn_away(l, fd, peer, "Too many connections at once; try again in a moment.");
		return;
	}
	pid = fork();
	if (pid == 0)
		become_session(l, fd, sv[1], &m.u.open, peer, tls, before);
	/* The sessions after it shall not have it either. */
	explicit_bzero(&m.u.open.token, sizeof(m.u.open.token));
	close(sv[0]);
	close(sv[1]);
	row = (struct roster_row){ .pid = pid, .peer = *peer, .number = l->next_number };
	if (pid == -1 || !roster_add(&l->sessions, &row)) {
		if (pid > 0)
			kill(pid, SIGKILL);
		turn_away(
		    l, fd, peer, "This machine has no room for another session; try again later.");
		return;
	}
	close(fd);
}

/* For the keeper, which has given the counter that number. */
static void
start_counter(struct listener *l, int64_t number)
{
	struct ipc m = { .type = IPC_OPEN };
	struct roster_row row = { .pid = -1 };
	int sv[2];

	if (chan_pair(sv) == -1) {
		log_error("nothing can be counted: %s", strerror(errno));
		return;
	}
	m.u.open.number = ++l->next_number;
	m.u.open.count = number;
	if (draw_token(&m.u.open) && ipc_send(l->keeper_chan, &m, sv[0]) == 0)
		row.pid = fork();
	if (row.pid == 0) {
		title_set("counter");
		confine(l, -1, sv[1], &m.u.open);
		counter_run(&l->privilege);
	}
	close(sv[0]);
	close(sv[1]);
	row.number = l->next_number;
	if (row.pid > 0 && !roster_add(&l->sessions, &row))
		kill(row.pid, SIGKILL);
}

/* How many sessions there is room for: each costs the keeper a descriptor. */
static uint64_t
places(const struct listener *l)
{
	uint64_t room = l->files > FILES_RESERVED ? l->files - FILES_RESERVED : 1;

	return room < l->conf.max_sessions ? room : l->conf.max_sessions;
}

/* Takes fd over.  tls: the client begins with TLS.  before: what the session left that gave this
 * connection back, or NULL; it is still counted, until it is reaped. */
static void
accept_one(
    struct listener *l, int fd, union sock_addr *peer, bool tls, const struct ipc_revive *before)
{
	size_t gone = before != NULL;
	char why[128];

	sock_addr_unmap(peer);
	if (l->sessions.count >= places(l) + gone) {
		snprintf(why, sizeof(why), "All %llu places are taken; try again later.",
		    (unsigned long long)places(l));
		turn_away(l, fd, peer, why);
	} else if (roster_of(&l->sessions, peer) >= l->conf.max_sessions_per_address + gone) {
		snprintf(why, sizeof(why),
		    "Your address has %llu connections here already, the most allowed.",
		    (unsigned long long)l->conf.max_sessions_per_address);
		turn_away(l, fd, peer, why);
	} else {
		start_session(l, fd, peer, tls, before);
	}
}

/* Those who connect can make it so, for as long as they like. */
static void
accept_failed(struct listener *l, int error)
{
	int64_t now = clock_ms();

	if (l->accept_told != 0 && now - l->accept_told < ACCEPT_FAILED_MS)
		return;
	l->accept_told = now;
	log_error("cannot accept a connection: %s; this is told once a minute", strerror(error));
}

static void
accept_all(struct listener *l, int sock, bool tls)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		union sock_addr peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(sock, &peer.sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd == -1) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			    errno == ENOBUFS) {
				accept_failed(l, errno);
				/* not at full speed while it lasts */
				(void)poll(NULL, 0, 100);
			}
			return;
		}
		accept_one(l, fd, &peer, tls, NULL);
	}
}

/* A counter has no peer; it is the keeper that starts those, and not often. */
static bool
may_tell_end(struct listener *l, const struct roster_row *s)
{
	return s->peer.sa.sa_family == AF_UNSPEC || repeats_add(&l->ended, &s->peer, clock_ms());
}

static void
session_ended(struct listener *l, struct roster_row *s, int status)
{
	char text[SOCK_TEXT_LEN];

	if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && may_tell_end(l, s))
		log_error("session=%llu peer=%s ended with status %d before it began",
		    (unsigned long long)s->number, sock_addr_text(&s->peer, text),
		    WEXITSTATUS(status));
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM) {
		if (may_tell_end(l, s))
			log_error("session=%llu peer=%s ended by signal %d (%s)%s",
			    (unsigned long long)s->number, sock_addr_text(&s->peer, text),
			    WTERMSIG(status), strsignal(WTERMSIG(status)),
			    l->args->inetd ? "" : "; the server renews its address layout");
		l->renew = !l->args->inetd;
	}
	roster_remove(&l->sessions, s);
	tell_reaped(l);
}

/* ---- events ---- */

static void
keeper_ended(struct listener *l, int status)
{
	if (l->keeper_chan != -1)
		close(l->keeper_chan);
	l->keeper_chan = -1;
	l->keeper_pid = -1;
	if (l->stopping)
		return;
	if (!l->served) {
		/* What is wrong from the start is for the administrator to put right.  One that
		 * ends by itself has said why. */
		if (WIFSIGNALED(status))
			log_error(
			    "the keeper ended (signal %d) before it was ready", WTERMSIG(status));
		l->stopping = true;
		l->status = 1;
		l->kill_at = clock_ms() + LAST_WORDS_MS;
		return;
	}
	log_error("the keeper ended (%s %d); a new one is started",
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void
reap(struct listener *l)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct roster_row *session = roster_find(&l->sessions, pid);

		if (pid == l->keeper_pid)
			keeper_ended(l, status);
		else if (session != NULL)
			session_ended(l, session, status);
	}
}

/* The keeper grants a login: from here on the session may become these ids, and is to get its home
 * without a way out. */
static void
admit(struct listener *l, const struct ipc_admit *ask, int home)
{
	struct roster_row *row = roster_numbered(&l->sessions, ask->number);
	int tree = -1;

	if (row == NULL) {
		close(home);
		return;         /* the keeper finds its end by itself */
	}
	row->granted = true;
	row->uid = ask->uid;
	row->gid = ask->gid;
	l->owed = (struct ipc){ .type = IPC_ADMITTED };
	l->owed.u.admitted.number = ask->number;
	l->owed.u.admitted.detached = l->walls.detaches;
	if (l->walls.detaches) {
		tree = detach(home);
		l->owed.u.admitted.error = tree == -1 ? errno : 0;
	}
	l->owed_fd = home;
	if (tree != -1) {
		close(home);
		l->owed_fd = tree;
	}
}

/* Sends what is owed.  False while the keeper has no room for it. */
static bool
pay_keeper(struct listener *l)
{
	if (l->owed_fd == -1)
		return true;
	if (ipc_send(l->keeper_chan, &l->owed, l->owed_fd) == -1 && errno == EAGAIN)
		return false;
	/* Whatever else is wrong with the channel is found out by reading it. */
	close(l->owed_fd);
	l->owed_fd = -1;
	return true;
}

/* For ferryctl, and whoever else wants to send a signal. */
static void
write_pid_file(const struct listener *l)
{
	char error[PATH_MAX + 128];

	if (l->conf.pid_file[0] != '\0' && !l->args->inetd &&
	    !pidfile_write(l->conf.pid_file, error, sizeof(error)))
		log_error("pid-file: %s", error);
}

static void
handle_keeper(struct listener *l, const struct ipc *m, int fd)
{
	union sock_addr peer;

	if (m->type == IPC_READY) {
		if (!l->served)
			write_pid_file(l);
		l->served = true;
		/* The same lock for all that follow: it says that one of them, or a session of
		 * theirs, lives. */
		if (l->keeper.lock == -1)
			l->keeper.lock = fd;
		else
			close(fd);
		l->keeper.key = m->u.ready.key;
		tell_reaped(l);
		notify_send("READY=1\nSTATUS=Serving");
	} else if (m->type == IPC_COUNT) {
		if (!l->stopping)
			start_counter(l, m->u.count.number);
	} else if (m->type == IPC_ADMIT) {
		admit(l, &m->u.admit, fd);
	} else if (m->type == IPC_REVIVE && !l->stopping && sock_peer_addr(fd, &peer)) {
		accept_one(l, fd, &peer, false, &m->u.revive);
	} else if (fd != -1) {
		close(fd);
	}
}

/* All that has come: a connection that is given back must be seen before its old session's end. */
static void
keeper_readable(struct listener *l)
{
	struct ipc m;
	int fd, rc;

	do {
		if (!pay_keeper(l))
			return;
		rc = ipc_recv(l->keeper_chan, LISTENER, &m, &fd);
		if (rc == 1)
			handle_keeper(l, &m, fd);
	} while (rc == 1);
	if (rc == -1 && errno == EAGAIN)
		return;
	/* Its end is told by SIGCHLD; until then nothing comes any more.  One that is killed leaves
	 * a reset. */
	if (rc == -1 && errno != ECONNRESET)
		log_error("the keeper sent nonsense: %s", strerror(errno));
	close(l->keeper_chan);
	l->keeper_chan = -1;
}

/* Whether that process may make itself what it asks for. */
static bool
may_become(struct listener *l, const struct ids_call *call)
{
	struct roster_row *row = roster_find(&l->sessions, call->pid);
	char text[SOCK_TEXT_LEN];

	if (l->keeper_pid == call->pid)
		return ids_is(call, l->privilege.keeper_uid, l->privilege.keeper_gid);
	if (row == NULL)
		return false;
	if (row->granted && ids_is(call, row->uid, row->gid))
		return true;
	/* No session of ours asks for others: this one has been taken over. */
	if (may_tell_end(l, row))
		log_error(
		    "session=%llu peer=%s attack: it asked to become %s %llu, %llu, %llu, which nobody granted; "
		    "it is killed",
		    (unsigned long long)row->number, sock_addr_text(&row->peer, text),
		    call->group ? "group" : "user", (unsigned long long)call->args[0],
		    (unsigned long long)call->args[1], (unsigned long long)call->args[2]);
	kill(row->pid, SIGKILL);
	l->renew = !l->args->inetd;
	return false;
}

static void
ids_readable(struct listener *l)
{
	struct ids_call call;

	if (ids_next(l->walls.ids, &call))
		ids_answer(l->walls.ids, &call, may_become(l, &call));
}

/* What listener and keeper have built upon stays as it was, for a keeper that is started again
 * too. */
static void
keep_what_stays(const struct conf *old, struct conf *fresh)
{
	if (strcmp(old->store, fresh->store) != 0 ||
	    strcmp(old->keeper_user, fresh->keeper_user) != 0 ||
	    strcmp(old->session_user, fresh->session_user) != 0 || old->min_uid != fresh->min_uid ||
	    old->hash_workers != fresh->hash_workers || strcmp(old->pid_file, fresh->pid_file) != 0)
		log_warning(
		    "store, keeper-user, session-user, min-uid, hash-workers and pid-file change only when "
		    "ferryd is started again");
	memcpy(fresh->pid_file, old->pid_file, sizeof(fresh->pid_file));
	memcpy(fresh->store, old->store, sizeof(fresh->store));
	memcpy(fresh->keeper_user, old->keeper_user, sizeof(fresh->keeper_user));
	memcpy(fresh->session_user, old->session_user, sizeof(fresh->session_user));
	fresh->min_uid = old->min_uid;
	fresh->hash_workers = old->hash_workers;
}

static void
share_conf(struct listener *l)
{
	int fd = handover_write(&l->conf, sizeof(l->conf), NULL, 0);

	if (fd == -1) {
		log_error("cannot hand the configuration to the keeper: %s", strerror(errno));
		return;
	}
	tell_keeper(l, IPC_CONF, fd);
	close(fd);
	if (conf_log_kind(&l->conf) != CONF_LOG_SYSLOG)
		tell_keeper(l, IPC_LOG, STDERR_FILENO);
	fd = l->conf.transfer_log[0] == '\0' ? -1 : logs_open(l->conf.transfer_log);
	if (fd != -1) {
		tell_keeper(l, IPC_TRANSFER_LOG, fd);
		close(fd);
	}
}

/* Sessions may make connections only where clients may ask for them. */
static void
follow_active(struct listener *l, bool active)
{
	struct filter fresh;

	if (active == l->conf.active || !filter_build(&fresh, (uint32_t)l->conf.min_uid, active))
		return;
	filter_free(&l->filter);
	l->filter = fresh;
}

static void
reload(struct listener *l)
{
	struct charsets charsets = { .sets = { NULL } };
	struct conf fresh;

	notify_reloading();
	if (!logs_load_conf(l->args->conf_path, &l->args->options, &fresh) || !logs_try(&fresh) ||
	    !preflight_charsets(&charsets, &fresh) ||
	    !preflight_certificate(&l->certificate, l->args, &l->sockets, &fresh) ||
	    (!l->sockets.given && !l->args->inetd && !sockets_open(&l->sockets, &fresh))) {
		charsets_close(&charsets);
		log_error("the configuration stays what it was");
	} else {
		charsets_close(&l->charsets);
		l->charsets = charsets;
		keep_what_stays(&l->conf, &fresh);
		follow_active(l, fresh.active);
		if (l->args->no_stderr)
			logs_avoid_stderr(&fresh);
		l->conf = fresh;
		sockets_choose_ports(&l->conf);
		(void)logs_start(&l->conf, l->own_stderr);
		share_conf(l);
		log_info("configuration read again");
		sockets_log(&l->sockets);
	}
	notify_send("READY=1\nSTATUS=Serving");
}

static void
begin_stop(struct listener *l, const char *why)
{
	if (l->stopping) {
		l->kill_at = clock_ms();        /* asked twice: at once */
		return;
	}
	log_info("ending: %s; running transfers get %llu s", why,
	    (unsigned long long)l->conf.shutdown_timeout / 1000);
	notify_send("STOPPING=1");
	l->stopping = true;
	l->kill_at = clock_ms() + (int64_t)l->conf.shutdown_timeout;
	sockets_close(&l->sockets);
	tell_keeper(l, IPC_STOP, -1);
}

static void
handle_signals(struct listener *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(l);
			break;
		case SIGHUP:
			if (!l->stopping)
				reload(l);
			break;
		default:
			begin_stop(l, strsignal((int)info.ssi_signo));
		}
	}
}

/* ---- start and end ---- */

/* Keeper and sessions inherit the mask: a Ctrl-C, or a service manager, that signals all of them at
 * once reaches the listener alone, and it ends the others gracefully. */
static bool
catch_signals(struct listener *l)
{
	static const int heard[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++) {
		sigaddset(&set, heard[i]);
		/* What the parent ignored would never come, and ended sessions would hold their
		 * places. */
		(void)signal(heard[i], SIG_DFL);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* What grows beyond RLIMIT_FSIZE is then EFBIG, which has a reply, instead of a session's
	 * death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Somebody waits for the lease of writers.c, which is given back at once in any case. */
	(void)signal(SIGIO, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return false;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals != -1;
}

static void
raise_limits(struct listener *l)
{
	struct rlimit files;
	/* A core handler behind a pipe gets cores whatever the limit is, but for this one
	 * (core_pattern of the kernel). */
	const struct rlimit no_core = { 1, 1 };

	l->files = UINT64_MAX;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
		l->files = files.rlim_max;
	}
	(void)setrlimit(RLIMIT_CORE, &no_core);
}

/* Sessions and sockets of the image before. */
static bool
resume(struct listener *l)
{
	char error[PATH_MAX + 512];
	struct handover_listener h;
	int fd = l->args->resume;

	bool whole = handover_read(fd, 0, &h, sizeof(h));

	for (size_t i = 0; whole && i < h.nsessions; i++) {
		struct roster_row row;

		whole = handover_read(fd, sizeof(h) + i * sizeof(row), &row, sizeof(row)) &&
		    roster_add(&l->sessions, &row);
	}
	close(fd);
	if (!whole) {
		log_error("cannot go on with what was running: %s", strerror(errno));
		return false;
	}
	l->conf = h.conf;
	l->privilege = h.privilege;
	l->sockets = h.sockets;
	l->certificate = h.certificate;
	l->own_stderr = h.own_stderr;
	l->walls = h.walls;
	l->renewals = h.renewals;
	l->away = h.away;
	l->ended = h.ended;
	l->keeper_chan = h.keeper_chan;
	l->keeper_pid = h.keeper_pid;
	l->keeper = h.keeper;
	l->keeper_first = h.keeper_first;
	l->reaped = h.reaped;
	l->served = true;
	l->next_number = h.next_number;
	for (size_t i = 0; i < l->sockets.count; i++)
		(void)fcntl(l->sockets.fd[i], F_SETFD, FD_CLOEXEC);
	(void)fcntl(l->keeper_chan, F_SETFD, FD_CLOEXEC);
	if (l->keeper.lock != -1)
		(void)fcntl(l->keeper.lock, F_SETFD, FD_CLOEXEC);
	if (l->walls.ids != -1)
		(void)fcntl(l->walls.ids, F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		if (l->certificate.kept[i] != -1)
			(void)fcntl(l->certificate.kept[i], F_SETFD, FD_CLOEXEC);
	(void)fcntl(l->privilege.empty_dir, F_SETFD, FD_CLOEXEC);
	(void)fcntl(l->own_stderr, F_SETFD, FD_CLOEXEC);
	logs_use(&l->conf);
	/* What served before serves after it: nothing here may end the server. */
	if (!certificate_resume(&l->certificate, &l->conf, error, sizeof(error)))
		log_error("%s; there is no TLS until it is good again", error);
	return true;
}

/* Executes ferryd anew with all that is open.  On failure the old image goes on. */
static void
renew(struct listener *l)
{
	struct handover_listener h = { .conf = l->conf,
		.privilege = l->privilege,
		.sockets = l->sockets,
		.certificate = l->certificate,
		.own_stderr = l->own_stderr,
		.walls = l->walls,
		.away = l->away,
		.ended = l->ended,
		.keeper_chan = l->keeper_chan,
		.keeper_pid = l->keeper_pid,
		.keeper = l->keeper,
		.keeper_first = l->keeper_first,
		.reaped = l->reaped,
		.next_number = l->next_number,
		.nsessions = l->sessions.count };
	const struct conf_options *options = &l->args->options;
	int keep[SOCKETS_MAX + CERTIFICATE_FILES + 6];
	size_t nkeep = l->sockets.count;
	char number[16];
	const char **argv = calloc(options->count * 2 + 8, sizeof(argv[0]));
	size_t argc = 0;
	int fd;

	l->renew = false;
	l->renewals.count++;
	h.renewals = l->renewals;
	fd = handover_write(
	    &h, sizeof(h), l->sessions.rows, h.nsessions * sizeof(l->sessions.rows[0]));
	if (argv == NULL || fd == -1 || !privilege_keep_over_exec(&l->privilege))
		goto out;
	snprintf(number, sizeof(number), "%d", fd);
	argv[argc++] = "ferryd";
	if (l->args->conf_path != NULL) {
		argv[argc++] = "-f";
		argv[argc++] = l->args->conf_path;
	}
	for (size_t i = 0; i < options->count; i++) {
		argv[argc++] = "-o";
		argv[argc++] = options->items[i];
	}
	argv[argc++] = "--resume";
	argv[argc] = number;
	memcpy(keep, l->sockets.fd, nkeep * sizeof(keep[0]));
	keep[nkeep++] = l->keeper_chan;
	keep[nkeep++] = l->keeper.lock;
	keep[nkeep++] = l->walls.ids;
	for (size_t i = 0; i < CERTIFICATE_FILES; i++)
		keep[nkeep++] = l->certificate.kept[i];
	keep[nkeep++] = l->privilege.empty_dir;
	keep[nkeep++] = l->own_stderr;
	keep[nkeep++] = fd;
	handover_exec(l->program, (char *const *)argv, keep, nkeep);
out:
	log_error("cannot execute ferryd anew: %s; its address layout stays", strerror(errno));
	free(argv);
	if (fd != -1)
		close(fd);
}

/* Nothing of ours reads standard input or writes standard output, and sessions should not hold
 * them.  From inetd they are the connection, which the session alone may hold, or closing it would
 * not end it. */
static bool
leave_standard_streams(bool no_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool ok;

	ok = null != -1 && dup2(null, STDIN_FILENO) != -1 && dup2(null, STDOUT_FILENO) != -1 &&
	    (!no_stderr || dup2(null, STDERR_FILENO) != -1);
	if (!ok)
		log_error("/dev/null: %s", strerror(errno));
	if (null > STDERR_FILENO)
		close(null);
	return ok;
}

/* The one connection, from standard input. */
static bool
take_connection(struct listener *l)
{
	union sock_addr peer;

	if (!sock_peer_addr(STDIN_FILENO, &peer)) {
		log_error(errno == ENOTCONN ? "--inetd: the client has gone already: %s"
					    : "--inetd: standard input is no TCP connection: %s",
		    strerror(errno));
		return false;
	}
	l->connection = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, SESSION_NFDS);
	if (l->connection == -1) {
		log_error("--inetd: %s", strerror(errno));
		return false;
	}
	sockets_set_options(l->connection);
	(void)fcntl(l->connection, F_SETFL, O_NONBLOCK);
	return true;
}

static void
serve_inetd(struct listener *l)
{
	int fd = l->connection;
	union sock_addr peer;

	l->connection = -1;
	if (sock_peer_addr(fd, &peer))
		start_session(l, fd, &peer, l->args->ftps, NULL);
	else
		close(fd);
}

/* Finds out whether all is right, and takes over what it found. */
static bool
look_first(struct listener *l)
{
	struct preflight p;
	bool ok = preflight_run(&p, l->args, &l->conf, false);

	if (ok) {
		l->sockets = p.sockets;
		l->certificate = p.certificate;
		l->charsets = p.charsets;
		l->privilege = p.privilege;
	} else {
		preflight_free(&p);
	}
	return ok;
}

static bool
start_logs(struct listener *l)
{
	if (!logs_try(&l->conf) || !leave_standard_streams(l->args->no_stderr))
		return false;
	l->own_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, SESSION_NFDS);
	return logs_start(&l->conf, l->own_stderr);
}

/* From inetd standard error may be nobody's to read, so what is wrong goes to the log. */
static bool
start_fresh(struct listener *l)
{
	if (l->args->inetd)
		return take_connection(l) && start_logs(l) && look_first(l);
	return look_first(l) && start_logs(l);
}

static void
warn(const char *line)
{
	log_warning("%s", line);
}

/* From inetd it would be said for each connection; ferryd -t says it too. */
static void
say_nothing(const char *line)
{
	(void)line;
}

static bool
start(struct listener *l)
{
	bool resumed = l->args->resume != -1;
	char error[PATH_MAX + 128];

	raise_limits(l);
	/* Once for all sessions: in their own roots there is nothing to load, and what is made here
	 * costs none of them memory. */
	if (!digest_init()) {
		log_error("libcrypto lacks one of SHA-256, SHA-512, SHA-1 and MD5");
		return false;
	}
	l->program = handover_program();
	if (l->program == -1 || !catch_signals(l)) {
		log_error("cannot start: %s", strerror(errno));
		return false;
	}
	if (resumed ? !resume(l) : !start_fresh(l))
		return false;
	/* Whoever has sessions already goes on, with their clients in UTF-8 if need be. */
	if (resumed)
		(void)preflight_charsets(&l->charsets, &l->conf);
	if ((resumed && !privilege_resume(&l->privilege)) ||
	    !filter_build(&l->filter, (uint32_t)l->conf.min_uid, l->conf.active))
		return false;
	if (resumed)
		return true;
	if (!filter_load_listener())
		return false;
	walls_raise(&l->walls, &l->privilege, l->args->inetd ? say_nothing : warn);
	if (places(l) < l->conf.max_sessions && !l->args->inetd)
		log_warning(
		    "max-sessions is %llu, but the limit of open files, %llu, has room for %llu",
		    (unsigned long long)l->conf.max_sessions, (unsigned long long)l->files,
		    (unsigned long long)places(l));
	sockets_log(&l->sockets);
	if (!place_make(l->conf.store, l->privilege.keeper_uid, l->privilege.keeper_gid, error,
		sizeof(error))) {
		log_error("store: the directory %s", error);
		return false;
	}
	if (!start_keeper(l))
		return false;
	if (l->args->inetd)
		serve_inetd(l);
	return true;
}

/* When the loop must look around without an event. */
static int64_t
next_deadline(const struct listener *l)
{
	int64_t away = repeats_next(&l->away), ended = repeats_next(&l->ended);
	int64_t next = away < ended ? away : ended, other;

	if (l->stopping)
		other = l->kill_at;
	else if (l->keeper_pid == -1)
		other = l->keeper_again;
	else
		other = l->renew ? l->renewals.since + RENEWALS_MS : CLOCK_NEVER;
	return other < next ? other : next;
}

static void
log_repeats(struct listener *l, int64_t now)
{
	repeats_log(&l->away, now, "turned away");
	repeats_log(&l->ended, now, "ended by force");
}

static void
kill_sessions(struct listener *l)
{
	for (size_t i = 0; i < l->sessions.count; i++)
		kill(l->sessions.rows[i].pid, SIGKILL);
	l->kill_at = CLOCK_NEVER;
}

static void
wait_for_events(struct listener *l)
{
	struct pollfd fds[SOCKETS_MAX + 3];
	nfds_t n = 0;

	fds[n++] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
	fds[n++] =
	    (struct pollfd){ .fd = l->keeper_chan, .events = l->owed_fd == -1 ? POLLIN : POLLOUT };
	fds[n++] = (struct pollfd){ .fd = l->walls.ids, .events = POLLIN };
	for (size_t i = 0; i < l->sockets.count; i++)
		fds[n++] = (struct pollfd){ .fd = l->sockets.fd[i], .events = POLLIN };
	if (poll(fds, n, clock_poll_timeout(next_deadline(l))) <= 0)
		return;
	/* Accepting comes first: a signal may close the sockets. */
	for (nfds_t i = 3; i < n; i++)
		if ((fds[i].revents & POLLIN) != 0)
			accept_all(l, fds[i].fd, l->sockets.tls[i - 3]);
	if (fds[1].revents != 0)
		keeper_readable(l);
	if ((fds[2].revents & POLLIN) != 0)
		ids_readable(l);
	if (fds[0].revents != 0)
		handle_signals(l);
}

static bool
is_done(const struct listener *l)
{
	return l->sessions.count == 0 && (l->stopping || (l->args->inetd && l->served));
}

/* What is owed to the keeper is paid first, for it would be lost. */
static bool
may_renew(struct listener *l)
{
	int64_t now = clock_ms();

	if (now >= l->renewals.since + RENEWALS_MS)
		l->renewals = (struct renewals){ .since = now };
	return l->renewals.count < RENEWALS_MOST && l->owed_fd == -1;
}

static void
loop(struct listener *l)
{
	while (!is_done(l)) {
		wait_for_events(l);
		log_repeats(l, clock_ms());
		if (l->stopping && clock_ms() >= l->kill_at)
			kill_sessions(l);
		if (!l->stopping && l->keeper_pid == -1 && clock_ms() >= l->keeper_again)
			(void)start_keeper(l);
		if (l->renew && !l->stopping && may_renew(l))
			renew(l);
	}
}

/* The keeper ends when our end of its channel is closed and no session is left. */
static void
end_keeper(struct listener *l)
{
	struct pollfd fds[] = { { .fd = l->signals, .events = POLLIN },
		{ .fd = l->walls.ids, .events = POLLIN } };
	int64_t deadline = clock_ms() + KEEPER_END_MS;

	if (l->keeper_chan != -1)
		close(l->keeper_chan);
	l->keeper_chan = -1;
	l->stopping = true;
	reap(l);
	while (l->keeper_pid > 0 && clock_ms() < deadline) {
		(void)poll(fds, 2, clock_poll_timeout(deadline));
		/* It may have been started a moment ago, and waits to become who it is. */
		if ((fds[1].revents & POLLIN) != 0)
			ids_readable(l);
		handle_signals(l);
	}
	if (l->keeper_pid > 0)
		kill(l->keeper_pid, SIGKILL);
}

static void
fail_to_start(struct listener *l)
{
	union sock_addr peer;

	l->status = 1;
	if (l->connection != -1 && sock_peer_addr(l->connection, &peer))
		sockets_turn_away(l->connection, &peer, SOCKETS_NO_SERVICE);
}

int
listener_run(const struct listener_args *args, const struct conf *c)
{
	struct listener l = { .args = args,
		.conf = *c,
		.signals = -1,
		.connection = -1,
		.own_stderr = -1,
		.walls = { .ids = -1 },
		.owed_fd = -1,
		.keeper_chan = -1,
		.keeper_pid = -1,
		.keeper = { .lock = -1 },
		.privilege = { .empty_dir = -1 } };

	title_set("listener");
	sockets_choose_ports(&l.conf);
	certificate_init(&l.certificate);
	repeats_init(&l.away, LINES_AWAY);
	repeats_init(&l.ended, LINES_ENDED);
	if (start(&l))
		loop(&l);
	else
		fail_to_start(&l);
	sockets_close(&l.sockets);
	if (l.keeper_pid > 0)
		end_keeper(&l);
	log_repeats(&l, CLOCK_NEVER);
	if (l.served && l.conf.pid_file[0] != '\0')
		pidfile_remove(l.conf.pid_file);
	if (l.status == 0 && !args->inetd)
		log_info("ended");
	certificate_free(&l.certificate);
	filter_free(&l.filter);
	charsets_close(&l.charsets);
	roster_free(&l.sessions);
	if (l.privilege.empty_dir != -1)
		close(l.privilege.empty_dir);
	if (l.keeper.lock != -1)
		close(l.keeper.lock);
	if (l.walls.ids != -1)
		close(l.walls.ids);
	return l.status;
}
