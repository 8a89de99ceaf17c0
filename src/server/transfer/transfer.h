/* What moves over a data connection, from its making to the last reply.  All of a transfer's
 * replies are sent here, so that every command ends in the same words and codes. */
#ifndef FERRY_SERVER_TRANSFER_TRANSFER_H
#define FERRY_SERVER_TRANSFER_TRANSFER_H

#include "server/session/session.h"
#include "server/transfer/wait.h"

/* False, after replying 425, when neither PASV nor PORT said where the data connection comes
 * from. */
bool transfer_ready(struct session *s);

/* Makes the data connection for the command `what` (a literal).  False after the reply that says
 * why not; the command is then over. */
bool transfer_begin(struct session *s, const char *what);

/* Bytes moved by one call.  The kernel stops a sendfile(2) when the socket is full, so this only
 * bounds how long ABOR can wait behind a reader as fast as we are. */
#define TRANSFER_CHUNK (8 * 1024 * 1024)

/* Receives what has come, at most len bytes; *end_r: the client has sent all.  Without either the
 * data connection is to be waited for. */
enum transfer_result transfer_recv(
    struct session *s, char *bytes, size_t len, size_t *n_r, bool *end_r);

/* Sends bytes from memory, as they are. */
enum transfer_result transfer_send(struct session *s, const char *bytes, size_t len);

/* Closes the data connection, then sends the last reply, and that of an ABOR.  errno is read where
 * the result says so.  direction and path: a file's transfer is told to the transfer log; path
 * NULL: it is none.  extra: words for the 226, or NULL. */
void transfer_end(struct session *s, enum transfer_result result, enum ipc_direction direction,
    const char *path, const char *extra);

/* Why a listing is not whole: error is what listing_run() left in errno. */
const char *transfer_missing(const struct session *s, int error);

/* Closes the data connection of a transfer for which the last reply has been sent already. */
void transfer_cancel(struct session *s);

/* Tells the keeper of a file that came, went or was deleted. */
void transfer_log(struct session *s, enum ipc_direction direction, const char *path, bool complete);

#endif
