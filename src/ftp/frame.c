#include "ftp/frame.h"

#include <string.h>

#define BLOCK_MAX    65535
#define LITERAL_MAX  127        /* MODE C: bytes of one string */
#define RUN_MAX      63
#define RUN_LEAST    3          /* shorter ones cost more than they save */
#define FILLER_LEAST 2

#define STREAM_ESCAPE 0xFF
#define FLAGS_KNOWN   (FRAME_EOR | FRAME_EOF | FRAME_SUSPECT | FRAME_MARKER)

/* ---- writing ---- */

static size_t
put_stream(const char *bytes, size_t n, unsigned flags, char *out)
{
	const char *end = bytes + n, *escape;
	char *to = out;

	while (bytes < end) {
		size_t run;

		escape = memchr(bytes, STREAM_ESCAPE, (size_t)(end - bytes));
		run = (size_t)((escape == NULL ? end : escape + 1) - bytes);
		memcpy(to, bytes, run);
		to += run;
		bytes += run;
		if (escape != NULL)
			*to++ = (char)STREAM_ESCAPE;
	}
	if (flags != 0) {
		*to++ = (char)STREAM_ESCAPE;
		*to++ = (char)(((flags & FRAME_EOR) != 0 ? 1 : 0) +
		    ((flags & FRAME_EOF) != 0 ? 2 : 0));
	}
	return (size_t)(to - out);
}

static size_t
put_blocks(const char *bytes, size_t n, unsigned flags, char *out)
{
	char *to = out;

	while (n > 0 || flags != 0) {
		size_t len = n < BLOCK_MAX ? n : BLOCK_MAX;
		unsigned descriptor = len == n ? flags : 0;

		*to++ = (char)descriptor;
		*to++ = (char)(len >> 8);
		*to++ = (char)(len & 0xFF);
		memcpy(to, bytes, len);
		to += len;
		bytes += len;
		n -= len;
		if (n == 0)
			break;
	}
	return (size_t)(to - out);
}

/* Writes strings of bytes as they are.  *last_r: where the last of them starts. */
static char *
put_literals(const char *bytes, size_t n, char *to, char **last_r)
{
	while (n > 0) {
		size_t len = n < LITERAL_MAX ? n : LITERAL_MAX;

		*last_r = to;
		*to++ = (char)len;
		memcpy(to, bytes, len);
		to += len;
		bytes += len;
		n -= len;
	}
	return to;
}

static size_t
run_length(const char *bytes, size_t n)
{
	size_t len = 1;

	while (len < n && len < RUN_MAX && bytes[len] == bytes[0])
		len++;
	return len;
}

static size_t
put_strings(struct frame_writer *w, const char *bytes, size_t n, unsigned flags, char *out)
{
	char *to = out, *last = out;
	size_t literal = 0;     /* where the bytes start that are not written yet */

	/* Without this the descriptor that went out last would be taken for the next string's. */
	if (w->bare && n > 0) {
		*to++ = 0;
		*to++ = 0;
		last = to;
		w->bare = false;
	}
	for (size_t i = 0; i < n;) {
		size_t len = run_length(bytes + i, n - i);
		bool filler = bytes[i] == w->filler && len >= FILLER_LEAST;

		if (filler || len >= RUN_LEAST) {
			to = put_literals(bytes + literal, i - literal, to, &last);
			last = to;
			*to++ = (char)((filler ? 0xC0 : 0x80) | len);
			if (!filler)
				*to++ = bytes[i];
			literal = i + len;
		}
		i += len;
	}
	to = put_literals(bytes + literal, n - literal, to, &last);
	if (flags != 0) {
		/* The descriptor goes before the string that it is about, the last one. */
		memmove(last + 2, last, (size_t)(to - last));
		last[0] = 0;
		last[1] = (char)flags;
		to += 2;
		w->bare = n == 0;
	}
	return (size_t)(to - out);
}

