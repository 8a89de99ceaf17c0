#include "server/file/writers.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

bool
writers_none(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	int kind = (flags & O_ACCMODE) == O_RDONLY ? F_RDLCK : F_WRLCK;

	if (flags == -1 || fcntl(fd, F_SETLEASE, kind) == -1)
		return false;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

int
writers_watch(int fd, const char *path)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (watch == -1)
		return -1;
	/* In this order: who is there is found by the lease, and who comes after it by the
	 * watch. */
	if (inotify_add_watch(watch, path, IN_OPEN | IN_MODIFY) != -1 && writers_none(fd))
		return watch;
	close(watch);
	return -1;
}

bool
writers_none_since(int watch)
{
	/* Our own writes are one event however many they are: what says the same becomes one.
	 * Events of a file, as against those of a directory's entries, have no name behind them. */
	_Alignas(struct inotify_event) char bytes[2 * sizeof(struct inotify_event)];
	const struct inotify_event *first = (const void *)bytes;

	return read(watch, bytes, sizeof(bytes)) == (ssize_t)sizeof(*first) &&
	    first->mask == IN_MODIFY;
}
