#include "ftp/wire.h"

#include "base/num.h"
#include "ftp/ascii.h"
#include "ftp/ebcdic.h"
#include "ftp/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST     /* zlib does not write where it reads */
#include <zlib.h>

/* Bytes that go through the stages at a time. */
#define PIECE 65536

/* zlib's largest window; with 32 added it takes gzip's header as well as its own, as others do. */
#define WINDOW_ANY (15 + 32)

bool
wire_is_plain(const struct wire_form *form)
{
	return form->type == WIRE_IMAGE && !form->records && form->mode == WIRE_STREAM;
}

/* ---- markers ---- */

void
wire_put_marker(char marker_r[WIRE_MARKER_LEN], uint64_t offset, bool cr)
{
	snprintf(marker_r, WIRE_MARKER_LEN, "%" PRIu64 "%s", offset, cr ? "r" : "");
}

bool
wire_parse_marker(const char *marker, uint64_t *offset_r, bool *cr_r)
{
	size_t len = strlen(marker);

	*cr_r = len > 0 && marker[len - 1] == 'r';
	return num_parse_len(marker, len - *cr_r, INT64_MAX, offset_r);
}

/* ---- forms and frames ---- */

/* MODE S and Z have a frame only for records. */
static bool
has_frame(const struct wire_form *form)
{
	return form->mode == WIRE_BLOCK || form->mode == WIRE_COMPRESSED || form->records;
}

static enum frame_mode
frame_mode(const struct wire_form *form)
{
	return form->mode == WIRE_BLOCK ? FRAME_BLOCK :
	    form->mode == WIRE_COMPRESSED ? FRAME_COMPRESSED : FRAME_STREAM;
}

/* The blank of the TYPE, or NUL (RFC 959 section 3.4.3). */
static char
filler(const struct wire_form *form)
{
	return form->type == WIRE_ASCII ? ' ' : form->type == WIRE_EBCDIC ? 0x40 : '\0';
}

/* ---- sending ---- */

struct wire_sender {
	struct wire_form form;
	wire_sink *sink;
	void *ctx;
	struct ascii ascii;
	struct frame_writer frame;
	z_stream z;
	uint64_t offset;        /* in the file, of what is sent next */
	uint64_t next_marker;
	uint64_t skip;
	bool record_due;        /* a record is over, but perhaps the file with it */
	char text[2 * PIECE];
	char framed[FRAME_BOUND(2 * PIECE)];
	char deflated[PIECE];
};

struct wire_sender *
wire_sender_new(
    const struct wire_form *form, const struct wire_start *start, wire_sink *sink, void *ctx)
{
	struct wire_sender *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->form = *form;
	w->sink = sink;
	w->ctx = ctx;
	w->ascii.cr = start->cr;
	w->frame.mode = frame_mode(form);
	w->frame.filler = filler(form);
	w->offset = start->offset;
	w->skip = start->skip;
	w->next_marker = start->offset + WIRE_MARKER_EVERY;
	if (form->mode == WIRE_DEFLATE && deflateInit(&w->z, form->level) != Z_OK) {
		free(w);
		return NULL;
	}
	return w;
}

void
wire_sender_free(struct wire_sender *w)
{
	if (w == NULL)
		return;
	if (w->form.mode == WIRE_DEFLATE)
		(void)deflateEnd(&w->z);
	free(w);
}

static bool
put_deflated(struct wire_sender *w, const char *bytes, size_t n, bool last)
{
	int rc;

	w->z.next_in = (const Bytef *)bytes;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = (Bytef *)w->deflated;
		w->z.avail_out = sizeof(w->deflated);
		rc = deflate(&w->z, last ? Z_FINISH : Z_NO_FLUSH);
		if (rc == Z_STREAM_ERROR)
			return false;
		if (w->z.avail_out < sizeof(w->deflated) &&
		    !w->sink(w->ctx, w->deflated, sizeof(w->deflated) - w->z.avail_out))
			return false;
	} while (w->z.avail_out == 0 || (last && rc != Z_STREAM_END));
	return true;
}

/* The last stage. */
static bool
put(struct wire_sender *w, const char *bytes, size_t n, bool last)
{
	if (w->form.mode == WIRE_DEFLATE)
		return put_deflated(w, bytes, n, last);
	return n == 0 || w->sink(w->ctx, bytes, n);
}

/* n is 2 * PIECE at most. */
static bool
put_framed(struct wire_sender *w, const char *bytes, size_t n, unsigned flags)
{
	return put(w, w->framed, frame_put(&w->frame, bytes, n, flags, w->framed),
	    (flags & FRAME_EOF) != 0);
}

/* Bytes of one record, which they may end; flags say that. */
static bool
put_record(struct wire_sender *w, const char *bytes, size_t n, unsigned flags)
{
	if (w->record_due) {
		w->record_due = false;
		if (n == 0 && flags == FRAME_EOF)
			return put_framed(w, bytes, 0, FRAME_EOR | FRAME_EOF);
		if (!put_framed(w, bytes, 0, FRAME_EOR))
			return false;
	}
	if (w->form.type == WIRE_EBCDIC) {
		ebcdic_encode(bytes, n, w->text);
		bytes = w->text;
	}
	return put_framed(w, bytes, n, flags);
}

