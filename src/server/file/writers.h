/* Who else can write a file: what fstat(2) cannot tell.
 *
 * A file's times are set when a write begins.  The bytes come after that, be it a moment later, as
 * in a long write(2), or hours, as in memory that is mapped.  So two looks that find the same times
 * prove that nothing was written in between only if nobody had the file open for writing at the
 * first of them: then a writer must come by open(2), and what he writes sets the times after the
 * look.
 *
 * Only the kernel knows who has a file open.  A lease (fcntl(2), F_SETLEASE) is given to none but
 * the only one; it is handed back at once, for whoever opens the file meanwhile waits for it (see
 * plain_open_any()).  A lease is for the owner of the file, and of file systems in this machine. */
#ifndef FERRY_SERVER_FILE_WRITERS_H
#define FERRY_SERVER_FILE_WRITERS_H

#include <stdbool.h>

/* Whether nobody has the file open for writing but through fd itself, which is open for reading or
 * for writing, not for both.  False when the kernel does not tell. */
bool writers_none(int fd);

/* Begins to look for others, who may write what fd writes to.  path: a name of the file.  A
 * descriptor to be closed, or -1: there are others already, or it cannot be told. */
int writers_watch(int fd, const char *path);

/* Whether nobody has opened the file since.  Asked after something was written to it through the fd
 * of writers_watch(): by this it is known that the name was that file's. */
bool writers_none_since(int watch);

#endif
