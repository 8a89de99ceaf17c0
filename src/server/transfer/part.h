/* The part of a file that a transfer is about: what REST or RANG make of it. */
#ifndef FERRY_SERVER_TRANSFER_PART_H
#define FERRY_SERVER_TRANSFER_PART_H

#include "ftp/wire.h"
#include "server/session/session.h"

#include <stdbool.h>
#include <stdint.h>

struct part {
	struct wire_start start;
	uint64_t end;           /* not included; UINT64_MAX: what comes */
};

/* For a file of that size.  sending: it is to be read, else written.  False after the reply, which
 * is 554. */
bool part_find(struct session *s, uint64_t size, bool sending, struct part *part_r);

#endif
