/* The system calls that change a home and not how much an account has; counted.h has those that do.
 * False with errno, for which reply_errno() has words. */
#ifndef FERRY_SERVER_FILE_CHANGE_H
#define FERRY_SERVER_FILE_CHANGE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* mkdir(2), for all whom the umask lets in. */
bool change_make_directory(const char *path);

/* rmdir(2) of what path names in the directory dir, which may be AT_FDCWD. */
bool change_remove_directory(int dir, const char *path);

/* symlink(2) in the directory dir. */
bool change_make_link(const char *text, int dir, const char *name);

/* chmod(2). */
bool change_mode(const char *path, mode_t mode);

/* When it was read and written last; read NULL: as it is. */
bool change_times(const char *path, const time_t *read, time_t written);

/* Gives an open file the times that it has, and so another time of change.  Its owner may. */
bool change_nothing(int fd, const struct stat *st);

#endif
