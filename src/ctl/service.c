#include "ctl/service.h"

#include "base/listening.h"
#include "base/pidfile.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Exit statuses of service_status(), as the LSB has them. */
enum { STATUS_RUNS = 0, STATUS_ENDED = 3, STATUS_UNKNOWN = 4 };

/* Finds the server; *pid_r is its listener for PIDFILE_LIVE.  Where it is another state, why has
 * been said. */
static enum pidfile_state
find_server(const struct ctl *ctl, pid_t *pid_r)
{
	const char *path = ctl->conf->pid_file;
	char error[PATH_MAX + 128];
	enum pidfile_state state;

	if (path[0] == '\0') {
		fputs(
		    "ferryctl: no pid-file is set, so the server cannot be found; set it in ferryd.conf and start ferryd "
		    "again\n",
		    stderr);
		return PIDFILE_BAD;
	}
	state = pidfile_read(path, pid_r, error, sizeof(error));
	if (state == PIDFILE_BAD)
		fprintf(stderr, "ferryctl: pid-file: %s\n", error);
	else if (state == PIDFILE_STALE)
		fprintf(
		    stderr, "ferryctl: no ferryd runs: the one that %s names has ended\n", path);
	else if (state == PIDFILE_NONE)
		fprintf(stderr, "ferryctl: no ferryd runs: there is no %s\n", path);
	return state;
}

/* The ferryd of the same installation: it lies beside this program. */
static bool
find_ferryd(char path_r[PATH_MAX])
{
	static const char name[] = "ferryd";
	ssize_t n = readlink("/proc/self/exe", path_r, PATH_MAX - sizeof(name));
	char *slash;

	if (n <= 0)
		return false;
	path_r[n] = '\0';
	slash = strrchr(path_r, '/');
	if (slash == NULL)
		return false;
	memcpy(slash + 1, name, sizeof(name));
	return true;
}

/* In the child: becomes ferryd -t with the same configuration.  Of what it says only faults are of
 * interest. */
static void
exec_test(const struct ctl *ctl, const char *program)
{
	const char **argv = calloc(ctl->options->count * 2 + 5, sizeof(argv[0]));
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t argc = 0;

	if (argv == NULL || null == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(127);
	argv[argc++] = "ferryd";
	argv[argc++] = "-t";
	if (ctl->conf_path != NULL) {
		argv[argc++] = "-f";
		argv[argc++] = ctl->conf_path;
	}
	for (size_t i = 0; i < ctl->options->count; i++) {
		argv[argc++] = "-o";
		argv[argc++] = ctl->options->items[i];
	}
	execv(program, (char *const *)argv);
	fprintf(stderr, "ferryctl: %s: %s\n", program, strerror(errno));
	_exit(127);
}

static bool
is_good(const struct ctl *ctl)
{
	char program[PATH_MAX];
	int status = -1;
	pid_t pid;

	if (!find_ferryd(program)) {
		fprintf(stderr, "ferryctl: cannot find ferryd: %s\n", strerror(errno));
		return false;
	}
	(void)signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0)
		exec_test(ctl, program);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return pid != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The descriptor keeps the process from being another by the time of the signal. */
static int
signal_listener(pid_t pid)
{
	int fd = pidfd_open(pid, 0);
	int rc = CTL_FAILED;

	if (fd == -1 || !process_is_listener(pid))
		fprintf(stderr, "ferryctl: the server, process %ld, has just ended\n", (long)pid);
	else if (pidfd_send_signal(fd, SIGHUP, NULL, 0) == -1)
		fprintf(stderr, "ferryctl: cannot signal the server, process %ld: %s\n", (long)pid,
		    strerror(errno));
	else
		rc = CTL_OK;
	if (fd != -1)
		close(fd);
	if (rc == CTL_OK)
		printf("Process %ld reads its configuration again; its log tells how that went.\n",
		    (long)pid);
	return rc;
}

int
service_reload(const struct ctl *ctl)
{
	pid_t pid;

	if (!is_good(ctl)) {
		fputs(
		    "ferryctl: nothing is read again, for the configuration is not good\n", stderr);
		return CTL_FAILED;
	}
	return find_server(ctl, &pid) == PIDFILE_LIVE ? signal_listener(pid) : CTL_FAILED;
}

/* ---- status ---- */

/* Listening sockets of the machine that may be the server's. */
struct sockets {
	pid_t pid;
	bool closed;            /* its descriptors may not be looked at */
};

static bool
print_socket(const struct listening *one, void *context)
{
	struct sockets *s = context;
	char text[SOCK_TEXT_LEN];

	if (listening_of(s->pid, &one->inode, 1, &s->closed) == 0)
		printf("listening on %s port %u\n", sock_addr_text(&one->addr, text),
		    sock_addr_port(&one->addr));
	return !s->closed;
}

/* When the file was written, which is when the server began to serve. */
static void
print_since(const char *path)
{
	char text[64];
	struct stat st;
	struct tm tm;

	if (stat(path, &st) == -1 || localtime_r(&st.st_mtime, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm) == 0)
		return;
	printf("since %s\n", text);
}

int
service_status(const struct ctl *ctl)
{
	struct sockets sockets = { .closed = false };

	switch (find_server(ctl, &sockets.pid)) {
	case PIDFILE_LIVE:
		break;
	case PIDFILE_BAD:
		return STATUS_UNKNOWN;
	default:
		return STATUS_ENDED;
	}
	printf("ferryd runs as process %ld\n", (long)sockets.pid);
	print_since(ctl->conf->pid_file);
	listening_each(print_socket, &sockets);
	if (sockets.closed)
		puts("listening where this user may not look; its log tells");
	printf("sessions: %zu\n", process_count_children(sockets.pid, "ferryd: session "));
	return STATUS_RUNS;
}
