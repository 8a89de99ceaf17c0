/* Records, blocks and strings on the data connection: the bytes of RFC 959 section 3.4, and random files there and
 * back in pieces of any size. */
#include "ftp/frame.h"
#include "runner.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint32_t seed = 1;

/* The same numbers in every run. */
static unsigned
random_below(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

/* ---- what is written, byte by byte ---- */

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	enum frame_mode mode;
	const char *in;
	size_t n;
	unsigned flags;
	const char *out;
	size_t out_n;
} written[] = {
	{ FRAME_STREAM, BYTES("ab"), 0, BYTES("ab") },
	{ FRAME_STREAM, BYTES("a\xff"), FRAME_EOR, BYTES("a\xff\xff\xff\x01") },
	{ FRAME_STREAM, BYTES(""), FRAME_EOF, BYTES("\xff\x02") },
	{ FRAME_STREAM, BYTES("z"), FRAME_EOR | FRAME_EOF, BYTES("z\xff\x03") },
	{ FRAME_BLOCK, BYTES(""), 0, BYTES("") },
	{ FRAME_BLOCK, BYTES("abc"), 0, BYTES("\x00\x00\x03" "abc") },
	{ FRAME_BLOCK, BYTES("abc"), FRAME_EOR, BYTES("\x80\x00\x03" "abc") },
	{ FRAME_BLOCK, BYTES("abc"), FRAME_EOR | FRAME_EOF, BYTES("\xc0\x00\x03" "abc") },
	{ FRAME_BLOCK, BYTES(""), FRAME_EOF, BYTES("\x40\x00\x00") },
	{ FRAME_COMPRESSED, BYTES("abc"), 0, BYTES("\x03" "abc") },
	{ FRAME_COMPRESSED, BYTES("aaaa"), 0, BYTES("\x84" "a") },
	{ FRAME_COMPRESSED, BYTES("    "), 0, BYTES("\xc4") },
	{ FRAME_COMPRESSED, BYTES("ab   c"), 0, BYTES("\x02" "ab" "\xc3" "\x01" "c") },
	{ FRAME_COMPRESSED, BYTES("abbbb"), FRAME_EOF, BYTES("\x01" "a" "\x00\x40" "\x84" "b") },
	{ FRAME_COMPRESSED, BYTES("abc"), FRAME_EOR, BYTES("\x00\x80" "\x03" "abc") },
	{ FRAME_COMPRESSED, BYTES(""), FRAME_EOF, BYTES("\x00\x40") },
};

START_TEST(writes)
{
	struct frame_writer w = { .mode = written[_i].mode, .filler = ' ' };
	char out[64];

	ck_assert_uint_eq(frame_put(&w, written[_i].in, written[_i].n, written[_i].flags, out), written[_i].out_n);
	ck_assert(memcmp(out, written[_i].out, written[_i].out_n) == 0);
}
END_TEST

START_TEST(writes_markers)
{
	struct frame_writer block = { .mode = FRAME_BLOCK }, strings = { .mode = FRAME_COMPRESSED };
	char out[64];

	ck_assert_uint_eq(frame_put_marker(&block, "42r", out), 6);
	ck_assert_mem_eq(out, "\x10\x00\x03" "42r", 6);
	ck_assert_uint_eq(frame_put_marker(&strings, "42r", out), 6);
	ck_assert_mem_eq(out, "\x00\x10\x03" "42r", 6);
}
END_TEST

/* Blocks count to 65,535 (RFC 959 section 3.4.2); what ends does so with the last one. */
START_TEST(large_blocks)
{
	enum { n = 65536 };
	struct frame_writer w = { .mode = FRAME_BLOCK };
	static const char in[n];
	static char out[FRAME_BOUND(n)];

	ck_assert_uint_eq(frame_put(&w, in, n, FRAME_EOF, out), n + 6);
	ck_assert_mem_eq(out, "\x00\xff\xff", 3);
	ck_assert_mem_eq(out + 3 + 65535, "\x40\x00\x01", 3);
}
END_TEST

/* ---- there and back ---- */

/* A file as the events that it is made of: its bytes, "\n" for the end of a record, "<...>" for a marker, "$"
 * for the end. */
