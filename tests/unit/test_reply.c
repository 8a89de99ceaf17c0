/* The parser of replies: what it takes for one, in whatever pieces it comes. */
#include "ftp/reply.h"
#include "runner.h"

#include <string.h>

static struct reply reply;

static const struct {
	const char *bytes;
	enum reply_status status;
	int code;
	const char *text;       /* of the last line */
	const char *rest;       /* not taken: belongs to the next reply */
} rows[] = {
	{ "220 hello\r\n", REPLY_WHOLE, 220, "hello", "" },
	{ "220 \r\n", REPLY_WHOLE, 220, "", "" },
	{ "220\r\n", REPLY_WHOLE, 220, "", "" },
	{ "220 hello\n", REPLY_WHOLE, 220, "hello", "" },
	{ "220 hello\r\r\n", REPLY_WHOLE, 220, "hello", "" },
	{ "\r\n\r\n220 after empty lines\r\n", REPLY_WHOLE, 220, "after empty lines", "" },
	{ "226 one\r\n226 two\r\n", REPLY_WHOLE, 226, "one", "226 two\r\n" },
	{ "220-first\r\nfree text\r\n220 last\r\n331 x\r\n", REPLY_WHOLE, 220, "last", "331 x\r\n" },
	{ "220-first\r\n220-second\r\n220 last\r\n", REPLY_WHOLE, 220, "last", "" },
	{ "220-first\r\n500 not the end\r\n220 last\r\n", REPLY_WHOLE, 220, "last", "" },
	{ "220-first\r\n 220 not the end\r\n220 last\r\n", REPLY_WHOLE, 220, "last", "" },
	{ "220-first\r\n2201 not the end\r\n220 last\r\n", REPLY_WHOLE, 220, "last", "" },
	{ "220-first\r\n\r\n220\r\n", REPLY_WHOLE, 220, "", "" },
	{ "211-Features\r\n211-SIZE\r\n211 End\r\n", REPLY_WHOLE, 211, "End", "" },
	{ "257 \"a\xff\xff\" x\r\n", REPLY_WHOLE, 257, "\"a\xff\" x", "" },
	{ "257 \"a\xff" "b\"\r\n", REPLY_WHOLE, 257, "\"a\xff" "b\"", "" },
	{ "\xff\xfb\x01" "220 x\xff\xf1y\r\n", REPLY_WHOLE, 220, "xy", "" },
	{ "220 \xff\xfa\x01 sub \xff\xf0z\r\n", REPLY_WHOLE, 220, "z", "" },
	{ "220 \xff\xfa never ended\n", REPLY_MORE, 0, "", "" },
	{ "631 protected\r\n", REPLY_WHOLE, 631, "protected", "" },
	{ "220 not yet", REPLY_MORE, 0, "", "" },
	{ "220-first\r\nand\r\n", REPLY_MORE, 220, "", "" },
	{ "hello\r\n", REPLY_BAD, 0, NULL, "" },
	{ "SSH-2.0-x\r\nmore", REPLY_BAD, 0, NULL, "more" },
	{ "22 x\r\n", REPLY_BAD, 0, NULL, "" },
	{ "2200 x\r\n", REPLY_BAD, 0, NULL, "" },
	{ "720 x\r\n", REPLY_BAD, 0, NULL, "" },
	{ "020 x\r\n", REPLY_BAD, 0, NULL, "" },
	{ "22a x\r\n", REPLY_BAD, 0, NULL, "" },
	{ " 220 x\r\n", REPLY_BAD, 0, NULL, "" },
};

#define NROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static void
check_row(int i, size_t piece)
{
	const unsigned char *bytes = (const unsigned char *)rows[i].bytes;
	size_t n = strlen(rows[i].bytes), at = 0, used;
	enum reply_status status = REPLY_MORE;

	reply_start(&reply);
	while (at < n && status == REPLY_MORE) {
		size_t now = n - at < piece ? n - at : piece;

		status = reply_feed(&reply, bytes + at, now, &used);
		ck_assert_uint_le(used, now);
		ck_assert(status != REPLY_MORE || used == now);
		at += used;
	}
	ck_assert_int_eq(status, rows[i].status);
	ck_assert_int_eq(reply.code, rows[i].code);
	ck_assert_str_eq((const char *)bytes + at, rows[i].rest);
	if (status == REPLY_WHOLE)
		ck_assert_str_eq(reply_text(&reply), rows[i].text);
}

