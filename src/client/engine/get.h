/* A file from the server to a file here.
 *
 * What comes is written to ".NAME.ferry-part" beside the target and takes the name when it is
 * whole, so that a half file never looks like a whole one.  ".NAME.ferry-info" says which state of
 * the server's file the part belongs to; both are gone in the end. */
#ifndef FERRY_CLIENT_ENGINE_GET_H
#define FERRY_CLIENT_ENGINE_GET_H

#include "client/engine/conn.h"
#include "client/engine/transfer.h"

struct get {
	const char *remote;
	/* a file's name; it may exist.  get_stream(): what fd is, for messages */
	const char *target;
	bool resume;            /* go on with an earlier part, or with a shorter target */
	bool ascii;             /* not together with resume */
	void (*progress)(void *arg, const struct transfer_progress *p);
	void (*note)(void *arg, const char *text);      /* what people should know */
	void *arg;

	/* What came of it. */
	uint64_t moved;         /* bytes */
	uint64_t offset;        /* where it went on */
	bool was_whole;         /* nothing had to be moved */
};

/* The bytes must be as many as SIZE, or the 150, said; the target gets the time MDTM tells.  On
 * failure what came stays in the part file, and the target as it was. */
int get_file(struct conn *c, struct get *g, struct fail *f);

/* The same into an open descriptor: no part file, no resume, no times. */
int get_stream(struct conn *c, struct get *g, int fd, struct fail *f);

#endif
