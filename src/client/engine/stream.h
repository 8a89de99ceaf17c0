/* The bytes of a connection, inside of TLS or in the clear. */
#ifndef FERRY_CLIENT_ENGINE_STREAM_H
#define FERRY_CLIENT_ENGINE_STREAM_H

#include "base/tls.h"

#include <stddef.h>
#include <sys/types.h>

/* As recv(2) and send(2) do, inside of t, or in the clear when t is NULL.  TLS adds to their
 * errors: EBADMSG, the connection ended and TLS did not; EPROTO, tls_error() says what is wrong.
 * After EAGAIN, poll(2) must show *events_r before another try can do more; before it, nothing but
 * a try tells. */
ssize_t stream_recv(struct tls *t, int fd, void *bytes, size_t n, short *events_r);
ssize_t stream_send(struct tls *t, int fd, const void *bytes, size_t n, short *events_r);

#endif
