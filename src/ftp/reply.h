/* What a server answers (RFC 959 section 4.2): one line "ddd text", or "ddd-text", lines of any
 * kind and a last "ddd text" with the same code.  Bytes are taken as they come; nothing is kept
 * beyond fixed bounds, and what is longer is read and dropped (RFC 1123 section 4.1.2.11). */
#ifndef FERRY_FTP_REPLY_H
#define FERRY_FTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#define REPLY_LINE_MAX  4608 /* kept of one line: a path of PATH_MAX, quoted, and some air */
#define REPLY_TEXT_MAX  16384           /* kept of all lines together */
#define REPLY_TOTAL_MAX ((size_t)1024 * 1024)   /* bytes of one reply; a longer one is an attack */

enum reply_status {
	REPLY_MORE,     /* not whole yet */
	REPLY_WHOLE,
	REPLY_BAD,      /* its first line is no reply; line holds it */
	REPLY_TOO_LONG
};

struct reply {
	int code;                       /* 100..659 once the first line is in, 0 before */
	/* whole lines with their codes, each ended by LF, NUL-terminated */
	char text[REPLY_TEXT_MAX];
	char line[REPLY_LINE_MAX];      /* the last line, without its end, NUL-terminated */

	size_t text_len, line_len, total;
	bool many;                      /* the first line had a '-' */
	enum { REPLY_DATA, REPLY_IAC, REPLY_OPTION, REPLY_SB, REPLY_SB_IAC } telnet;
};

/* Makes r ready for the next reply. */
void reply_start(struct reply *r);

/* Takes up to n bytes, no further than the reply's end; *used_r says how many.  After anything but
 * REPLY_MORE the reply wants reply_start(). */
enum reply_status reply_feed(struct reply *r, const unsigned char *bytes, size_t n, size_t *used_r);

/* The text of the last line, behind the code: what servers put their data and their reasons
 * into. */
const char *reply_text(const struct reply *r);

/* The next line of text from *at on (start with 0) into line_r[cap], without its end; a longer line
 * is cut off there.  False after the last. */
bool reply_next_line(const struct reply *r, size_t *at, char *line_r, size_t cap);

#endif
