/* Paths as clients name them.  What they mean is the kernel's business, inside the chroot. */
#ifndef FERRY_SERVER_FILE_PATH_H
#define FERRY_SERVER_FILE_PATH_H

#include <limits.h>
#include <stdbool.h>

/* The path in full, as the kernel sees it, without a slash at its end.  False with errno: ERANGE
 * where that is longer than the kernel would take, ENOENT where the current directory is gone. */
bool path_in_full(const char *path, char full_r[PATH_MAX]);

/* Clients name what no line can hold as listings do (name_put_listed()).  A component of that form
 * that is not there by its very letters, but by the name that was listed, becomes that name, in
 * place: it is shorter. */
void path_from_listed(char *path);

/* The same for what may be yet to be made, which is called as the client calls it: for the
 * directories before it. */
void path_parent_from_listed(char *path);

/* Whether what is not there may be made by this path: no control character but in directories that
 * are there.  With others a name could not be listed or named again (RFC 2640 section 3.1, RFC 3659
 * section 2.2). */
bool path_is_creatable(char *path);

#endif
