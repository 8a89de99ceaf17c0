/* How a file's bytes look on the data connection: TYPE, STRU and MODE together (RFC 959 section 3).
 * No I/O is done here; bytes go in and come out in pieces.  TYPE I with STRU F and MODE S needs
 * none of this, as the bytes of the file and the wire are the same there. */
#ifndef FERRY_FTP_WIRE_H
#define FERRY_FTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_type {
	WIRE_ASCII,             /* TYPE A; the first, for it is the default */
	WIRE_IMAGE,             /* TYPE I and L 8 */
	WIRE_EBCDIC             /* TYPE E */
};

enum wire_mode {
	WIRE_STREAM,            /* MODE S */
	WIRE_BLOCK,             /* MODE B */
	WIRE_COMPRESSED,        /* MODE C */
	WIRE_DEFLATE            /* MODE Z: a zlib stream of what MODE S would send */
};

/* What zlib takes when it is left to choose. */
#define WIRE_LEVEL_DEFAULT 6

struct wire_form {
	enum wire_type type;
	/* STRU R.  Lines are the records of TYPE A and E; in TYPE I the file is one. */
	bool records;
	enum wire_mode mode;
	int level;              /* of deflate, 0-9 */
};

/* Whether the bytes are the same on both sides. */
bool wire_is_plain(const struct wire_form *form);

/* Where a transfer starts that goes on with an earlier one. */
struct wire_start {
	uint64_t offset;        /* in the file */
	/* sending: so many bytes after it, counted as TYPE has them, are left out */
	uint64_t skip;
	bool cr;                /* the byte before is a CR that may belong to an end of line */
};

/* Takes bytes; false: no more, please. */
typedef bool wire_sink(void *ctx, const char *bytes, size_t n);

/* Restart markers (RFC 959 section 3.5) are a position in the file, in decimal, with an "r" behind
 * it where a CR before it may belong to an end of line. */
#define WIRE_MARKER_LEN 24

void wire_put_marker(char marker_r[WIRE_MARKER_LEN], uint64_t offset, bool cr);

/* False for what is no marker of ours. */
bool wire_parse_marker(const char *marker, uint64_t *offset_r, bool *cr_r);

/* ---- sending ---- */

/* MODE B and C: a restart marker is sent each time so many bytes of the file went. */
#define WIRE_MARKER_EVERY (1024 * 1024)

struct wire_sender;

/* What is sent is given to sink.  NULL: no memory. */
struct wire_sender *wire_sender_new(const struct wire_form *form, const struct wire_start *start,
    wire_sink *sink, void *ctx);

/* Sends the file's next n bytes, which may be none.  last: the file ends with them; said once.
 * False: the sink took no more, or there is no memory (ENOMEM). */
bool wire_send(struct wire_sender *w, const char *bytes, size_t n, bool last);

void wire_sender_free(struct wire_sender *w);

/* ---- receiving ---- */

struct wire_target {
	wire_sink *data;                                /* bytes for the file */
	/* A restart marker of the sender; cr: a CR that came before is held back, for the next byte
	 * says whether it ends a line.  False: no more, please. */
	bool (*marker)(void *ctx, const char *marker, bool cr);
	void *ctx;
};

enum wire_status {
	WIRE_MORE,              /* go on */
	WIRE_END,               /* the file is whole */
	WIRE_REFUSED,           /* the target said no */
	WIRE_BAD,               /* it is no such stream; wire_problem() */
	WIRE_BOMB               /* it grows beyond reason (MODE Z) */
};

/* MODE Z: beyond WIRE_FREE bytes, a file that is so many times what came of it is refused. */
#define WIRE_RATIO_MAX 800
#define WIRE_FREE      (64 * 1024 * 1024)

struct wire_receiver;

/* NULL: no memory. */
struct wire_receiver *wire_receiver_new(
    const struct wire_form *form, const struct wire_start *start, const struct wire_target *target);

/* Takes the next n bytes of the data connection.  MODE B and C, and records: WIRE_END is their end
 * of file, and what comes behind it is not looked at. */
enum wire_status wire_receive(struct wire_receiver *w, const char *bytes, size_t n);

/* The data connection has ended: WIRE_END, or why the file is not whole. */
enum wire_status wire_receive_end(struct wire_receiver *w);

/* After WIRE_BAD, for people. */
const char *wire_problem(const struct wire_receiver *w);

/* The sender marked some of the bytes as suspect (MODE B and C). */
bool wire_is_suspect(const struct wire_receiver *w);

void wire_receiver_free(struct wire_receiver *w);

#endif
