#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
fail(char *error, size_t error_len, const char *path, const char *why)
{
	int saved = errno;

	snprintf(error, error_len, "%s: %s", path, why);
	errno = saved;
	return false;
}

static bool
make_parents(const char *path, char *error, size_t error_len)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - path);

		if (len >= sizeof(part)) {
			errno = ENAMETOOLONG;
			return fail(error, error_len, path, strerror(errno));
		}
		memcpy(part, path, len);
		part[len] = '\0';
		if (mkdir(part, 0755) == -1 && errno != EEXIST)
			return fail(error, error_len, part, strerror(errno));
	}
	return true;
}

bool
dir_make(const char *path, uid_t uid, gid_t gid, mode_t mode, bool *made_r, struct stat *st_r, char *error_r,
    size_t error_len)
{
	bool ok;
	int fd;

	if (!make_parents(path, error_r, error_len))
		return false;
	*made_r = mkdir(path, 0700) == 0;
	if (!*made_r && errno != EEXIST)
		return fail(error_r, error_len, path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && (errno == ENOTDIR || errno == ELOOP))
		return fail(error_r, error_len, path,
		    "it is there already, and no directory (a symbolic link counts as none)");
	if (fd == -1)
		return fail(error_r, error_len, path, strerror(errno));
	/* In this order, for the mode of what is another's only CAP_FOWNER may change. */
	ok = !*made_r || (fchmod(fd, mode) == 0 && (geteuid() != 0 || fchown(fd, uid, gid) == 0));
	ok = ok && fstat(fd, st_r) == 0;
	if (!ok) {
		(void)fail(error_r, error_len, path, strerror(errno));
		if (*made_r)
			(void)rmdir(path);
	}
	close(fd);
	return ok;
}
