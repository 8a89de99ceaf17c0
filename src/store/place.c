#include "store/place.h"

#include "base/dir.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

bool
place_make(const char *path, uid_t uid, gid_t gid, char *error_r, size_t error_len)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : (size_t)(slash - path);
	struct stat st;
	bool made;

	memcpy(dir, path, len);
	dir[len] = '\0';
	/* A link to a directory is an administrator's way to put the store elsewhere. */
	return access(dir, F_OK) == 0 || dir_make(dir, uid, gid, 0700, &made, &st, error_r, error_len);
}
