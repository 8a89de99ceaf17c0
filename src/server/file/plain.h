/* Plain files, as all commands open them. */
#ifndef FERRY_SERVER_FILE_PLAIN_H
#define FERRY_SERVER_FILE_PLAIN_H

#include <stdbool.h>
#include <sys/stat.h>

/* So that a FIFO or a device does not hold us, nor become our terminal. */
#define PLAIN_FLAGS (O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* openat(2).  A lease on the file, which another session has for a moment (see writers.h) and other
 * servers may have for longer, is EAGAIN to who opens without waiting: here it is waited for, for a
 * tenth of a second. */
int plain_open_any(int dir, const char *path, int flags, mode_t mode);

enum plain_how { PLAIN_READ, PLAIN_WRITE, PLAIN_APPEND };

/* Opens a plain file that is there, and tells of it.  -1 with errno: EISDIR or ENODEV for what is
 * none. */
int plain_open(const char *path, enum plain_how how, struct stat *st_r);

/* The same check for one that has been opened.  False with errno. */
bool plain_stat(int fd, struct stat *st_r);

/* Whether the file is not what it was, by what fstat(2) says: it has become shorter, or was written
 * without becoming longer.  One that has only grown holds what it held, as logs do. */
bool plain_is_rewritten(int fd, const struct stat *before);

#endif
