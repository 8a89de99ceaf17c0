#include "ctl/service.h"

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
#include <sys/wait.h>
#include <unistd.h>

/* What stands in for a missing key or server, for all commands here. */
static int
fail_unnamed(void)
{
	fputs("ferryctl: no pid-file is set, so the server cannot be found; set it in ferryd.conf and start ferryd again\n",
	    stderr);
	return CTL_FAILED;
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

/* In the child: becomes ferryd -t with the same configuration.  Of what it says only faults are of interest. */
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
		fprintf(stderr, "ferryctl: cannot signal the server, process %ld: %s\n", (long)pid, strerror(errno));
	else
		rc = CTL_OK;
	if (fd != -1)
		close(fd);
	if (rc == CTL_OK)
		printf("Process %ld reads its configuration again; its log tells how that went.\n", (long)pid);
	return rc;
}

int
service_reload(const struct ctl *ctl)
{
	const char *path = ctl->conf->pid_file;
	char error[PATH_MAX + 128];
	pid_t pid;

	if (path[0] == '\0')
		return fail_unnamed();
	if (!is_good(ctl)) {
		fputs("ferryctl: nothing is read again, for the configuration is not good\n", stderr);
		return CTL_FAILED;
	}
	switch (pidfile_read(path, &pid, error, sizeof(error))) {
	case PIDFILE_LIVE:
		return signal_listener(pid);
	case PIDFILE_BAD:
		fprintf(stderr, "ferryctl: pid-file: %s\n", error);
		return CTL_FAILED;
	case PIDFILE_STALE:
		fprintf(stderr, "ferryctl: no ferryd runs: the one that %s names has ended\n", path);
		return CTL_FAILED;
	default:
		fprintf(stderr, "ferryctl: no ferryd runs: there is no %s\n", path);
		return CTL_FAILED;
	}
}
