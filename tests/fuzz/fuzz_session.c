/*
 * A whole session in one process: what the client sends, byte by byte, and what it does with data connections, over
 * sockets that nobody else has, in a scratch directory that is the root meanwhile.
 *
 * The input's first byte chooses how it begins; then come the lines for the control connection and, behind two
 * bytes 0xFD, what the client sends on each data connection.  The client moves whenever the session waits, one
 * line at a time, so that an input always does the same.  Time passes only when there is nothing left to wait for.
 *
 * What a session has from others is put in their place by the linker (--wrap): the keeper's answers, the clock, poll(2),
 * the way into the home, and the network: data connections are local sockets, for there are more of them than ports.
 *
 * A finding cannot be written to a file or told with names from inside of the scratch directory: libFuzzer prints
 * it in base64, and addr2line(1) has the names.
 */
#include "base/clock.h"
#include "conf/load.h"
#include "server/command/serve.h"
#include "server/process/session_fds.h"
#include "server/session/link.h"
#include "server/transfer/data.h"
#include "server/transfer/hashmem.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	WITH_LOGIN = 1,         /* USER and PASS come first */
	WITH_CHARSET = 2,       /* the account has an old client's */
	WITH_SILENCE = 4        /* the client does not end the connection */
};

#define WAITS_MAX   20000       /* of one session; then its client is gone */
#define FILE_MOST   (4 << 20)   /* bytes */
#define DATA_PIECE  4096
#define HIGH        100         /* descriptors from here on are no session's */

/* The client, and what is made once for all sessions. */
static struct {
	struct conf conf;
	struct privilege privilege;
	struct charsets charsets;
	int root, scratch, home;        /* directories: the machine's and the session's roots, and where libFuzzer is */
	int nothing;                    /* in the place of the session's descriptors between sessions */

	struct session session;
	jmp_buf end;
	uint8_t how;
	const uint8_t *lines, *data;
	size_t nlines, ndata;           /* left of the lines; of the data */
	int control;                    /* -1: closed */
	int connection, listener;       /* of data; -1: none */
	size_t sent;                    /* of the data, on this connection */
	bool said_all;                  /* on this connection */
	unsigned waits;
	int64_t now;
} f;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* ---- what the linker puts in ---- */

/* The names are those that the linker asks for.  NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int64_t __wrap_clock_ms(void);
int __wrap_clock_poll_timeout(int64_t deadline);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
bool __wrap_link_ask(struct session *s, struct ipc *m, short early, int *fd_r);
int __wrap_ipc_send(int chan, const struct ipc *m, int fd);
bool __wrap_privilege_enter_home(const struct privilege *p, uid_t uid, gid_t gid, int home);
int __wrap_sock_connect_start(const union sock_addr *dest, const union sock_addr *local, uint64_t token);
bool __wrap_sock_local_addr(int fd, union sock_addr *a);
int __wrap_sock_listen(const union sock_addr *a, int backlog, unsigned flags, uint64_t token);
int __wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
int __real_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
noreturn void __wrap__exit(int status);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int64_t
__wrap_clock_ms(void)
{
	return f.now;
}

int
__wrap_clock_poll_timeout(int64_t deadline)
{
	if (deadline == CLOCK_NEVER)
		return -1;
	return deadline <= f.now ? 0 : deadline - f.now > INT32_MAX ? INT32_MAX : (int)(deadline - f.now);
}

bool
__wrap_link_ask(struct session *s, struct ipc *m, short early, int *fd_r)
{
	enum ipc_type asked = (enum ipc_type)m->type;

	(void)s;
	(void)early;
	*fd_r = -1;
	memset(m, 0, sizeof(*m));
	if (asked == IPC_LOGIN) {
		m->type = IPC_GRANTED;
		snprintf(m->u.granted.name, sizeof(m->u.granted.name), "alice");
		snprintf(m->u.granted.charset, sizeof(m->u.granted.charset), "%s",
		    (f.how & WITH_CHARSET) != 0 ? "ISO-8859-1" : "");
		*fd_r = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else if (asked == IPC_WHO) {
		m->type = IPC_WHOS;
		m->u.whos.count = 1;
		m->u.whos.rows[0].self = 1;
		snprintf(m->u.whos.rows[0].peer, sizeof(m->u.whos.rows[0].peer), "127.0.0.1");
	} else {
		m->type = IPC_HASH_ANSWER;
	}
	return true;
}

int
__wrap_ipc_send(int chan, const struct ipc *m, int fd)
{
	(void)chan;
	(void)m;
	(void)fd;
	return 0;
}

bool
__wrap_privilege_enter_home(const struct privilege *p, uid_t uid, gid_t gid, int home)
{
	(void)p;
	(void)uid;
	(void)gid;
	return fchdir(home) == 0;
}

/* Wherever it wanted to, it gets to the client. */
int
__wrap_sock_connect_start(const union sock_addr *dest, const union sock_addr *local, uint64_t token)
{
	int pair[2];

	(void)dest;
	(void)local;
	(void)token;
	if (f.connection != -1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == -1) {
		errno = ECONNREFUSED;
		return -1;
	}
	f.connection = pair[0];
	f.sent = 0;
	f.said_all = false;
	return pair[1];
}

