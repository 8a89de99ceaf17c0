/* Hashes that a session knows without reading a file: of files that it received or has read
 * already.
 *
 * A client shows that it wants hashes by its first HASH, OPTS HASH, XSHA256 and their like.  From
 * then on each upload is digested as it passes, and what a file's first bytes gave is kept together
 * with what fstat(2) said of the file then.  It is told again only while fstat(2) says the same:
 * device, inode, size, and the times of the last write and of the last change, which no user can
 * set.  So whoever changes the file, this session included, makes it forgotten.  What was digested
 * while somebody else could write the file is not kept (writers.h), nor on file systems that other
 * machines write to. */
#ifndef FERRY_SERVER_TRANSFER_HASHMEM_H
#define FERRY_SERVER_TRANSFER_HASHMEM_H

#include "base/digest.h"
#include "base/sb.h"
#include "server/session/session.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct hashmem;

/* The client wants hashes of this kind. */
void hashmem_want(struct session *s, enum digest_kind kind);

/* Forgets all, and that the client wants any. */
void hashmem_free(struct session *s);

/* The digest of the first len bytes of the file that st tells of, in small hex digits.  False when
 * it is not known. */
bool hashmem_find(const struct session *s, const struct stat *st, uint64_t len,
    enum digest_kind kind, char hex_r[DIGEST_HEX_MAX]);

/* Whether every change of the file since fstat(2) said *st of fd shows in what it says later.  fd
 * is open for reading. */
bool hashmem_may_keep(int fd, const struct stat *st);

/* Keeps the digest of the first len bytes, taking it over (*d is NULL then).  before: the file when
 * reading began, and hashmem_may_keep() then; fd: the file now.  Where it has changed, the digest
 * is not kept. */
void hashmem_keep(struct session *s, const struct stat *before, int fd, uint64_t len,
    enum digest_kind kind, struct digest **d);

/* ---- an upload ----
 *
 * Each does nothing where the client wants no hashes.  The last two leave errno as it was: it may
 * say how the transfer ended. */

/* The next bytes go into the file fd at offset, which is not cut yet.  path: to read what stands
 * before them, where that is not known and not much. */
void hashmem_upload_begin(struct session *s, int fd, const char *path, uint64_t offset);

/* Whether the upload's bytes are wanted: then they must pass through memory. */
bool hashmem_uploads(const struct session *s);

/* These bytes have been written. */
void hashmem_upload_add(struct session *s, const void *bytes, size_t len);

/* The upload has ended, well or not; fd is still open.  A change after it is told from it: where
 * the kernel cannot do that at once, this waits some milliseconds for the clock of files to move
 * on. */
void hashmem_upload_end(struct session *s, int fd);

#define HASHMEM_RECEIPT_MAX (PATH_MAX + 512)

/* What a 226 says besides: the file's size and SHA-256, where the client wants hashes, they are
 * known, and the bytes that passed were the file's; and words, unless NULL.  fd -1: there is no
 * file.  NULL for nothing; leaves errno. */
const char *hashmem_receipt(const struct session *s, int fd, const char *words,
    char text_r[HASHMEM_RECEIPT_MAX]);

#endif
