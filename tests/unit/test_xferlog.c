/* The transfer log's line, as xferlog(5) has it. */
#include "ftp/xferlog.h"
#include "runner.h"

#include <string.h>

static const struct tm when = { .tm_year = 126, .tm_mon = 10, .tm_mday = 3, .tm_hour = 2, .tm_min = 5, .tm_sec = 9,
	.tm_wday = 2 };

static const struct {
	struct xferlog_entry e;
	const char *line;
} rows[] = {
	{ { .seconds = 12, .host = "203.0.113.9", .bytes = 1830, .path = "/pub/hello_world.txt", .direction = 'o',
	      .guest = true, .user = "alice", .complete = true },
	    "Tue Nov  3 02:05:09 2026 12 203.0.113.9 1830 /pub/hello_world.txt b _ o g alice ftp 0 * c\n" },
	{ { .host = "::1", .path = "/a b\tc\nd\x7f" "e", .direction = 'i', .ascii = true, .user = "x y" },
	    "Tue Nov  3 02:05:09 2026 1 ::1 0 /a_b_c_d_e a _ i a x_y ftp 0 * i\n" },
	{ { .host = "h", .bytes = UINT64_MAX, .path = "/\xc3\xa4\xff", .direction = 'd', .guest = true, .user = "u",
	      .complete = true, .seconds = 1 },
	    "Tue Nov  3 02:05:09 2026 1 h 18446744073709551615 /\xc3\xa4\xff b _ d g u ftp 0 * c\n" },
};

START_TEST(line)
{
	struct xferlog_entry e = rows[_i].e;
	char text[256];
	struct sb sb;

	e.when = when;
	sb_init(&sb, text, sizeof(text));
	xferlog_put(&sb, &e);
	ck_assert_str_eq(text, rows[_i].line);
}
END_TEST

/* A day of two digits fills its column. */
START_TEST(day)
{
	struct xferlog_entry e = rows[0].e;
	char text[256];
	struct sb sb;

	e.when = when;
	e.when.tm_mday = 30;
	sb_init(&sb, text, sizeof(text));
	xferlog_put(&sb, &e);
	ck_assert_int_eq(strncmp(text, "Tue Nov 30 02:05:09 2026 12 ", 28), 0);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("xferlog");
	TCase *tcase = tcase_create("xferlog");

	tcase_add_loop_test(tcase, line, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, day);
	suite_add_tcase(suite, tcase);
	return suite;
}
