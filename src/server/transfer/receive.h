/* What a transfer receives: a file. */
#ifndef FERRY_SERVER_TRANSFER_RECEIVE_H
#define FERRY_SERVER_TRANSFER_RECEIVE_H

#include "server/transfer/transfer.h"

/* Receives to the end of the file, in the form of the session's parameters, and writes at fd's own
 * offset, which is start->offset of the file, and not beyond end; UINT64_MAX: as much as comes.
 * append: fd has O_APPEND. */
enum transfer_result receive_file(
    struct session *s, int fd, const struct wire_start *start, uint64_t end, bool append);

#endif