struct story {
	char text[20000];
	size_t len;
};

static void
tell(struct story *s, const char *bytes, size_t n)
{
	ck_assert_uint_le(s->len + n, sizeof(s->text));
	memcpy(s->text + s->len, bytes, n);
	s->len += n;
}

static size_t
write_story(enum frame_mode mode, struct story *s, char *wire)
{
	struct frame_writer w = { .mode = mode, .filler = ' ' };
	unsigned parts = 1 + random_below(20);
	size_t len = 0;

	for (unsigned i = 0; i < parts; i++) {
		char bytes[400];
		size_t n = random_below(random_below(4) == 0 ? sizeof(bytes) : 10), got;
		unsigned flags = random_below(2) == 0 ? FRAME_EOR : 0;

		if (i + 1 == parts)
			flags |= FRAME_EOF;
		for (size_t j = 0; j < n; j++)
			bytes[j] = " x\xff "[random_below(4)];
		if (mode != FRAME_STREAM && random_below(5) == 0) {
			len += frame_put_marker(&w, "12r", wire + len);
			tell(s, "<12r>", 5);
		}
		got = frame_put(&w, bytes, n, flags, wire + len);
		ck_assert_uint_le(got, FRAME_BOUND(n));
		len += got;
		tell(s, bytes, n);
		tell(s, "\n", (flags & FRAME_EOR) != 0);
		tell(s, "$", (flags & FRAME_EOF) != 0);
	}
	return len;
}

/* One event; false after the end. */
static bool
read_event(enum frame_event event, const struct frame_reader *r, const char *data, size_t len, struct story *s)
{
	switch (event) {
	case FRAME_DATA:
		tell(s, data, len);
		return true;
	case FRAME_RECORD:
		tell(s, "\n", 1);
		return true;
	case FRAME_MARK:
		tell(s, "<", 1);
		tell(s, r->marker, strlen(r->marker));
		tell(s, ">", 1);
		return true;
	case FRAME_END:
		tell(s, "$", 1);
		return false;
	case FRAME_BAD:
		tell(s, "!", 1);
		return false;
	case FRAME_MORE:
		break;
	}
	return true;
}

static void
read_story(enum frame_mode mode, const char *wire, size_t n, size_t step_max, struct story *s)
{
	struct frame_reader r = { .mode = mode, .filler = ' ' };
	enum frame_event event = FRAME_MORE;
	bool more = true;

	while (more && n > 0) {
		size_t step = 1 + random_below((unsigned)step_max), left;
		const char *data = "";
		size_t len = 0;

		left = step < n ? step : n;
		wire += left;
		n -= left;
		/* A copy of just that size: reading past it shows. */
		char *piece = malloc(left);
		const char *in = piece;

		ck_assert_ptr_nonnull(piece);
		memcpy(piece, wire - left, left);
		do {
			event = frame_next(&r, &in, &left, &data, &len);
			more = read_event(event, &r, data, len, s);
		} while (more && event != FRAME_MORE);
		free(piece);
	}
	while (more)
		more = read_event(frame_finish(&r), &r, "", 0, s);
}

START_TEST(round_trip)
{
	char *wire = malloc(50000);

	ck_assert_ptr_nonnull(wire);
	seed = (uint32_t)_i + 1;
	for (int round = 0; round < 300; round++) {
		enum frame_mode mode = (enum frame_mode)(_i % 3);
		struct story want = { .len = 0 }, got = { .len = 0 };
		size_t n = write_story(mode, &want, wire);

		read_story(mode, wire, n, 9, &got);
		ck_assert_uint_eq(got.len, want.len);
		ck_assert_mem_eq(got.text, want.text, want.len);
	}
	free(wire);
}
END_TEST

/* ---- what is read ---- */

