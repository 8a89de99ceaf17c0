/* The data connection: where it comes from (PASV, EPSV, PORT, EPRT) and its making.  One PASV or
 * PORT serves one transfer; what is set up anew replaces what was. */
#ifndef FERRY_SERVER_TRANSFER_DATA_H
#define FERRY_SERVER_TRANSFER_DATA_H

#include "server/session/session.h"

/* Listens on the control connection's own address, on a random port of the configured range.  False
 * with errno.  *port_r: the port to tell the client. */
bool data_listen(struct session *s, uint16_t *port_r);

/* The next transfer connects to target, which has been checked. */
void data_aim(struct session *s, const union sock_addr *target);

/* Closes what there is, and forgets what was set up. */
void data_reset(struct session *s);

/* How the making went. */
enum data_status {
	DATA_OK,
	DATA_TIMEOUT,   /* nobody came, or nobody answered, within the data timeout */
	DATA_FAILED,    /* errno */
	DATA_ABORTED,   /* by ABOR */
	DATA_LOST       /* the session ends */
};

/* Makes the connection: s->data.fd, non-blocking, whose other end is the control connection's
 * peer.  A stranger who connects instead is closed and noted, and the waiting goes on.  Under PROT
 * P the port stays open for data_is_contested(). */
enum data_status data_open(struct session *s);

/* Whether somebody else at the client's address has connected to the port, who is closed. */
bool data_is_contested(struct session *s);

/* Closes the port: the connection is the client's. */
void data_settle(struct session *s);

/* Closes s->data.fd, and the port.  hard: with a reset, so that what was cut off cannot be taken
 * for whole. */
void data_close(struct session *s, bool hard);

#endif
