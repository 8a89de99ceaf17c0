/* Hashing a file while the session goes on listening. */
#ifndef FERRY_SERVER_TRANSFER_HASHING_H
#define FERRY_SERVER_TRANSFER_HASHING_H

#include "base/digest.h"
#include "server/session/session.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* What is to be hashed. */
struct hashing {
	const char *what;       /* the command, for STAT and the log; a literal */
	enum digest_kind kind;
	int fd;
	struct stat st;         /* of fd, when it was opened */
	/* the first byte, and the first behind the last; end <= st.st_size */
	uint64_t start, end;
};

/* Opens a plain file for reading, as RETR would, into h->fd and h->st.  path may change:
 * path_from_listed().  False with errno. */
bool hashing_open(struct hashing *h, char *path);

/* The digest of those bytes in small hex digits; answered from what the session knows where it
 * knows it.  While it reads, STAT and NOOP are answered and ABOR ends it.  False after the reply
 * that says why not (450, 451, 556). */
bool hashing_run(struct session *s, struct hashing *h, char hex_r[DIGEST_HEX_MAX]);

#endif
