/* TYPE, STRU and MODE together: every form there and back, in pieces; what is cut off or damaged is no file. */
#include "ftp/wire.h"
#include "runner.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX 40000
#define WIRE_MAX (4 * FILE_MAX)

struct bytes {
	char *data;
	size_t len, cap;
	unsigned markers;
	char marker[64];
	bool cr;
	size_t stop_at;         /* the sink says no from here on; 0: never */
};

static uint32_t seed = 1;

static unsigned
random_below(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static struct bytes
new_bytes(size_t cap)
{
	struct bytes b = { .data = malloc(cap), .cap = cap };

	ck_assert_ptr_nonnull(b.data);
	return b;
}

static bool
take(void *ctx, const char *bytes, size_t n)
{
	struct bytes *b = ctx;

	if (b->stop_at != 0 && b->len >= b->stop_at)
		return false;
	ck_assert_uint_le(b->len + n, b->cap);
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	return true;
}

static bool
take_marker(void *ctx, const char *marker, bool cr)
{
	struct bytes *b = ctx;

	b->markers++;
	ck_assert_uint_lt(strlen(marker), sizeof(b->marker));
	memcpy(b->marker, marker, strlen(marker) + 1);
	b->cr = cr;
	return true;
}

static void
encode(const struct wire_form *form, const struct wire_start *start, const char *file, size_t n, size_t piece,
    struct bytes *wire)
{
	struct wire_sender *w = wire_sender_new(form, start, take, wire);

	ck_assert_ptr_nonnull(w);
	do {
		size_t len = piece < n ? piece : n;

		ck_assert(wire_send(w, file, len, len == n));
		file += len;
		n -= len;
	} while (n > 0);
	wire_sender_free(w);
}

/* The last status: of a piece that ended it, or of the end. */
static enum wire_status
decode(const struct wire_form *form, const struct wire_start *start, const char *wire, size_t n, size_t piece,
    struct bytes *file)
{
	struct wire_target target = { take, take_marker, file };
	struct wire_receiver *w = wire_receiver_new(form, start, &target);
	enum wire_status status = WIRE_MORE;

	ck_assert_ptr_nonnull(w);
	while (n > 0 && status == WIRE_MORE) {
		size_t len = piece < n ? piece : n;

		status = wire_receive(w, wire, len);
		wire += len;
		n -= len;
	}
	if (status == WIRE_MORE)
		status = wire_receive_end(w);
	ck_assert(status != WIRE_BAD || wire_problem(w) != NULL);
	wire_receiver_free(w);
	return status;
}

/* Lines of all lengths, with every byte in them; no CR LF, which TYPE A makes an LF of. */
static size_t
random_file(char *file)
{
	size_t n = random_below(3) == 0 ? random_below(10) : random_below(FILE_MAX);

	for (size_t i = 0; i < n; i++) {
		file[i] = random_below(10) == 0 ? '\n' : random_below(3) == 0 ? ' ' : (char)random_below(256);
		if (file[i] == '\n' && i > 0 && file[i - 1] == '\r')
			file[i] = 'n';
	}
	return n;
}

/* A few bytes at a time only of what is small. */
static size_t
random_piece(size_t n)
{
	return 1 + random_below(n < 1000 ? 3 : 50000);
}

#define NFORMS (3 * 2 * 4)

static struct wire_form
form_of(int i)
{
	return (struct wire_form){ .type = (enum wire_type)(i % 3),
		.records = i / 3 % 2 == 1,
		.mode = (enum wire_mode)(i / 6),
		.level = 6 };
}

START_TEST(round_trip)
{
	struct wire_form form = form_of(_i);
	const struct wire_start start = { 0 };
	char *file = malloc(FILE_MAX);

	ck_assert_ptr_nonnull(file);
	seed = (uint32_t)_i + 1;
	for (int round = 0; round < 20; round++) {
		size_t n = random_file(file), piece = random_piece(n);
		struct bytes wire = new_bytes(WIRE_MAX), back = new_bytes(FILE_MAX);

		encode(&form, &start, file, n, piece, &wire);
		piece = random_piece(n);
		ck_assert_int_eq(decode(&form, &start, wire.data, wire.len, piece, &back), WIRE_END);
		ck_assert_uint_eq(back.len, n);
		ck_assert(n == 0 || memcmp(back.data, file, n) == 0);
		free(wire.data);
		free(back.data);
	}
	free(file);
}
END_TEST

/* MODE C says "the next bytes are the last", and none at all may come then. */
static bool
announces_end(const struct wire_form *form, const struct bytes *wire, size_t n)
{
	return form->mode == WIRE_COMPRESSED && n >= 2 && wire->data[n - 2] == 0 && (wire->data[n - 1] & 0x40) != 0;
}

/* Whatever tells its end is not whole without it; the others are cut at any byte and cannot know. */
START_TEST(cut_off)
{
	struct wire_form form = form_of(_i);
	const struct wire_start start = { 0 };
	static const char file[] = "one\ntwo\n\nfour\xff\n";
	struct bytes wire = new_bytes(1000);
	bool knows = form.records || form.mode != WIRE_STREAM;

	encode(&form, &start, file, sizeof(file) - 1, 7, &wire);
	for (size_t n = 0; n < wire.len; n++) {
		struct bytes back = new_bytes(1000);

		ck_assert_int_eq(decode(&form, &start, wire.data, n, 3, &back),
		    knows && !announces_end(&form, &wire, n) ? WIRE_BAD : WIRE_END);
		free(back.data);
	}
	free(wire.data);
}
END_TEST

START_TEST(target_refuses)
{
	struct wire_form form = form_of(_i);
	const struct wire_start start = { 0 };
	static const char file[] = "one\ntwo\nthree\n";
	struct bytes wire = new_bytes(1000), back = new_bytes(1000);
	struct wire_sender *w;

	encode(&form, &start, file, sizeof(file) - 1, 4, &wire);
	back.stop_at = 1;
	(void)take(&back, "x", 1);
	ck_assert_int_eq(decode(&form, &start, wire.data, wire.len, 1000, &back), WIRE_REFUSED);
	w = wire_sender_new(&form, &start, take, &back);
	ck_assert_ptr_nonnull(w);
	ck_assert(!wire_send(w, file, sizeof(file) - 1, true));
	wire_sender_free(w);
	free(wire.data);
	free(back.data);
}
END_TEST

/* ---- single forms ---- */

static void
check_wire(struct wire_form form, struct wire_start start, const char *file, const char *want, size_t want_len)
{
	struct bytes wire = new_bytes(1000);

	encode(&form, &start, file, strlen(file), 1000, &wire);
	ck_assert_uint_eq(wire.len, want_len);
	ck_assert_mem_eq(wire.data, want, want_len);
	free(wire.data);
}

#define CHECK_WIRE(form, start, file, want) check_wire(form, start, file, want, sizeof(want) - 1)

START_TEST(known_bytes)
{
	const struct wire_start none = { 0 };
	const struct wire_form ascii_records = { WIRE_ASCII, true, WIRE_STREAM, 0 };
	const struct wire_form ascii_blocks = { WIRE_ASCII, false, WIRE_BLOCK, 0 };
	const struct wire_form ebcdic = { WIRE_EBCDIC, false, WIRE_STREAM, 0 };
	const struct wire_form image_records = { WIRE_IMAGE, true, WIRE_BLOCK, 0 };

	/* The end of record that ends the file is said with it. */
	CHECK_WIRE(ascii_records, none, "a\nb\n", "a\xff\x01" "b\xff\x03");
	CHECK_WIRE(ascii_records, none, "a\nb", "a\xff\x01" "b\xff\x02");
	CHECK_WIRE(ascii_records, none, "", "\xff\x02");
	CHECK_WIRE(ascii_blocks, none, "a\n", "\x40\x00\x03" "a\r\n");
	CHECK_WIRE(ebcdic, none, "A\n", "\xc1\x15");
	CHECK_WIRE(image_records, none, "a\nb", "\xc0\x00\x03" "a\nb");
}
END_TEST

/* REST in TYPE A counts bytes of the wire, and may point between CR and LF (RFC 3659 section 5.2). */
START_TEST(skips)
{
	const struct wire_form ascii = { WIRE_ASCII, false, WIRE_STREAM, 0 };

	CHECK_WIRE(ascii, ((struct wire_start){ .skip = 2 }), "a\nb\n", "\nb\r\n");
	CHECK_WIRE(ascii, ((struct wire_start){ .skip = 3 }), "a\nb\n", "b\r\n");
	CHECK_WIRE(ascii, ((struct wire_start){ .skip = 100 }), "a\nb\n", "");
	/* A CR before the place that is gone on from makes an LF there a line's end already. */
	CHECK_WIRE(ascii, ((struct wire_start){ .offset = 1, .cr = true }), "\nb", "\nb");
}
END_TEST

START_TEST(second_record_of_image)
{
	const struct wire_form form = { WIRE_IMAGE, true, WIRE_STREAM, 0 };
	const struct wire_start none = { 0 };
	struct bytes back = new_bytes(100);

	ck_assert_int_eq(decode(&form, &none, "a\xff\x03", 3, 1, &back), WIRE_END);
	ck_assert_int_eq(decode(&form, &none, "a\xff\x01" "b\xff\x03", 6, 1, &back), WIRE_BAD);
	free(back.data);
}
END_TEST

/* ---- restart markers ---- */

START_TEST(markers)
{
	static const struct {
		const char *text;
		bool good, cr;
		uint64_t offset;
	} rows[] = {
		{ "0", true, false, 0 },
		{ "123", true, false, 123 },
		{ "123r", true, true, 123 },
		{ "9223372036854775807r", true, true, INT64_MAX },
		{ "9223372036854775808", false, false, 0 },
		{ "", false, false, 0 },
		{ "r", false, false, 0 },
		{ "12rr", false, false, 0 },
		{ "-1", false, false, 0 },
		{ "x12", false, false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[WIRE_MARKER_LEN];
		uint64_t offset;
		bool cr;

		ck_assert_int_eq(wire_parse_marker(rows[i].text, &offset, &cr), rows[i].good);
		if (!rows[i].good)
			continue;
		ck_assert_uint_eq(offset, rows[i].offset);
		ck_assert_int_eq(cr, rows[i].cr);
		wire_put_marker(text, offset, cr);
		ck_assert_str_eq(text, rows[i].text);
	}
}
END_TEST

/* A marker of ours says where to go on: what was sent before it and what is sent from there are the file. */
START_TEST(goes_on_from_marker)
{
	static const enum wire_mode modes[] = { WIRE_BLOCK, WIRE_COMPRESSED };
	struct wire_form form = { .type = (enum wire_type)(_i % 3), .records = _i / 3 % 2 == 1, .mode = modes[_i / 6] };
	const struct wire_start none = { 0 };
	size_t n = WIRE_MARKER_EVERY + 20077;
	struct bytes wire = new_bytes(3 * n), back = new_bytes(2 * n), rest = new_bytes(3 * n), tail = new_bytes(2 * n);
	struct wire_start start = { 0 };
	char *file = malloc(n);

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < n; i++)
		file[i] = random_below(20) == 0 ? '\n' : "ab d\xff"[i % 5];
	encode(&form, &none, file, n, 10000, &wire);
	ck_assert_int_eq(decode(&form, &none, wire.data, wire.len, 10000, &back), WIRE_END);
	ck_assert_uint_eq(back.markers, 1);
	ck_assert(wire_parse_marker(back.marker, &start.offset, &start.cr));
	ck_assert_uint_ge(start.offset, WIRE_MARKER_EVERY);
	encode(&form, &start, file + start.offset, n - start.offset, 10000, &rest);
	ck_assert_int_eq(decode(&form, &none, rest.data, rest.len, 10000, &tail), WIRE_END);
	ck_assert_uint_eq(tail.len, n - start.offset);
	ck_assert_mem_eq(tail.data, file + start.offset, tail.len);
	free(file);
	free(wire.data);
	free(back.data);
	free(rest.data);
	free(tail.data);
}
END_TEST

/* A CR before a marker may be half an end of line; the receiver says so, and goes on from there rightly. */
START_TEST(held_cr_at_marker)
{
	const struct wire_form form = { WIRE_ASCII, false, WIRE_BLOCK, 0 };
	const struct wire_start none = { 0 }, held = { .cr = true };
	struct bytes back = new_bytes(100);

	ck_assert_int_eq(decode(&form, &none, "\x00\x00\x02" "a\r" "\x10\x00\x01" "m", 9, 100, &back), WIRE_BAD);
	ck_assert_uint_eq(back.markers, 1);
	ck_assert(back.cr);
	ck_assert_uint_eq(back.len, 1);
	ck_assert_int_eq(decode(&form, &held, "\x40\x00\x02" "\nb", 5, 100, &back), WIRE_END);
	ck_assert_uint_eq(back.len, 3);
	ck_assert_mem_eq(back.data, "a\nb", 3);
	free(back.data);
}
END_TEST

/* ---- MODE Z ---- */

static bool
count(void *ctx, const char *bytes, size_t n)
{
	(void)bytes;
	*(uint64_t *)ctx += n;
	return true;
}

/* A small stream that would fill the disk is stopped, a large one that is merely good to compress is not. */
START_TEST(bomb)
{
	const struct wire_form form = { .type = WIRE_IMAGE, .mode = WIRE_DEFLATE, .level = 9 };
	const struct wire_start none = { 0 };
	struct bytes wire = new_bytes(1024 * 1024);
	uint64_t grown = 0;
	struct wire_target target = { count, take_marker, &grown };
	struct wire_sender *w = wire_sender_new(&form, &none, take, &wire);
	struct wire_receiver *r = wire_receiver_new(&form, &none, &target);
	static const char zeros[65536];

	ck_assert(w != NULL && r != NULL);
	for (int i = 0; i < 2048; i++)
		ck_assert(wire_send(w, zeros, sizeof(zeros), i == 2047));
	ck_assert_int_eq(wire_receive(r, wire.data, wire.len), WIRE_BOMB);
	ck_assert_uint_lt(grown, 128 * 1024 * 1024);
	ck_assert_uint_ge(grown, WIRE_FREE - 100000);
	wire_sender_free(w);
	wire_receiver_free(r);
	free(wire.data);
}
END_TEST

START_TEST(damaged)
{
	const struct wire_form form = { .type = WIRE_IMAGE, .mode = WIRE_DEFLATE, .level = 6 };
	const struct wire_start none = { 0 };
	static const char text[] = "some text, some text, some text";
	struct bytes wire = new_bytes(1000), back = new_bytes(100000);
	unsigned harmless = 0;

	encode(&form, &none, text, sizeof(text) - 1, 100, &wire);
	for (size_t i = 0; i < wire.len; i++) {
		wire.data[i] ^= 0x10;
		back.len = 0;
		/* Bits that only fill up a byte may be any. */
		if (decode(&form, &none, wire.data, wire.len, 5, &back) == WIRE_END) {
			ck_assert_uint_eq(back.len, sizeof(text) - 1);
			ck_assert_mem_eq(back.data, text, back.len);
			harmless++;
		}
		wire.data[i] ^= 0x10;
	}
	ck_assert_uint_le(harmless, 1);
	ck_assert(take(&wire, "x", 1));
	ck_assert_int_eq(decode(&form, &none, wire.data, wire.len, 5, &back), WIRE_BAD);
	ck_assert_int_eq(decode(&form, &none, wire.data, wire.len, 500, &back), WIRE_BAD);
	ck_assert_int_eq(decode(&form, &none, "no zlib", 7, 5, &back), WIRE_BAD);
	free(wire.data);
	free(back.data);
}
END_TEST

START_TEST(plain)
{
	for (int i = 0; i < NFORMS; i++) {
		struct wire_form form = form_of(i);

		ck_assert_int_eq(wire_is_plain(&form),
		    form.type == WIRE_IMAGE && !form.records && form.mode == WIRE_STREAM);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase = tcase_create("wire");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, round_trip, 0, NFORMS);
	tcase_add_loop_test(tcase, cut_off, 0, NFORMS);
	tcase_add_loop_test(tcase, target_refuses, 0, NFORMS);
	tcase_add_test(tcase, known_bytes);
	tcase_add_test(tcase, skips);
	tcase_add_test(tcase, second_record_of_image);
	tcase_add_test(tcase, markers);
	tcase_add_loop_test(tcase, goes_on_from_marker, 0, 12);
	tcase_add_test(tcase, held_cr_at_marker);
	tcase_add_test(tcase, bomb);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, plain);
	suite_add_tcase(suite, tcase);
	return suite;
}
