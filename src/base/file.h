/* Files that a name leads to which somebody else has chosen: the configuration, an administrator. */
#ifndef FERRY_BASE_FILE_H
#define FERRY_BASE_FILE_H

#include <sys/types.h>

/* open(2) for a plain file or a character device such as /dev/null; anything else is refused, and nothing is waited
 * for, neither by this nor, as with a FIFO that nobody reads, by what is done with the descriptor.  Close-on-exec, and
 * never our terminal.  -1 with errno (EINVAL: its kind) and the words for it in *why_r. */
int file_open(const char *path, int flags, mode_t mode, const char **why_r);

#endif
