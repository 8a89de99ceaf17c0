/* The transfer log's line, as wu-ftpd wrote it and every log reader knows it: xferlog(5). */
#ifndef FERRY_FTP_XFERLOG_H
#define FERRY_FTP_XFERLOG_H

#include "base/sb.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct xferlog_entry {
	struct tm when;         /* local time at the transfer's end */
	uint64_t seconds;       /* written as at least 1 */
	const char *host;
	uint64_t bytes;
	const char *path;       /* blanks and control characters are written as _ */
	bool ascii;
	bool compressed;        /* on the connection, not in the file */
	char direction;         /* 'o' download, 'i' upload, 'd' deleted */
	bool guest;             /* an account of Ferry's own; else anonymous */
	const char *user;
	bool complete;
};

/* Adds the line with its LF. */
void xferlog_put(struct sb *out, const struct xferlog_entry *e);

#endif
