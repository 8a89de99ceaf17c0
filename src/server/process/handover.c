#include "server/process/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int
handover_write(const void *first, size_t first_len, const void *second, size_t second_len)
{
	int fd = memfd_create("ferryd", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (pwrite(fd, first, first_len, 0) == (ssize_t)first_len &&
	    (second_len == 0 ||
	        pwrite(fd, second, second_len, (off_t)first_len) == (ssize_t)second_len) &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return fd;
	close(fd);
	return -1;
}

bool
handover_is_file(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & F_SEAL_WRITE) != 0;
}

bool
handover_read(int fd, size_t offset, void *bytes, size_t len)
{
	return len == 0 || pread(fd, bytes, len, (off_t)offset) == (ssize_t)len;
}

int
handover_program(void)
{
	return open("/proc/self/exe", O_PATH | O_CLOEXEC);
}

void
handover_exec(int program, char *const argv[], const int *keep, size_t nkeep)
{
	int saved;

	for (size_t i = 0; i < nkeep; i++)
		if (keep[i] != -1)
			(void)fcntl(keep[i], F_SETFD, 0);
	(void)fexecve(program, argv, environ);
	saved = errno;
	for (size_t i = 0; i < nkeep; i++)
		if (keep[i] != -1)
			(void)fcntl(keep[i], F_SETFD, FD_CLOEXEC);
	errno = saved;
}
