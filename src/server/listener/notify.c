#include "server/listener/notify.h"

#include "base/num.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void
notify_send(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (len = strlen(path)) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

void
notify_reloading(void)
{
	char state[64];
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld%06ld",
	    (long long)ts.tv_sec, ts.tv_nsec / 1000);
	notify_send(state);
}

/* Names between colons; those that are missing are none. */
static void
find_names(const char *names, const char *name, bool *named_r, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		size_t len = strcspn(names, ":");

		named_r[i] = len == strlen(name) && strncmp(names, name, len) == 0;
		names += len;
		if (*names == ':')
			names++;
	}
}

size_t
notify_listen_fds(const char *name, bool *named_r, size_t max)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS"),
		   *names = getenv("LISTEN_FDNAMES");
	uint64_t number = 0, count = 0;

	if (pid == NULL || fds == NULL || !num_parse(pid, INT32_MAX, &number) ||
	    (pid_t)number != getpid() || !num_parse(fds, INT16_MAX, &count))
		count = 0;
	find_names(names == NULL ? "" : names, name, named_r, max);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return (size_t)count;
}
