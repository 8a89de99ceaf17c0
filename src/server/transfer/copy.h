/* Copies between plain files of the home: the one place through which such bytes go. */
#ifndef FERRY_SERVER_TRANSFER_COPY_H
#define FERRY_SERVER_TRANSFER_COPY_H

#include "server/transfer/transfer.h"

#include <stdint.h>
#include <sys/stat.h>

/* Copies all that `from` holds now to `to`, from byte `at` of it on, where the file system can
 * without moving the bytes.  Between work_begin() and work_end(): s->transfer counts, ABOR ends it.
 * errno with TRANSFER_LOCAL; TRANSFER_CHANGED: not all that was copied is of one state of the
 * file. */
enum transfer_result copy_bytes(struct session *s, int from, int to, uint64_t at);

#endif
