#include "store/place.h"

#include "base/dir.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static void
directory_of(const char *path, char dir_r[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : (size_t)(slash - path);

	memcpy(dir_r, path, len);
	dir_r[len] = '\0';
}

bool
place_check(const char *path, char *error_r, size_t error_len)
{
	char dir[PATH_MAX];

	directory_of(path, dir);
	return access(dir, F_OK) == 0 || dir_can_make(dir, error_r, error_len);
}

bool
place_make(const char *path, uid_t uid, gid_t gid, char *error_r, size_t error_len)
{
	char dir[PATH_MAX];
	struct stat st;
	bool made;

	directory_of(path, dir);
	/* A link to a directory is an administrator's way to put the store elsewhere. */
	return access(dir, F_OK) == 0 ||
	    dir_make(dir, uid, gid, 0700, &made, &st, error_r, error_len);
}
