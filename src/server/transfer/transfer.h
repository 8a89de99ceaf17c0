/* What moves over a data connection, from its making to the last reply.  All of a transfer's replies are
 * sent here, so that every command ends in the same words and codes. */
#ifndef FERRY_SERVER_TRANSFER_TRANSFER_H
#define FERRY_SERVER_TRANSFER_TRANSFER_H

#include "server/session/session.h"

/* How the moving ended. */
enum transfer_result {
	TRANSFER_DONE,
	TRANSFER_PARTLY,        /* all that could be read was sent; errno: why there is no more */
	TRANSFER_ABORTED,       /* by ABOR */
	TRANSFER_BROKEN,        /* the data connection; errno */
	TRANSFER_STALLED,       /* no byte moved for the stall timeout */
	TRANSFER_DAMAGED,       /* what came is no whole file in the form of MODE and STRU; transfer.problem */
	TRANSFER_BOMB,          /* MODE Z: it grows beyond reason */
	TRANSFER_CUT,           /* TLS was not ended, so it may be cut off */
	TRANSFER_INSECURE,      /* no TLS on the data connection; transfer.problem */
	TRANSFER_CHANGED,       /* the file changed while it was read */
	TRANSFER_LOCAL,         /* reading or writing here failed; errno */
	TRANSFER_LOST           /* the control connection is gone */
};

/* False, after replying 425, when neither PASV nor PORT said where the data connection comes from. */
bool transfer_ready(struct session *s);

/* Makes the data connection for the command `what` (a literal).  False after the reply that says why not;
 * the command is then over. */
bool transfer_begin(struct session *s, const char *what);

/* Bytes moved by one call.  The kernel stops a sendfile(2) when the socket is full, so this only bounds how
 * long ABOR can wait behind a reader as fast as we are. */
#define TRANSFER_CHUNK (8 * 1024 * 1024)

/* Waits until the data connection is ready for events of poll(2), hearing ABOR and STAT meanwhile.
 * TRANSFER_DONE: it is, or it is worth a try. */
enum transfer_result transfer_wait(struct session *s, short events);

/* Hears the control connection, without a wait. */
enum transfer_result transfer_look(struct session *s);

/* What a call of TLS on the data connection means, and what to wait for before the next. */
enum transfer_result transfer_of_tls(enum tls_status status, short *events_r);

/* Whether a call on the data connection that failed so is to be tried again after transfer_wait(). */
bool transfer_is_retry(int error);

/* Receives what has come, at most len bytes; *end_r: the client has sent all.  Without either the data
 * connection is to be waited for. */
enum transfer_result transfer_recv(struct session *s, char *bytes, size_t len, size_t *n_r, bool *end_r);

/* Sends bytes from memory, as they are. */
enum transfer_result transfer_send(struct session *s, const char *bytes, size_t len);

/* Closes the data connection, then sends the last reply, and that of an ABOR.  errno is read where the
 * result says so.  direction and path: a file's transfer is told to the transfer log; path NULL: it is
 * none.  extra: words for the 226, or NULL. */
void transfer_end(struct session *s, enum transfer_result result, enum ipc_direction direction,
    const char *path, const char *extra);

/* Why a listing is not whole: error is what listing_run() left in errno. */
const char *transfer_missing(const struct session *s, int error);

/* Closes the data connection of a transfer for which the last reply has been sent already. */
void transfer_cancel(struct session *s);

/* Acts on what may not wait for the transfer's end (RFC 959 section 4.1.3): STAT is answered, ABOR ends
 * it.  False for ABOR. */
bool transfer_hear(struct session *s);

/* Tells the keeper of a file that came, went or was deleted. */
void transfer_log(struct session *s, enum ipc_direction direction, const char *path, bool complete);

#endif