START_TEST(rows_at_once)
{
	check_row(_i, SIZE_MAX);
}
END_TEST

START_TEST(rows_byte_by_byte)
{
	check_row(_i, 1);
}
END_TEST

static enum reply_status
feed(const char *text, size_t n)
{
	size_t used;

	return reply_feed(&reply, (const unsigned char *)text, n, &used);
}

START_TEST(nul_is_left_out)
{
	static const char bytes[] = "257 \"a\r\0b\0c\"\r\n";

	reply_start(&reply);
	ck_assert_int_eq(feed(bytes, sizeof(bytes) - 1), REPLY_WHOLE);
	ck_assert_str_eq(reply_text(&reply), "\"a\rbc\"");
}
END_TEST

START_TEST(lines_are_kept_with_their_codes)
{
	static const char bytes[] = "211-Features:\r\n SIZE\r\n MLST type*;\r\n211 End\r\n";
	static const char *const lines[] = { "211-Features:", " SIZE", " MLST type*;", "211 End" };
	char line[64], small[4];
	size_t at = 0;

	reply_start(&reply);
	ck_assert_int_eq(feed(bytes, sizeof(bytes) - 1), REPLY_WHOLE);
	for (size_t i = 0; i < 4; i++) {
		ck_assert(reply_next_line(&reply, &at, line, sizeof(line)));
		ck_assert_str_eq(line, lines[i]);
	}
	ck_assert(!reply_next_line(&reply, &at, line, sizeof(line)));
	at = 0;
	ck_assert(reply_next_line(&reply, &at, small, sizeof(small)));
	ck_assert_str_eq(small, "211");
	ck_assert(reply_next_line(&reply, &at, line, sizeof(line)));
	ck_assert_str_eq(line, " SIZE");
}
END_TEST

/* A line of many bytes is read to its end, and the reply stays what it is. */
START_TEST(long_line_is_cut)
{
	reply_start(&reply);
	ck_assert_int_eq(feed("550 ", 4), REPLY_MORE);
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(feed("x", 1), REPLY_MORE);
	ck_assert_int_eq(feed("\r\n", 2), REPLY_WHOLE);
	ck_assert_int_eq(reply.code, 550);
	ck_assert_uint_eq(strlen(reply.line), REPLY_LINE_MAX - 1);
}
END_TEST

START_TEST(many_lines_keep_the_last)
{
	reply_start(&reply);
	ck_assert_int_eq(feed("220-x\n", 6), REPLY_MORE);
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(feed("ten bytes\n", 10), REPLY_MORE);
	ck_assert_int_eq(feed("220 the last\n", 13), REPLY_WHOLE);
	ck_assert_str_eq(reply_text(&reply), "the last");
	ck_assert_uint_lt(reply.text_len, REPLY_TEXT_MAX);
	ck_assert_uint_gt(reply.text_len, REPLY_TEXT_MAX - 20);
}
END_TEST

static enum reply_status
flood(const char *begin, const char *piece)
{
	enum reply_status status;
	size_t total;

	reply_start(&reply);
	status = feed(begin, strlen(begin));
	for (total = strlen(begin); status == REPLY_MORE && total < 2 * REPLY_TOTAL_MAX; total += strlen(piece))
		status = feed(piece, strlen(piece));
	ck_assert_uint_le(total, REPLY_TOTAL_MAX + strlen(piece));
	return status;
}

START_TEST(endless_replies_end)
{
	ck_assert_int_eq(flood("220-", "x"), REPLY_TOO_LONG);
	ck_assert_int_eq(flood("220-\n", "another line\n"), REPLY_TOO_LONG);
	ck_assert_int_eq(flood("", "\r\n"), REPLY_TOO_LONG);
	ck_assert_int_eq(flood("220 \xff\xfa", "x"), REPLY_TOO_LONG);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("reply");
	TCase *t = tcase_create("reply");

	tcase_add_loop_test(t, rows_at_once, 0, NROWS);
	tcase_add_loop_test(t, rows_byte_by_byte, 0, NROWS);
	tcase_add_test(t, nul_is_left_out);
	tcase_add_test(t, lines_are_kept_with_their_codes);
	tcase_add_test(t, long_line_is_cut);
	tcase_add_test(t, many_lines_keep_the_last);
	tcase_add_test(t, endless_replies_end);
	suite_add_tcase(s, t);
	return s;
}
