#include "server/file/change.h"

#include <fcntl.h>
#include <unistd.h>

bool
change_make_directory(const char *path)
{
	return mkdir(path, 0777) == 0;
}

bool
change_remove_directory(int dir, const char *path)
{
	return unlinkat(dir, path, AT_REMOVEDIR) == 0;
}

bool
change_make_link(const char *text, int dir, const char *name)
{
	return symlinkat(text, dir, name) == 0;
}

bool
change_mode(const char *path, mode_t mode)
{
	return chmod(path, mode) == 0;
}

bool
change_times(const char *path, const time_t *read, time_t written)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = written } };

	if (read != NULL)
		times[0] = (struct timespec){ .tv_sec = *read };
	return utimensat(AT_FDCWD, path, times, 0) == 0;
}

bool
change_nothing(int fd, const struct stat *st)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };

	return futimens(fd, times) == 0;
}