/* A local socket, of a name that the system picks. */
int
__wrap_sock_listen(const union sock_addr *a, int backlog, unsigned flags, uint64_t token)
{
	const struct sockaddr none = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)a;
	(void)flags;
	(void)token;
	if (fd == -1 || bind(fd, &none, sizeof(none.sa_family)) == -1 || listen(fd, backlog) == -1)
		abort();
	return fd;
}

int
__wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
	union sock_addr from;
	int accepted = __real_accept4(fd, NULL, NULL, flags);

	if (accepted != -1 && sock_addr_parse("127.0.0.1", &from)) {
		*len = sizeof(from.in4);
		memcpy(a, &from, *len);
	}
	return accepted;
}

/* Whatever it is, to the session it is one of loopback. */
bool
__wrap_sock_local_addr(int fd, union sock_addr *a)
{
	if (!sock_addr_parse("127.0.0.1", a))
		return false;
	sock_addr_set_port(a, (uint16_t)(1024 + fd));
	return true;
}

noreturn void
__wrap__exit(int status)
{
	longjmp(f.end, status + 1);
}

/* ---- the client ---- */

static void
drop(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Takes whatever has come.  False at the end. */
static bool
drain(int fd)
{
	char bytes[16384];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		continue;
	return n == -1 && errno == EAGAIN;
}

/* Goes to where the session listens, if it does. */
static void
connect_data(void)
{
	const struct session_data *d = &f.session.data;
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	int fd;

	if (d->kind != DATA_PASSIVE || d->listener == -1 || d->listener == f.listener ||
	    getsockname(d->listener, (struct sockaddr *)&a, &len) == -1)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (connect(fd, (const struct sockaddr *)&a, len) == -1) {
		close(fd);
		return;
	}
	f.listener = d->listener;       /* once for each */
	f.connection = fd;
	f.sent = 0;
	f.said_all = false;
}

static void
move_data(void)
{
	size_t n;
	ssize_t sent;

	if (f.session.data.listener == -1)
		f.listener = -1;
	if (f.connection == -1)
		connect_data();
	if (f.connection == -1)
		return;
	if (!drain(f.connection)) {
		drop(&f.connection);
		return;
	}
	n = f.ndata - f.sent;
	if (n > 0) {
		sent = send(f.connection, f.data + f.sent, n < DATA_PIECE ? n : DATA_PIECE, MSG_NOSIGNAL | MSG_DONTWAIT);
		f.sent += sent > 0 ? (size_t)sent : 0;
	} else if (!f.said_all) {
		f.said_all = true;
		(void)shutdown(f.connection, SHUT_WR);
	}
}

/* One line more, or the end. */
static void
speak(void)
{
	const uint8_t *end = memchr(f.lines, '\n', f.nlines);
	size_t n = end == NULL ? f.nlines : (size_t)(end - f.lines) + 1;
	ssize_t sent;

	if (f.control == -1)
		return;
	(void)drain(f.control);
	if (n > 0) {
		sent = send(f.control, f.lines, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		f.lines += sent > 0 ? sent : 0;
		f.nlines -= sent > 0 ? (size_t)sent : 0;
	} else if ((f.how & WITH_SILENCE) == 0) {
		(void)shutdown(f.control, SHUT_WR);
	}
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int ready;

	if (++f.waits > WAITS_MAX) {
		drop(&f.connection);
		drop(&f.control);
	}
	/* What the session waits for may take the client several steps. */
	for (int i = 0; i < 4; i++) {
		move_data();
		ready = __real_poll(fds, n, 0);
		if (ready != 0 || timeout == 0)
			return ready;
		speak();
		ready = __real_poll(fds, n, 0);
		if (ready != 0)
			return ready;
	}
	f.now += timeout < 0 ? 60 * 60 * 1000 : timeout;
	return 0;
}

/* ---- the scratch directory ---- */

static void
put_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void
fill(void)
{
	static const char text[] = "one\r\ntwo\nthree\r\rfour";
	static char large[100000];

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * i >> 3);
	put_file("/a", text, sizeof(text) - 1);
	put_file("/b", large, sizeof(large));
	if (mkdir("/d", 0755) == -1 || mkdir("/d/e", 0755) == -1 || symlink("a", "/l") == -1)
		abort();
	put_file("/d/c", text, 3);
}

static void
clear(void)
{
	char *const top[] = { (char[]){ "/" }, NULL };
	FTS *tree = fts_open(top, FTS_PHYSICAL, NULL);
	FTSENT *e;

	while (tree != NULL && (e = fts_read(tree)) != NULL) {
		if (e->fts_level == 0)
			continue;
		/* Before it is read, so that its names can be seen and go. */
		if (e->fts_info == FTS_D)
			(void)chmod(e->fts_accpath, 0700);
		else
			(void)remove(e->fts_accpath);
	}
	if (tree != NULL)
		fts_close(tree);
}

/* ---- once ---- */

static void
remove_scratch(void)
{
	char path[64];

	/* Empty since clear(), and gone with the process. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f.scratch);
	if (readlink(path, f.conf.home, sizeof(f.conf.home) - 1) > 0)
		(void)rmdir(f.conf.home);
}

/* Another number for a descriptor, the first free one from least on. */
static int
move(int fd, int least)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, least);

	if (moved == -1)
		abort();
	close(fd);
	return moved;
}

