/* The data connection: the client connects (EPSV, PASV), and only ever to the host that the control
 * connection leads to. */
#ifndef FERRY_CLIENT_ENGINE_DATA_H
#define FERRY_CLIENT_ENGINE_DATA_H

#include "client/engine/conn.h"

/* A connected non-blocking socket, the caller's to close; -1.  EPSV is tried first; where it is
 * refused, not understood or leads nowhere, PASV is used, and for the rest of the connection when
 * that works. */
int data_open(struct conn *c, struct fail *f);

#endif
