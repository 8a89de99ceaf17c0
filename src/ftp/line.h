/* The control connection's lines (RFC 959 sections 4.1 and 5.3): Telnet is taken out (RFC 854),
 * lines are found whatever packets they came in, and nothing is kept beyond fixed bounds. */
#ifndef FERRY_FTP_LINE_H
#define FERRY_FTP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_LEN 4352       /* of one command line: a path of PATH_MAX, a verb, and some air */
#define LINE_QUEUE   65536      /* what may wait, in bytes; no more is taken then */

#define LINE_NEGOTIATIONS 64    /* Telnet offers answered in a session's life; more are dropped */

struct line_queue {
	/* One byte of Telnet state survives from packet to packet. */
	enum {
		TEL_DATA,
		TEL_CR,
		TEL_CR_NUL,
		TEL_IAC,
		TEL_WILL,
		TEL_DO,
		TEL_SKIP,
		TEL_SB,
		TEL_SB_IAC
	} telnet;
	unsigned negotiations;
	/* what the peer's Telnet must be told; the caller sends and empties */
	unsigned char answers[32];
	size_t nanswers;

	/* decoded bytes; allocated as they come, freed when none are left */
	char *buf;
	size_t cap, len;
	size_t start;           /* bytes before it have been taken out */
	size_t line_len;        /* bytes since the last end of line */
	bool too_long;          /* this line has passed the limit: its rest is dropped */
};

enum line_status {
	LINE_NONE,      /* no whole line yet */
	LINE_OK,
	LINE_TOO_LONG,  /* a line was dropped whole; answer 500 */
	LINE_NUL        /* a line held a NUL that no CR stood before; answer 501 */
};

/* What a queue has held is wiped as soon as it has been taken out: a line may be a password. */

/* An empty queue is all zeros.  Frees what it holds and makes it that again. */
void line_clear(struct line_queue *q);

/* Bytes that line_feed() would take at present. */
size_t line_room(const struct line_queue *q);

/* Takes n bytes as they came from the network; n <= line_room().  False without memory. */
bool line_feed(struct line_queue *q, const unsigned char *bytes, size_t n);

/* Takes the first whole line out of the queue.  LINE_OK: line_r[LINE_MAX_LEN] holds it without its
 * end, NUL-terminated, and without bytes of Telnet in front of it. */
enum line_status line_next(struct line_queue *q, char *line_r);

/* Whether line_next() would give anything but LINE_NONE. */
bool line_ready(const struct line_queue *q);

/* Takes the first whole line whose text is verb (in any case, without an argument) out of the
 * queue, whatever stands before it.  False when there is none. */
bool line_take(struct line_queue *q, const char *verb);

/* The same, but takes it only where nothing stands before it. */
bool line_take_first(struct line_queue *q, const char *verb);

/* Writes what waits in the queue, an unfinished line included, so that fed to another queue it is
 * the same there.  False when it does not fit, or when it holds what cannot be written so (NUL,
 * Telnet, a line too long). */
bool line_rest(const struct line_queue *q, char *bytes_r, size_t cap, size_t *len_r);

/* Splits "VERB SP argument" in place: the verb in upper case, *arg_r the rest after exactly one
 * blank, or "" when there is none.  A verb of more than 16 letters and digits, or of other bytes,
 * gives NULL. */
char *line_split(char *line, char **arg_r);

#endif