/* A line without its LF is a record.  A last line that has no LF ends without an end of record, so
 * that whoever wants the very file back can have it. */
static bool
send_lines(struct wire_sender *w, const char *bytes, size_t n, bool last)
{
	const char *end = bytes + n;

	while (bytes < end) {
		const char *lf = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = lf == NULL ? end : lf;
		bool at_end = lf == NULL || lf + 1 == end;
		unsigned flags = lf == NULL ? 0 : FRAME_EOR;

		if (at_end && last)
			return put_record(w, bytes, (size_t)(stop - bytes), flags | FRAME_EOF);
		/* An end of record that is the last thing known may yet be the file's as well. */
		if (!put_record(w, bytes, (size_t)(stop - bytes), at_end ? 0 : flags))
			return false;
		w->record_due = at_end && lf != NULL;
		bytes = lf == NULL ? end : lf + 1;
	}
	return !last || put_record(w, "", 0, FRAME_EOF);
}

static bool
send_bytes(struct wire_sender *w, const char *bytes, size_t n, bool last)
{
	size_t drop;

	if (w->form.type == WIRE_ASCII) {
		n = ascii_encode(&w->ascii, bytes, n, w->text);
		bytes = w->text;
	} else if (w->form.type == WIRE_EBCDIC) {
		ebcdic_encode(bytes, n, w->text);
		bytes = w->text;
	}
	drop = w->skip < n ? (size_t)w->skip : n;
	w->skip -= drop;
	if (!has_frame(&w->form))
		return put(w, bytes + drop, n - drop, last);
	/* In TYPE I the whole file is one record. */
	return put_framed(w, bytes + drop, n - drop,
	    (last ? FRAME_EOF : 0) | (last && w->form.records ? FRAME_EOR : 0));
}

static bool
send_marker(struct wire_sender *w)
{
	char marker[WIRE_MARKER_LEN];
	char framed[FRAME_BOUND(WIRE_MARKER_LEN)];

	if (w->offset < w->next_marker ||
	    (w->form.mode != WIRE_BLOCK && w->form.mode != WIRE_COMPRESSED))
		return true;
	while (w->next_marker <= w->offset)
		w->next_marker += WIRE_MARKER_EVERY;
	/* What goes before the marker must be told before it. */
	if (w->record_due && !put_record(w, "", 0, 0))
		return false;
	wire_put_marker(marker, w->offset, w->ascii.cr);
	return put(w, framed, frame_put_marker(&w->frame, marker, framed), false);
}

bool
wire_send(struct wire_sender *w, const char *bytes, size_t n, bool last)
{
	bool lines = w->form.records && w->form.type != WIRE_IMAGE;

	if (n == 0)
		bytes = "";
	do {
		size_t len = n < PIECE ? n : PIECE;
		bool end = last && len == n;

		if (!send_marker(w))
			return false;
		if (!(lines ? send_lines(w, bytes, len, end) : send_bytes(w, bytes, len, end)))
			return false;
		w->offset += len;
		bytes += len;
		n -= len;
	} while (n > 0);
	return true;
}

/* ---- receiving ---- */

struct wire_receiver {
	struct wire_form form;
	struct wire_target target;
	struct ascii ascii;
	struct frame_reader frame;
	z_stream z;
	uint64_t taken, grown;  /* MODE Z: bytes that came, and what became of them */
	bool z_ended, file_ended;
	unsigned records;       /* TYPE I: ends of record so far */
	const char *problem;
	char inflated[PIECE];
	char text[PIECE + 1];
};

struct wire_receiver *
wire_receiver_new(
    const struct wire_form *form, const struct wire_start *start, const struct wire_target *target)
{
	struct wire_receiver *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->form = *form;
	w->target = *target;
	w->ascii.cr = start->cr;
	w->frame.mode = frame_mode(form);
	w->frame.filler = filler(form);
	if (form->mode == WIRE_DEFLATE && inflateInit2(&w->z, WINDOW_ANY) != Z_OK) {
		free(w);
		return NULL;
	}
	return w;
}

void
wire_receiver_free(struct wire_receiver *w)
{
	if (w == NULL)
		return;
	if (w->form.mode == WIRE_DEFLATE)
		(void)inflateEnd(&w->z);
	free(w);
}

const char *
wire_problem(const struct wire_receiver *w)
{
	return w->problem;
}

bool
wire_is_suspect(const struct wire_receiver *w)
{
	return w->frame.suspect;
}

static enum wire_status
bad(struct wire_receiver *w, const char *problem)
{
	w->problem = problem;
	return WIRE_BAD;
}

static enum wire_status
to_target(const struct wire_receiver *w, const char *bytes, size_t n)
{
	return n == 0 || w->target.data(w->target.ctx, bytes, n) ? WIRE_MORE : WIRE_REFUSED;
}

