#include "ftp/line.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	IAC = 255,
	DONT = 254,
	DO = 253,
	WONT = 252,
	WILL = 251,
	SB = 250,
	SE = 240
};

/* In the queue a line ends with LF.  Two bytes that a line may hold besides its text are written as
 * codes that no decoded text can contain: a command line never holds a bare NUL, so NUL is the
 * mark. */
#define MARK          '\0'      /* is followed by one of: */
#define MARK_LF       'L' /* an LF that belongs to a name (RFC 2640 section 3.1: after CR NUL) */
#define MARK_NUL      'N'       /* a NUL where none may be */
#define MARK_TOO_LONG 'T'       /* the line was longer than LINE_MAX_LEN */

/* Frees the bytes, and leaves none of them in memory. */
static void
free_bytes(struct line_queue *q)
{
	if (q->buf != NULL)
		explicit_bzero(q->buf, q->cap);
	free(q->buf);
	q->buf = NULL;
	q->cap = q->len = q->start = 0;
}

void
line_clear(struct line_queue *q)
{
	free_bytes(q);
	memset(q, 0, sizeof(*q));
}

size_t
line_room(const struct line_queue *q)
{
	/* A byte from the network can become two in the queue (MARK), and a mark may still be
	 * owed. */
	size_t held = q->len - q->start;

	return held >= LINE_QUEUE ? 0 : (LINE_QUEUE - held) / 2;
}

static bool
reserve(struct line_queue *q, size_t n)
{
	size_t cap = q->cap == 0 ? 512 : q->cap;
	char *bigger;

	/* Taking lines out one by one moves nothing; all moves at once, before more comes. */
	if (q->start > 0) {
		memmove(q->buf, q->buf + q->start, q->len - q->start);
		explicit_bzero(q->buf + q->len - q->start, q->start);
		q->len -= q->start;
		q->start = 0;
	}
	while (cap < q->len + n)
		cap *= 2;
	if (cap == q->cap)
		return true;
	/* Not realloc(3), which would leave the old bytes where they were. */
	bigger = malloc(cap);
	if (bigger == NULL)
		return false;
	if (q->len > 0)
		memcpy(bigger, q->buf, q->len);
	if (q->buf != NULL)
		explicit_bzero(q->buf, q->cap);
	free(q->buf);
	q->buf = bigger;
	q->cap = cap;
	return true;
}

static void
put_mark(struct line_queue *q, char kind)
{
	q->buf[q->len++] = MARK;
	q->buf[q->len++] = kind;
}

/* One byte of a line's text. */
static void
put_text(struct line_queue *q, char c, bool marked)
{
	if (q->too_long)
		return;
	if (++q->line_len >= LINE_MAX_LEN) {
		/* Dropped whole: what came of it is taken back, and its tail never becomes a
		 * command. */
		while (q->len > q->start && q->buf[q->len - 1] != '\n')
			q->len--;
		put_mark(q, MARK_TOO_LONG);
		q->too_long = true;
		return;
	}
	if (marked)
		put_mark(q, c);
	else
		q->buf[q->len++] = c;
}

static void
put_end(struct line_queue *q)
{
	if (!q->too_long && q->len > 0 && q->line_len > 0 && q->buf[q->len - 1] == '\r')
		q->len--;
	q->buf[q->len++] = '\n';
	q->line_len = 0;
	q->too_long = false;
}

static void
answer(struct line_queue *q, unsigned char verb, unsigned char option)
{
	if (q->negotiations >= LINE_NEGOTIATIONS || q->nanswers + 3 > sizeof(q->answers))
		return;
	q->negotiations++;
	q->answers[q->nanswers++] = IAC;
	q->answers[q->nanswers++] = verb;
	q->answers[q->nanswers++] = option;
}

static void
plain(struct line_queue *q, unsigned char c)
{
	bool after_cr = q->telnet == TEL_CR;

	q->telnet = TEL_DATA;
	switch (c) {
	case '\n':
		put_end(q);
		break;
	case '\r':
		q->telnet = TEL_CR;
		put_text(q, '\r', false);
		break;
	case '\0':
		/* CR NUL is how Telnet writes a CR (RFC 854); what follows it is text, an LF
		 * too. */
		if (after_cr)
			q->telnet = TEL_CR_NUL;
		else
			put_text(q, MARK_NUL, true);
		break;
	default:
		put_text(q, (char)c, false);
	}
}

static void
decode(struct line_queue *q, unsigned char c)
{
	switch (q->telnet) {
	case TEL_IAC:
		q->telnet = TEL_DATA;
		if (c == IAC)
			put_text(q, (char)IAC, false);
		else if (c == WILL)
			q->telnet = TEL_WILL;
		else if (c == DO)
			q->telnet = TEL_DO;
		else if (c == WONT || c == DONT)
			q->telnet = TEL_SKIP;
		else if (c == SB)
			q->telnet = TEL_SB;
		else if (c < SE) {
			/* No Telnet command: a client that does not double the byte 255 in
			 * names. */
			put_text(q, (char)IAC, false);
			plain(q, c);
		}
		return;
	case TEL_WILL:
	case TEL_DO:
		answer(q, q->telnet == TEL_WILL ? DONT : WONT, c);
		q->telnet = TEL_DATA;
		return;
	case TEL_SKIP:
		q->telnet = TEL_DATA;
		return;
	case TEL_SB:
		if (c == IAC)
			q->telnet = TEL_SB_IAC;
		else if (c == '\n')
			q->telnet = TEL_DATA;   /* never ends: a line is the bound */
		return;
	case TEL_SB_IAC:
		q->telnet = c == SE ? TEL_DATA : TEL_SB;
		return;
	case TEL_CR_NUL:
		if (c == '\n') {
			q->telnet = TEL_DATA;
			put_text(q, MARK_LF, true);
			return;
		}
		break;
	case TEL_DATA:
	case TEL_CR:
		break;
	}
	if (c == IAC) {
		q->telnet = TEL_IAC;
		return;
	}
	plain(q, c);
}

