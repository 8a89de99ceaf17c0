/* The system calls that change how much an account has: each does what the call does, and keeps the
 * account's books.  Errors are the call's own, or EDQUOT when the quota allows no more, and
 * reply_errno() has words for each.
 *
 * Several sessions of an account may change one file at once.  So each change of a file's size, and
 * each loss of its name, is made and measured under flock(2) of that file, which every session
 * takes: what one has counted, no other counts again.  For accounts without a quota these are the
 * plain calls. */
#ifndef FERRY_SERVER_FILE_COUNTED_H
#define FERRY_SERVER_FILE_COUNTED_H

#include "server/session/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Where a write goes that O_APPEND places. */
#define COUNTED_END UINT64_MAX

/* One call that may make a file longer, however it is done. */
struct counted {
	struct session *s;
	int fd;
	uint64_t at;
	uint64_t size;          /* of the file before */
	bool nameless;
	bool on;                /* there is a quota, and the file is locked */
};

/* Before the call: *room_r is how many of the len bytes, which are to go to `at`, the call may
 * write; at least one of them.  False with errno, and then the call is not made. */
bool counted_begin(
    struct counted *c, struct session *s, int fd, uint64_t at, size_t len, size_t *room_r);

/* After it: n as the call returned it.  Leaves errno. */
void counted_end(struct counted *c, ssize_t n);

/* write(2) at the file's offset, which is `at`. */
ssize_t counted_write(struct session *s, int fd, uint64_t at, const void *bytes, size_t len);

/* ftruncate(2), which never makes the file longer here. */
bool counted_cut(struct session *s, int fd, uint64_t size);

/* Makes a file, or EEXIST, and opens it for writing; append: at its end, wherever that is then. */
int counted_make(struct session *s, const char *path, bool append, mode_t mode);

/* The same of a file that may be there, or that a link to nothing promises. */
int counted_take(struct session *s, const char *path, bool append, mode_t mode);

/* copy_file_range(2). */
ssize_t counted_copy_range(
    struct session *s, int from, off_t *read_at, int to, off_t *write_at, size_t len);

/* All len bytes of `from` for the empty file `to` by sharing blocks (FICLONE).  False where the
 * file system cannot, or the quota has no room. */
bool counted_clone(struct session *s, int from, int to, uint64_t len);

/* unlinkat(2) of what is no directory. */
bool counted_remove(struct session *s, int dir, const char *path);

/* Takes a name away that was made for the file of that descriptor, if it is still that file's, and
 * the file has the size that it was left with: another session may have taken the name, or the
 * file, over meanwhile.  False with errno, EEXIST for that. */
bool counted_unmake(struct session *s, const char *path, int fd, uint64_t size);

/* rename(2). */
bool counted_rename(struct session *s, const char *from, const char *to);

/* close(2), for a file that was written. */
int counted_close(struct session *s, int fd);

#endif