/* The same under a certain number, whatever that was. */
static void
put_at(int fd, int number)
{
	if (dup2(fd, number) == -1)
		abort();
}

/* True when sessions can be had here: it takes root, or a user namespace. */
static bool
prepare(void)
{
	static const char *const items[] = { "site-rmdir=yes", "max-hash-size=1M", "client-charsets=ISO-8859-1",
		"stall-timeout=5s", "host-names=localhost" };
	const struct conf_options options = { items, sizeof(items) / sizeof(items[0]) };
	const struct rlimit files = { FILE_MOST, FILE_MOST };
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX], error[512];

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &files);
	if (!load_conf(&f.conf, "/dev/null", &options, stderr) ||
	    !charsets_open(&f.charsets, &f.conf, error, sizeof(error)))
		abort();
	f.conf.log_level = 3;
	snprintf(f.conf.transfer_log, sizeof(f.conf.transfer_log), "/xferlog");
	snprintf(path, sizeof(path), "%s/ferryfuzz-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(path) == NULL)
		abort();
	f.root = move(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), HIGH);
	f.home = move(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), HIGH);
	f.nothing = move(open("/dev/null", O_RDWR | O_CLOEXEC), HIGH);
	if (fcntl(SESSION_CONTROL, F_GETFD) != -1 || fcntl(SESSION_CHAN, F_GETFD) != -1) {
		fprintf(stderr, "fuzz_session: descriptors %d and %d are in use\n", SESSION_CONTROL, SESSION_CHAN);
		abort();
	}
	put_at(f.nothing, SESSION_CONTROL);
	put_at(f.nothing, SESSION_CHAN);
	f.scratch = move(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), HIGH);
	(void)atexit(remove_scratch);
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) == -1) {
		fprintf(stderr, "fuzz_session: not root, and no user namespace: %s; nothing is tried\n", strerror(errno));
		return false;
	}
	return true;
}

static void
confine(int directory)
{
	if (fchdir(directory) == -1 || chroot(".") == -1)
		abort();
}

/* ---- one session ---- */

static void
split(const uint8_t *data, size_t len)
{
	const uint8_t *mark = memmem(data, len, "\xFD\xFD", 2);

	f.how = len == 0 ? 0 : data[0];
	f.lines = len == 0 ? data : data + 1;
	f.nlines = len == 0 ? 0 : mark == NULL || mark == data ? len - 1 : (size_t)(mark - data) - 1;
	f.data = mark == NULL ? data : mark + 2;
	f.ndata = mark == NULL ? len : len - (size_t)(mark + 2 - data);
}

static void
start_client(void)
{
	static const char login[] = "USER alice\r\nPASS x\r\n";
	int pair[2], silence;

	/* No word comes from the keeper unasked. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == -1 ||
	    (silence = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		abort();
	f.control = move(pair[1], HIGH);
	pair[0] = move(pair[0], HIGH);
	silence = move(silence, HIGH);
	put_at(pair[0], SESSION_CONTROL);
	put_at(silence, SESSION_CHAN);
	close(pair[0]);
	close(silence);
	if ((f.how & WITH_LOGIN) != 0 && send(f.control, login, sizeof(login) - 1, 0) == -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static enum { NEW, READY, UNABLE } state;
	struct session *s = &f.session;
	union sock_addr peer;
	const struct session_env env = {
		.conf = &f.conf, .privilege = &f.privilege, .charsets = &f.charsets, .peer = &peer
	};

	if (state == NEW)
		state = prepare() ? READY : UNABLE;
	if (state == UNABLE)
		return 0;
	split(data, len);
	f.connection = f.listener = -1;
	f.waits = 0;
	f.now = 1000000;
	confine(f.scratch);
	fill();
	start_client();
	memset(s, 0, sizeof(*s));
	(void)sock_addr_parse("127.0.0.1", &peer);
	if (setjmp(f.end) == 0) {
		serve_session(s, &env);
	} else {
		/* It gave its connection back and ended: what the system would take is taken here. */
		data_reset(s);
		hashmem_free(s);
		line_clear(&s->in);
	}
	put_at(f.nothing, SESSION_CONTROL);
	put_at(f.nothing, SESSION_CHAN);
	drop(&f.connection);
	drop(&f.control);
	umask(022);
	clear();
	confine(f.root);
	if (fchdir(f.home) == -1)
		abort();
	return 0;
}