size_t
frame_put(struct frame_writer *w, const char *bytes, size_t n, unsigned flags, char *out)
{
	switch (w->mode) {
	case FRAME_STREAM:
		return put_stream(bytes, n, flags, out);
	case FRAME_BLOCK:
		return put_blocks(bytes, n, flags, out);
	case FRAME_COMPRESSED:
		return put_strings(w, bytes, n, flags, out);
	}
	return 0;
}

size_t
frame_put_marker(struct frame_writer *w, const char *text, char *out)
{
	size_t len = strlen(text);
	char *to = out;

	if (w->mode == FRAME_BLOCK)
		return put_blocks(text, len, FRAME_MARKER, out);
	*to++ = 0;
	*to++ = FRAME_MARKER;
	*to++ = (char)len;
	memcpy(to, text, len);
	w->bare = false;
	return 3 + len;
}

/* ---- reading ---- */

static enum frame_event
bad(struct frame_reader *r, const char *why)
{
	r->bad = why;
	return FRAME_BAD;
}

/* What the block or string that is over has ended; one thing at a time. */
static enum frame_event
tell_due(struct frame_reader *r)
{
	if ((r->flags & FRAME_MARKER) != 0) {
		r->flags &= ~(unsigned)FRAME_MARKER;
		if (r->marker_len == 0)
			return bad(r, "an empty restart marker");
		r->marker[r->marker_len] = '\0';
		r->marker_len = 0;
		return FRAME_MARK;
	}
	if ((r->flags & FRAME_EOR) != 0) {
		r->flags &= ~(unsigned)FRAME_EOR;
		return FRAME_RECORD;
	}
	if ((r->flags & FRAME_EOF) != 0)
		return FRAME_END;
	r->flags = 0;
	r->due = false;
	return FRAME_MORE;
}

static enum frame_event
take_marker(struct frame_reader *r, const char *bytes, size_t n)
{
	if (n > FRAME_MARKER_MAX - r->marker_len)
		return bad(r, "a restart marker longer than 255 bytes");
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] < 33 || bytes[i] > 126)
			return bad(r, "a restart marker that is not printable");
		r->marker[r->marker_len++] = bytes[i];
	}
	return FRAME_MORE;
}

/* Bytes of the block or string: the file's, or a marker's. */
static enum frame_event
take_bytes(struct frame_reader *r, const char *bytes, size_t n, const char **data_r, size_t *len_r)
{
	if ((r->flags & FRAME_MARKER) != 0)
		return take_marker(r, bytes, n);
	*data_r = bytes;
	*len_r = n;
	return FRAME_DATA;
}

/* The next of the bytes that r->left counts. */
static enum frame_event
next_bytes(struct frame_reader *r, const char **in, size_t *n, const char **data_r, size_t *len_r)
{
	const char *bytes = *in;
	size_t len = r->left < *n ? r->left : *n;

	*in += len;
	*n -= len;
	r->left -= len;
	if (r->left == 0) {
		r->at = FRAME_AT_HEAD;
		r->due = true;
	}
	return take_bytes(r, bytes, len, data_r, len_r);
}

static bool
take_flags(struct frame_reader *r, unsigned flags)
{
	if ((flags & ~(unsigned)FLAGS_KNOWN) != 0)
		return false;
	r->flags = flags;
	r->suspect |= (flags & FRAME_SUSPECT) != 0;
	return true;
}

static const char undefined_bits[] = "a descriptor with bits that RFC 959 does not define";

static enum frame_event
next_of_stream(
    struct frame_reader *r, const char **in, size_t *n, const char **data_r, size_t *len_r)
{
	const char *start = *in, *escape;
	unsigned char code;

	if (r->at == FRAME_AT_HEAD) {
		escape = memchr(start, STREAM_ESCAPE, *n);
		*len_r = escape == NULL ? *n : (size_t)(escape - start);
		*data_r = start;
		*in += *len_r;
		*n -= *len_r;
		if (escape != NULL) {
			r->at = FRAME_AT_DESCRIPTOR;
			++*in;
			--*n;
		}
		return *len_r > 0 ? FRAME_DATA : FRAME_MORE;
	}
	code = (unsigned char)*start;
	++*in;
	--*n;
	r->at = FRAME_AT_HEAD;
	if (code == STREAM_ESCAPE) {
		*data_r = start;
		*len_r = 1;
		return FRAME_DATA;
	}
	if (code < 1 || code > 3)
		return bad(r, "an escape of STRU R that is none of 1, 2, 3 and 255");
	r->flags = ((code & 1) != 0 ? FRAME_EOR : 0) | ((code & 2) != 0 ? FRAME_EOF : 0);
	r->due = true;
	return FRAME_MORE;
}

