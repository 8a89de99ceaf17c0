#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
fault_of(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFCHR:
		return NULL;
	case S_IFIFO:
		return "it is a FIFO; name a plain file";
	case S_IFDIR:
		return strerror(EISDIR);
	default:
		return "it is no plain file; name one";
	}
}

int
file_open(const char *path, int flags, mode_t mode, const char **why_r)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode), error = errno;
	struct stat st;

	if (fd == -1) {
		/* ENXIO is a FIFO that nobody reads, or a socket: say which. */
		*why_r = error == ENXIO && stat(path, &st) == 0 ? fault_of(&st) : NULL;
		if (*why_r == NULL && error == ELOOP && (flags & O_NOFOLLOW) != 0)
			*why_r = "it is a symbolic link";
		if (*why_r == NULL)
			*why_r = strerror(error);
	} else if (fstat(fd, &st) == -1) {
		*why_r = strerror(errno);
	} else {
		*why_r = fault_of(&st);
	}
	/* Writing to a terminal may take its time. */
	if (fd != -1 && *why_r == NULL && fcntl(fd, F_SETFL, flags & O_APPEND) == -1)
		*why_r = strerror(errno);
	if (fd != -1 && *why_r != NULL) {
		close(fd);
		fd = -1;
		error = EINVAL;
	}
	errno = error;
	return fd;
}

bool
file_first_line(const char *path, char *line_r, size_t cap)
{
	FILE *file = fopen(path, "re");
	bool ok = file != NULL && fgets(line_r, (int)cap, file) != NULL;

	if (file != NULL)
		(void)fclose(file);
	if (ok)
		line_r[strcspn(line_r, "\n")] = '\0';
	return ok;
}
