/* Waiting in the midst of a transfer, or of other work that takes long, with an ear for the client;
 * and how it ends. */
#ifndef FERRY_SERVER_TRANSFER_WAIT_H
#define FERRY_SERVER_TRANSFER_WAIT_H

#include "server/session/session.h"

/* How the moving ended. */
enum transfer_result {
	TRANSFER_DONE,
	TRANSFER_PARTLY,        /* all that could be read was sent; errno: why there is no more */
	TRANSFER_ABORTED,       /* by ABOR */
	TRANSFER_BROKEN,        /* the data connection; errno */
	TRANSFER_STALLED,       /* no byte moved for the stall timeout */
	/* what came is no whole file in the form of MODE and STRU; transfer.problem */
	TRANSFER_DAMAGED,
	TRANSFER_BOMB,          /* MODE Z: it grows beyond reason */
	TRANSFER_CUT,           /* TLS was not ended, so it may be cut off */
	TRANSFER_INSECURE,      /* no TLS on the data connection; transfer.problem */
	TRANSFER_CHANGED,       /* the file changed while it was read */
	TRANSFER_LOCAL,         /* reading or writing here failed; errno */
	TRANSFER_LOST           /* the control connection is gone */
};

/* Acts on what may not wait for the transfer's end (RFC 959 section 4.1.3): STAT is answered, ABOR
 * ends it.  False for ABOR. */
bool wait_hear(struct session *s);

/* The answer to STAT while something runs: 211 with the bytes so far. */
void wait_tell(struct session *s);

/* Waits until the data connection is ready for events of poll(2), hearing ABOR and STAT meanwhile.
 * TRANSFER_DONE: it is, or it is worth a try. */
enum transfer_result wait_data(struct session *s, short events);

/* Hears the control connection, without a wait. */
enum transfer_result wait_look(struct session *s);

/* What a call of TLS on the data connection means, and what to wait for before the next. */
enum transfer_result wait_of_tls(enum tls_status status, short *events_r);

/* Whether a call on the data connection that failed so is to be tried again after wait_data(). */
bool wait_is_retry(int error);

#endif
