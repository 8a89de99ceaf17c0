/* What a transfer sends: a file, or bytes that are made as they go. */
#ifndef FERRY_SERVER_TRANSFER_SEND_H
#define FERRY_SERVER_TRANSFER_SEND_H

#include "server/transfer/transfer.h"

/* The way of bytes to the data connection, in the form that TYPE, STRU and MODE ask for. */
struct outlet {
	struct session *s;
	struct wire_sender *wire;       /* NULL: the bytes go as they are */
	enum transfer_result result;
};

void outlet_open(struct outlet *o, struct session *s, const struct wire_form *form,
    const struct wire_start *start);

/* Sends n bytes.  False when the transfer is over. */
bool outlet_put(struct outlet *o, const char *bytes, size_t n, bool last);

/* Frees it; how it went. */
enum transfer_result outlet_close(struct outlet *o);

/* Sends the file from where start says to size, in the form of the session's parameters. */
enum transfer_result send_file(
    struct session *s, int fd, const struct wire_start *start, uint64_t size);

#endif
