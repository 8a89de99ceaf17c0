/* A file from here to the server. */
#ifndef FERRY_CLIENT_ENGINE_PUT_H
#define FERRY_CLIENT_ENGINE_PUT_H

#include "client/engine/conn.h"
#include "client/engine/transfer.h"

struct put {
	const char *remote;
	const char *local;      /* what is sent, for messages */
	int fd;                 /* read from its position on; a pipe will do without resume */
	bool resume;            /* what the server has already is not sent again */
	bool ascii;             /* not together with resume */
	void (*progress)(void *arg, const struct transfer_progress *p);
	void (*note)(void *arg, const char *text);      /* what people should know */
	void *arg;

	/* What came of it. */
	uint64_t moved;         /* bytes */
	uint64_t offset;        /* where it went on */
	bool was_whole;         /* nothing had to be moved */
};

/* Where the server tells sizes, its file must have the size of what was sent; where it takes times
 * (MFMT), it gets the file's. */
int put_file(struct conn *c, struct put *p, struct fail *f);

#endif