bool
line_feed(struct line_queue *q, const unsigned char *bytes, size_t n)
{
	/* Twice for marks, and two for the mark of a line too long. */
	if (!reserve(q, 2 * n + 2))
		return false;
	for (size_t i = 0; i < n; i++)
		decode(q, bytes[i]);
	return true;
}

/* The text of queue[from..to) into line_r, marks undone. */
static enum line_status
undo_marks(const struct line_queue *q, size_t from, size_t to, char *line_r)
{
	enum line_status status = LINE_OK;
	size_t len = 0;

	/* What a Synch leaves in front of a verb (protocol: RFC 959 section 4.1, end). */
	while (from < to && (unsigned char)q->buf[from] >= SE)
		from++;
	for (size_t i = from; i < to; i++) {
		char c = q->buf[i];

		if (c == MARK) {
			c = q->buf[++i];
			if (c == MARK_TOO_LONG)
				return LINE_TOO_LONG;
			if (c == MARK_NUL)
				status = LINE_NUL;
			c = '\n';
		}
		line_r[len++] = c;
	}
	line_r[len] = '\0';
	return status;
}

/* Takes queue[from..to] out, to being the line's LF. */
static void
cut(struct line_queue *q, size_t from, size_t to)
{
	size_t n = to + 1 - from;

	if (from == q->start) {
		explicit_bzero(q->buf + from, n);
		q->start = to + 1;
	} else {
		memmove(q->buf + from, q->buf + to + 1, q->len - to - 1);
		q->len -= n;
		explicit_bzero(q->buf + q->len, n);
	}
	if (q->len == q->start)
		free_bytes(q);
}

/* Where the line's LF is that starts at from; NULL when it has not come yet. */
static const char *
line_end(const struct line_queue *q, size_t from)
{
	return from < q->len ? memchr(q->buf + from, '\n', q->len - from) : NULL;
}

enum line_status
line_next(struct line_queue *q, char *line_r)
{
	enum line_status status;
	const char *end;
	size_t at;

	end = line_end(q, q->start);
	if (end == NULL)
		return LINE_NONE;
	at = (size_t)(end - q->buf);
	status = undo_marks(q, q->start, at, line_r);
	cut(q, q->start, at);
	return status;
}

bool
line_ready(const struct line_queue *q)
{
	return line_end(q, q->start) != NULL;
}

/* Whether queue[from..to) is that verb with no argument, as line_split() has it. */
static bool
is_verb(const struct line_queue *q, size_t from, size_t to, const char *verb)
{
	while (from < to && (unsigned char)q->buf[from] >= SE)
		from++;
	if (to > from && q->buf[to - 1] == ' ')
		to--;
	return to - from == strlen(verb) && strncasecmp(q->buf + from, verb, to - from) == 0;
}

bool
line_take(struct line_queue *q, const char *verb)
{
	size_t from = q->start;
	const char *end;

	while ((end = line_end(q, from)) != NULL) {
		size_t at = (size_t)(end - q->buf);

		if (is_verb(q, from, at, verb)) {
			cut(q, from, at);
			return true;
		}
		from = at + 1;
	}
	return false;
}

bool
line_take_first(struct line_queue *q, const char *verb)
{
	const char *end = line_end(q, q->start);

	if (end == NULL || !is_verb(q, q->start, (size_t)(end - q->buf), verb))
		return false;
	cut(q, q->start, (size_t)(end - q->buf));
	return true;
}

bool
line_rest(const struct line_queue *q, char *bytes_r, size_t cap, size_t *len_r)
{
	size_t len = *len_r = q->len - q->start;

	if (q->too_long || (q->telnet != TEL_DATA && q->telnet != TEL_CR))
		return false;
	if (len == 0)
		return true;
	if (len > cap || memchr(q->buf + q->start, MARK, len) != NULL ||
	    memchr(q->buf + q->start, IAC, len) != NULL)
		return false;
	memcpy(bytes_r, q->buf + q->start, len);
	return true;
}

char *
line_split(char *line, char **arg_r)
{
	size_t len = 0;

	while (line[len] != '\0' && line[len] != ' ') {
		if (!isalnum((unsigned char)line[len]) || len >= 16)
			return NULL;
		line[len] = (char)toupper((unsigned char)line[len]);
		len++;
	}
	*arg_r = line + len;
	if (line[len] == ' ')
		*arg_r = line + len + 1;
	line[len] = '\0';
	return line;
}
