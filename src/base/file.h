/* Files under names that somebody else has chosen, such as those of the configuration. */
#ifndef FERRY_BASE_FILE_H
#define FERRY_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* open(2) for a plain file or a character device such as /dev/null; anything else is refused, and
 * nothing is waited for, as it would be with a FIFO that nobody else has open.  Close-on-exec, and
 * never our terminal.  -1 with errno (EINVAL: its kind) and the words for it in *why_r. */
int file_open(const char *path, int flags, mode_t mode, const char **why_r);

/* The first line of a file of proc(5), without its end; what does not fit line_r[cap] is left out.
 * False when there is none. */
bool file_first_line(const char *path, char *line_r, size_t cap);

#endif
