/* What moves over a data connection, from its making to the last reply.  All of a transfer's replies are
 * sent here, so that every command ends in the same words and codes. */
#ifndef FERRY_SERVER_TRANSFER_H
#define FERRY_SERVER_TRANSFER_H

#include "server/session.h"

/* How the moving ended. */
enum transfer_result {
	TRANSFER_DONE,
	TRANSFER_ABORTED,       /* by ABOR */
	TRANSFER_BROKEN,        /* the data connection; errno */
	TRANSFER_STALLED,       /* no byte moved for the stall timeout */
	TRANSFER_LOCAL,         /* reading or writing here failed; errno */
	TRANSFER_LOST           /* the control connection is gone */
};

/* False, after replying 425, when neither PASV nor PORT said where the data connection comes from. */
bool transfer_ready(struct session *s);

/* Makes the data connection for the command `what` (a literal).  False after the reply that says why not;
 * the command is then over. */
bool transfer_begin(struct session *s, const char *what);

/* Sends the file's bytes from offset to size; ascii converts ends of lines, offset then counts converted
 * bytes and the end is the file's own. */
enum transfer_result transfer_send_file(struct session *s, int fd, uint64_t offset, uint64_t size, bool ascii);

/* Receives to the end of the data connection, writing at fd's own offset. */
enum transfer_result transfer_receive_file(struct session *s, int fd, bool ascii);

/* Sends bytes from memory. */
enum transfer_result transfer_send(struct session *s, const char *bytes, size_t len);

/* Closes the data connection, then sends the last reply, and that of an ABOR.  errno is read where the
 * result says so.  direction and path: a file's transfer is told to the transfer log; path NULL: it is
 * none.  extra: words for the 226, or NULL. */
void transfer_end(struct session *s, enum transfer_result result, enum ipc_direction direction,
    const char *path, const char *extra);

/* Closes the data connection of a transfer for which the last reply has been sent already. */
void transfer_cancel(struct session *s);

/* Acts on what may not wait for the transfer's end (RFC 959 section 4.1.3): STAT is answered, ABOR ends
 * it.  False for ABOR. */
bool transfer_hear(struct session *s);

/* Tells the keeper of a file that came, went or was deleted. */
void transfer_log(struct session *s, enum ipc_direction direction, const char *path, bool complete);

#endif
