#include "base/pidfile.h"

#include "base/file.h"
#include "base/num.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "12345\n", and what is longer is none. */
#define TEXT_LEN 16

static enum pidfile_state
bad(const char *path, const char *why, char *error, size_t error_len)
{
	snprintf(error, error_len, "%s: %s", path, why);
	return PIDFILE_BAD;
}

/* What the file holds: a process id; 0 where it is empty, -1 where it is something else. */
static int64_t
number_in(int fd)
{
	char text[TEXT_LEN + 1];
	ssize_t n = read(fd, text, TEXT_LEN);
	uint64_t pid = 0;

	if (n <= 0)
		return n;
	text[n] = '\0';
	if (text[n - 1] != '\n')
		return -1;
	text[n - 1] = '\0';
	return num_parse(text, INT32_MAX, &pid) && pid > 0 ? (int64_t)pid : -1;
}

enum pidfile_state
pidfile_read(const char *path, pid_t *pid_r, char *error_r, size_t error_len)
{
	const char *why;
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW, 0, &why);
	struct stat st;
	int64_t pid;

	*pid_r = -1;
	if (fd == -1)
		return errno == ENOENT ? PIDFILE_NONE : bad(path, why, error_r, error_len);
	pid = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? number_in(fd) : -1;
	close(fd);
	if (pid == -1)
		return bad(path, "it is no file with a process id in it; name another", error_r,
		    error_len);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return bad(path, "others than its user may have written it; remove it", error_r,
		    error_len);
	if (pid == 0 || !process_is_listener((pid_t)pid))
		return PIDFILE_STALE;
	*pid_r = (pid_t)pid;
	return PIDFILE_LIVE;
}

bool
pidfile_can_write(const char *path, char *error_r, size_t error_len)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	if (path[strlen(path) - 1] != '/' &&
	    faccessat(AT_FDCWD, dirname(copy), W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	snprintf(error_r, error_len, "%s cannot be made: %s", path,
	    path[strlen(path) - 1] == '/' ? strerror(EISDIR) : strerror(errno));
	return false;
}

bool
pidfile_write(const char *path, char *error_r, size_t error_len)
{
	char fresh[PATH_MAX + 8], text[TEXT_LEN];
	int fd, len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	bool ok;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	/* Of one who died while writing, or somebody's link. */
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	ok = fd != -1 && fchmod(fd, 0644) == 0 && write(fd, text, (size_t)len) == len &&
	    rename(fresh, path) == 0;
	if (!ok) {
		snprintf(error_r, error_len, "%s cannot be made: %s", path, strerror(errno));
		if (fd != -1)
			(void)unlink(fresh);
	}
	if (fd != -1)
		close(fd);
	return ok;
}

void
pidfile_remove(const char *path)
{
	const char *why;
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW, 0, &why);

	if (fd == -1)
		return;
	if (number_in(fd) == getpid())
		(void)unlink(path);
	close(fd);
}
