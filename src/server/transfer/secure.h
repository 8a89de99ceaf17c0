/* TLS of a session: of its control connection, and of its data connections (RFC 4217). */
#ifndef FERRY_SERVER_TRANSFER_SECURE_H
#define FERRY_SERVER_TRANSFER_SECURE_H

#include "server/session/session.h"
#include "server/transfer/wait.h"

/* The handshake on the control connection, after the 234 is on its way.  False: it failed, is
 * noted, and the session ends, without a word that the client could not read. */
bool secure_control(struct session *s);

/* Ends TLS on the control connection, and waits for the client to say the same.  False when it does
 * not. */
bool secure_leave(struct session *s);

/* The handshake on the data connection, after the 150; nothing to do under PROT C.
 * TRANSFER_INSECURE: s->transfer.problem says why. */
enum transfer_result secure_data(struct session *s);

/* Says that all has been sent, before the data connection is closed. */
enum transfer_result secure_finish(struct session *s);

#endif