static enum frame_event
next_of_blocks(
    struct frame_reader *r, const char **in, size_t *n, const char **data_r, size_t *len_r)
{
	if (r->at == FRAME_AT_BYTES)
		return next_bytes(r, in, n, data_r, len_r);
	while (r->nhead < sizeof(r->head) && *n > 0) {
		r->head[r->nhead++] = (unsigned char)**in;
		++*in;
		--*n;
	}
	if (r->nhead < sizeof(r->head))
		return FRAME_MORE;
	r->nhead = 0;
	if (!take_flags(r, r->head[0]))
		return bad(r, undefined_bits);
	r->left = (size_t)r->head[1] << 8 | r->head[2];
	r->due = r->left == 0;
	if (r->left > 0)
		r->at = FRAME_AT_BYTES;
	return FRAME_MORE;
}

/* A run: so many of one byte. */
static enum frame_event
take_run(struct frame_reader *r, char byte, const char **data_r, size_t *len_r)
{
	memset(r->run, byte, r->left);
	r->at = FRAME_AT_HEAD;
	r->due = true;
	return take_bytes(r, r->run, r->left, data_r, len_r);
}

static enum frame_event
next_of_strings(
    struct frame_reader *r, const char **in, size_t *n, const char **data_r, size_t *len_r)
{
	unsigned char byte = (unsigned char)**in;

	if (r->at == FRAME_AT_BYTES)
		return next_bytes(r, in, n, data_r, len_r);
	++*in;
	--*n;
	switch (r->at) {
	case FRAME_AT_DESCRIPTOR:
		r->at = FRAME_AT_HEAD;
		r->flagged = true;
		return take_flags(r, byte) ? FRAME_MORE : bad(r, undefined_bits);
	case FRAME_AT_RUN:
		return take_run(r, (char)byte, data_r, len_r);
	default:
		break;
	}
	r->left = byte < 0x80 ? byte : byte & 0x3F;
	if (byte == 0) {
		r->at = FRAME_AT_DESCRIPTOR;
		/* A second descriptor: the first was about no bytes at all. */
		r->due = r->flagged;
		r->flagged = false;
		return FRAME_MORE;
	}
	r->flagged = false;
	if (r->left == 0)
		return bad(r, "a string of no bytes");
	if (byte < 0x80)
		r->at = FRAME_AT_BYTES;
	else if (byte < 0xC0)
		r->at = FRAME_AT_RUN;
	else
		return take_run(r, r->filler, data_r, len_r);
	return FRAME_MORE;
}

enum frame_event
frame_next(struct frame_reader *r, const char **in, size_t *n, const char **data_r, size_t *len_r)
{
	enum frame_event event = FRAME_MORE;

	for (;;) {
		if (r->due)
			event = tell_due(r);
		if (event != FRAME_MORE || (!r->due && *n == 0))
			return event;
		if (r->due)
			continue;
		switch (r->mode) {
		case FRAME_STREAM:
			event = next_of_stream(r, in, n, data_r, len_r);
			break;
		case FRAME_BLOCK:
			event = next_of_blocks(r, in, n, data_r, len_r);
			break;
		case FRAME_COMPRESSED:
			event = next_of_strings(r, in, n, data_r, len_r);
			break;
		}
		if (event != FRAME_MORE)
			return event;
	}
}

enum frame_event
frame_finish(struct frame_reader *r)
{
	enum frame_event event;

	if (r->flagged && (r->flags & FRAME_EOF) != 0) {
		event = tell_due(r);
		if (event != FRAME_MORE)
			return event;
	}
	return bad(r, "the connection ended before the file did");
}
