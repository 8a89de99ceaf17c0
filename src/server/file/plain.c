#include "server/file/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* How long a lease is waited for. */
#define LEASE_MS 100

int
plain_open_any(int dir, const char *path, int flags, mode_t mode)
{
	int fd = openat(dir, path, flags, mode);

	for (int ms = 0; fd == -1 && errno == EAGAIN && ms < LEASE_MS; ms++) {
		(void)poll(NULL, 0, 1);
		fd = openat(dir, path, flags, mode);
	}
	return fd;
}

bool
plain_stat(int fd, struct stat *st_r)
{
	if (fstat(fd, st_r) == -1)
		return false;
	if (S_ISREG(st_r->st_mode))
		return true;
	errno = S_ISDIR(st_r->st_mode) ? EISDIR : ENODEV;
	return false;
}

int
plain_open(const char *path, enum plain_how how, struct stat *st_r)
{
	int flags = how == PLAIN_READ ? O_RDONLY : O_WRONLY | (how == PLAIN_APPEND ? O_APPEND : 0);
	int fd = plain_open_any(AT_FDCWD, path, flags | PLAIN_FLAGS, 0), saved;

	if (fd == -1 || plain_stat(fd, st_r))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

bool
plain_is_rewritten(int fd, const struct stat *before)
{
	struct stat now;

	if (fstat(fd, &now) == -1 || now.st_size < before->st_size)
		return true;
	return now.st_size == before->st_size && (now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	           now.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}
