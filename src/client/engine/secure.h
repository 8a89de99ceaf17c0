/* TLS on the client's side of a session (RFC 4217): when it begins, and whom it is with. */
#ifndef FERRY_CLIENT_ENGINE_SECURE_H
#define FERRY_CLIENT_ENGINE_SECURE_H

#include "base/tls.h"
#include "client/engine/conn.h"

#include <stdbool.h>
#include <stdint.h>

/* TLS from the first byte, before the greeting. */
int secure_implicit(struct conn *c, struct fail *f);

/* Whether the server, silent so far, waits for TLS where we wait for its greeting.  Asked on a
 * connection of its own, so that a slow server's greeting is not spoilt; false, too, as soon as
 * that comes, at the deadline, and when the user stops. */
bool secure_is_awaited(const struct conn *c, int64_t until);

/* AUTH TLS, as the options want it.  0 also without TLS, where they allow that. */
int secure_explicit(struct conn *c, struct fail *f);

/* Inside of TLS: data connections will be, too (PBSZ and PROT).  After the login, for some servers
 * refuse before. */
int secure_protect(struct conn *c, struct fail *f);

/* TLS for a data connection over fd, to be freed by tls_free(); NULL with *f. */
struct tls *secure_data(struct conn *c, int fd, struct fail *f);

/* After the handshake of a data connection: whether it leads to where the control connection
 * does. */
int secure_check_data(const struct conn *c, const struct tls *data, struct fail *f);

#endif