/* From the bytes of TYPE to the file's. */
static enum wire_status
take_typed(struct wire_receiver *w, const char *bytes, size_t n)
{
	enum wire_status status = WIRE_MORE;

	if (w->form.type == WIRE_IMAGE)
		return to_target(w, bytes, n);
	while (n > 0 && status == WIRE_MORE) {
		size_t len = n < PIECE ? n : PIECE, made = len;

		if (w->form.type == WIRE_EBCDIC)
			ebcdic_decode(bytes, len, w->text);
		else if (w->form.records)
			memcpy(w->text, bytes, len);    /* ends of line are records' here */
		else
			made = ascii_decode(&w->ascii, bytes, len, w->text);
		status = to_target(w, w->text, made);
		bytes += len;
		n -= len;
	}
	return status;
}

static enum wire_status
end_record(struct wire_receiver *w)
{
	if (!w->form.records)
		return WIRE_MORE;       /* STRU F has none; they say nothing about the bytes */
	if (w->form.type != WIRE_IMAGE)
		return to_target(w, "\n", 1);
	w->records++;
	return WIRE_MORE;
}

/* The end of the file: a CR that was held back is one of its bytes. */
static enum wire_status
end_file(struct wire_receiver *w)
{
	enum wire_status status;

	status = to_target(w, w->text, ascii_decode_end(&w->ascii, w->text));
	return status == WIRE_MORE ? WIRE_END : status;
}

/* A second record of TYPE I would be glued to the first, and where it began be lost. */
static enum wire_status
take_record_bytes(struct wire_receiver *w, const char *bytes, size_t n)
{
	if (w->records > 0)
		return bad(w, "a file of TYPE I is one record here; send TYPE A, or STRU F");
	return take_typed(w, bytes, n);
}

/* From MODE B, MODE C or records to the bytes of TYPE. */
static enum wire_status
take_framed(struct wire_receiver *w, const char *bytes, size_t n)
{
	enum wire_status status = WIRE_MORE;

	while (status == WIRE_MORE) {
		const char *data = NULL;
		size_t len = 0;

		switch (frame_next(&w->frame, &bytes, &n, &data, &len)) {
		case FRAME_MORE:
			return WIRE_MORE;
		case FRAME_DATA:
			status = take_record_bytes(w, data, len);
			break;
		case FRAME_RECORD:
			status = end_record(w);
			break;
		case FRAME_MARK:
			if (!w->target.marker(w->target.ctx, w->frame.marker, w->ascii.cr))
				status = WIRE_REFUSED;
			break;
		case FRAME_END:
			return end_file(w);
		case FRAME_BAD:
			return bad(w, w->frame.bad);
		}
	}
	return status;
}

/* From MODE S, or what is inside of MODE Z. */
static enum wire_status
take_stream(struct wire_receiver *w, const char *bytes, size_t n)
{
	return has_frame(&w->form) ? take_framed(w, bytes, n) : take_typed(w, bytes, n);
}

static const char trailing[] = "bytes behind the end of the file";

static enum wire_status
take_deflated(struct wire_receiver *w, const char *bytes, size_t n)
{
	enum wire_status status = WIRE_MORE;
	int rc = Z_OK;

	if (w->z_ended && n > 0)
		return bad(w, trailing);
	w->taken += n;
	w->z.next_in = (const Bytef *)bytes;
	w->z.avail_in = (uInt)n;
	do {
		size_t made;

		w->z.next_out = (Bytef *)w->inflated;
		w->z.avail_out = sizeof(w->inflated);
		rc = inflate(&w->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return bad(w, "no zlib stream, or a damaged one");
		made = sizeof(w->inflated) - w->z.avail_out;
		w->grown += made;
		if (w->grown > WIRE_FREE && w->grown / WIRE_RATIO_MAX > w->taken)
			return WIRE_BOMB;
		if (made > 0 && w->file_ended)
			return bad(w, trailing);
		status = take_stream(w, w->inflated, made);
		/* The file is whole when zlib's check sum, which comes last, is right. */
		if (status == WIRE_END) {
			w->file_ended = true;
			status = WIRE_MORE;
		}
	} while (status == WIRE_MORE && rc == Z_OK && (w->z.avail_in > 0 || w->z.avail_out == 0));
	w->z_ended = rc == Z_STREAM_END;
	if (status == WIRE_MORE && w->z_ended && w->z.avail_in > 0)
		return bad(w, trailing);
	return status == WIRE_MORE && w->z_ended && w->file_ended ? WIRE_END : status;
}

enum wire_status
wire_receive(struct wire_receiver *w, const char *bytes, size_t n)
{
	return w->form.mode == WIRE_DEFLATE ? take_deflated(w, bytes, n) : take_stream(w, bytes, n);
}

enum wire_status
wire_receive_end(struct wire_receiver *w)
{
	if (w->form.mode == WIRE_DEFLATE && !w->z_ended)
		return bad(w, "the connection ended before the zlib stream did");
	if (!has_frame(&w->form))
		return end_file(w);
	for (;;) {
		switch (frame_finish(&w->frame)) {
		case FRAME_RECORD:
			if (end_record(w) == WIRE_REFUSED)
				return WIRE_REFUSED;
			break;
		case FRAME_END:
			return end_file(w);
		default:
			return bad(w, w->frame.bad);
		}
	}
}