static const struct {
	enum frame_mode mode;
	const char *in;
	size_t n;
	const char *story;
} read_as[] = {
	{ FRAME_STREAM, BYTES("ab\xff\x01" "c\xff\x02"), "ab\nc$" },
	{ FRAME_STREAM, BYTES("ab\xff\x01"), "ab\n!" },
	{ FRAME_STREAM, BYTES("ab\xff\x04"), "ab!" },
	{ FRAME_STREAM, BYTES("ab\xff"), "ab!" },
	{ FRAME_STREAM, BYTES("\xff\xff\xff\x03" "behind"), "\xff\n$" },
	{ FRAME_BLOCK, BYTES("\x40\x00\x01x"), "x$" },
	{ FRAME_BLOCK, BYTES("\x20\x00\x01x\x40\x00\x00"), "x$" },
	{ FRAME_BLOCK, BYTES("\x10\x00\x02m1\x40\x00\x00"), "<m1>$" },
	{ FRAME_BLOCK, BYTES("\x10\x00\x02m \x40\x00\x00"), "!" },
	{ FRAME_BLOCK, BYTES("\x10\x00\x00\x40\x00\x00"), "!" },
	{ FRAME_BLOCK, BYTES("\x00\x00\x05x"), "x!" },
	{ FRAME_BLOCK, BYTES("\x01\x00\x01x"), "!" },
	{ FRAME_BLOCK, BYTES(""), "!" },
	{ FRAME_COMPRESSED, BYTES("\x00\x40\x83x"), "xxx$" },
	{ FRAME_COMPRESSED, BYTES("\x02xy\x00\x40"), "xy$" },
	{ FRAME_COMPRESSED, BYTES("\x00\xc0"), "\n$" },
	{ FRAME_COMPRESSED, BYTES("\x00\x80\x00\x80\x01x\x00\x40"), "\nx\n$" },
	{ FRAME_COMPRESSED, BYTES("\xc2\x00\x40\x01x"), "  x$" },
	{ FRAME_COMPRESSED, BYTES("\x80"), "!" },
	{ FRAME_COMPRESSED, BYTES("\xc0"), "!" },
	{ FRAME_COMPRESSED, BYTES("\x00\x10\x02m1\x00\x40"), "<m1>$" },
	{ FRAME_COMPRESSED, BYTES("\x00\x80"), "!" },
	{ FRAME_COMPRESSED, BYTES("\x00\x0f"), "!" },
	{ FRAME_COMPRESSED, BYTES("\x00"), "!" },
	{ FRAME_COMPRESSED, BYTES("\x83"), "!" },
};

START_TEST(reads)
{
	size_t want = strlen(read_as[_i].story);

	for (size_t step = 1; step <= 3; step++) {
		struct story got = { .len = 0 };

		read_story(read_as[_i].mode, read_as[_i].in, read_as[_i].n, step, &got);
		ck_assert_msg(got.len == want && memcmp(got.text, read_as[_i].story, want) == 0, "\"%.*s\", not \"%s\"",
		    (int)got.len, got.text, read_as[_i].story);
	}
}
END_TEST

/* A marker as long as may be, and a longer one. */
START_TEST(long_markers)
{
	for (size_t n = FRAME_MARKER_MAX; n <= FRAME_MARKER_MAX + 1; n++) {
		struct story got = { .len = 0 };
		char wire[FRAME_MARKER_MAX + 16];

		memset(wire, 'm', sizeof(wire));
		wire[0] = FRAME_MARKER;
		wire[1] = (char)(n >> 8);
		wire[2] = (char)(n & 0xFF);
		read_story(FRAME_BLOCK, wire, n + 3, 50, &got);
		ck_assert_uint_eq(got.len, n == FRAME_MARKER_MAX ? n + 3 : 1);
	}
}
END_TEST

START_TEST(suspect)
{
	struct frame_reader r = { .mode = FRAME_BLOCK };
	const char *in = "\x20\x00\x01x", *data = NULL;
	size_t n = 4, len = 0;

	ck_assert_int_eq(frame_next(&r, &in, &n, &data, &len), FRAME_DATA);
	ck_assert(r.suspect);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");

	tcase_add_loop_test(tcase, writes, 0, (int)COUNT(written));
	tcase_add_test(tcase, writes_markers);
	tcase_add_test(tcase, large_blocks);
	tcase_add_loop_test(tcase, round_trip, 0, 12);
	tcase_add_loop_test(tcase, reads, 0, (int)COUNT(read_as));
	tcase_add_test(tcase, long_markers);
	tcase_add_test(tcase, suspect);
	suite_add_tcase(suite, tcase);
	return suite;
}
