/* Work on files that may take long and needs no data connection: the client may ask for STAT
 * meanwhile, or end it by ABOR (RFC 959 section 4.1.3), and all else it sends waits its turn. */
#ifndef FERRY_SERVER_TRANSFER_WORK_H
#define FERRY_SERVER_TRANSFER_WORK_H

#include "server/transfer/transfer.h"

/* Bytes between two looks at the control connection. */
#define WORK_CHUNK (8 * 1024 * 1024)

/* Starts the account of `what` (a literal), which STAT shows. */
void work_begin(struct session *s, const char *what);

/* Looks at the control connection without waiting, and answers STAT.  TRANSFER_DONE: go on;
 * TRANSFER_ABORTED or TRANSFER_LOST: stop. */
enum transfer_result work_hear(struct session *s);

/* The answer to NOOP. */
void work_noop(struct session *s);

/* Ends it.  The last reply is sent here unless the result is TRANSFER_DONE, for which it is the
 * caller's; errno is read for TRANSFER_LOCAL, of path.  True for TRANSFER_DONE. */
bool work_end(struct session *s, enum transfer_result result, const char *path);

#endif
