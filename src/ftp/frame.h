/* What MODE and STRU put around a file's bytes on the data connection: the escapes of records in
 * stream mode, block mode and compressed mode (RFC 959 sections 3.4.1 to 3.4.3).  MODE S with STRU
 * F has no frame, and is not known here. */
#ifndef FERRY_FTP_FRAME_H
#define FERRY_FTP_FRAME_H

#include <stdbool.h>
#include <stddef.h>

enum frame_mode {
	FRAME_STREAM,           /* MODE S with STRU R */
	FRAME_BLOCK,            /* MODE B */
	FRAME_COMPRESSED        /* MODE C */
};

/* The descriptor of a block or of a string.  In stream mode the first two have escapes of their
 * own. */
enum frame_flag {
	FRAME_EOR = 128,        /* these bytes end a record */
	FRAME_EOF = 64,         /* these bytes end the file */
	FRAME_SUSPECT = 32,     /* the sender doubts them */
	FRAME_MARKER = 16       /* they are a restart marker */
};

/* Restart markers may be as long as this; they are printable, without blanks (RFC 959 section
 * 3.5). */
#define FRAME_MARKER_MAX 255

/* ---- writing ---- */

/* Zeroed but for the first two. */
struct frame_writer {
	enum frame_mode mode;
	/* MODE C has a shorter form for runs of it: the blank of the TYPE, or NUL */
	char filler;
	bool bare;              /* a descriptor without a string went out last */
};

/* What frame_put() writes for n bytes at most. */
#define FRAME_BOUND(n) (2 * (n) + 16)

/* Writes n bytes, which may be none, and what they end: FRAME_EOR, FRAME_EOF, both or 0.  Returns
 * how many bytes of out[FRAME_BOUND(n)] it filled. */
size_t frame_put(struct frame_writer *w, const char *bytes, size_t n, unsigned flags, char *out);

/* Writes a restart marker into out[FRAME_BOUND(strlen(text))].  Not in stream mode, which has
 * none. */
size_t frame_put_marker(struct frame_writer *w, const char *text, char *out);

/* ---- reading ---- */

enum frame_event {
	FRAME_MORE,             /* all is read: the next bytes, please */
	FRAME_DATA,             /* bytes of the file */
	FRAME_RECORD,           /* the end of a record */
	FRAME_MARK,             /* a restart marker, in r->marker */
	FRAME_END,              /* the end of the file */
	FRAME_BAD               /* it is no such stream; r->bad says why */
};

/* Zeroed but for the first two. */
struct frame_reader {
	enum frame_mode mode;
	char filler;
	enum {
		FRAME_AT_HEAD,
		FRAME_AT_DESCRIPTOR,
		FRAME_AT_COUNT,
		FRAME_AT_RUN,
		FRAME_AT_BYTES
	} at;
	unsigned flags;         /* of the block or string that is being read */
	bool flagged;           /* MODE C: a descriptor waits for its string */
	bool due;               /* the block or string is over, and what it ends is to be told */
	bool suspect;           /* something was */
	size_t left;            /* bytes of it that are still to come */
	unsigned char head[3];
	size_t nhead;
	char run[64];
	char marker[FRAME_MARKER_MAX + 1];
	size_t marker_len;
	const char *bad;
};

/* Reads on in *in of *n bytes, up to the next event.  FRAME_DATA: *data_r and *len_r are set, and
 * good until the next call.  After FRAME_END and FRAME_BAD there is no next. */
enum frame_event frame_next(struct frame_reader *r, const char **in, size_t *n, const char **data_r,
    size_t *len_r);

/* What the end of the connection means: FRAME_END where an end of the file had been announced and
 * only its bytes, of which there are none, were wanting; FRAME_RECORD the same for a record, and
 * ask again; else FRAME_BAD: it was cut off. */
enum frame_event frame_finish(struct frame_reader *r);

#endif
