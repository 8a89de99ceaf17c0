/* Dates, against the C library's own. */
#include "ftp/time.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define DAY 86400

static void
check_one(time_t t)
{
	char want[64], got[64];
	struct tm tm;
	struct sb sb;
	time_t back = -1;

	ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
	if (tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > 9999)
		return;
	snprintf(want, sizeof(want), "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	sb_init(&sb, got, sizeof(got));
	time_put_val(&sb, t);
	ck_assert_str_eq(got, want);
	ck_assert(time_parse_val(got, 14, &back));
	ck_assert_int_eq(back, t);
	ck_assert_int_eq(timegm(&tm), t);
}

/* Every day of 2,400 years, at an hour that wanders. */
START_TEST(every_day)
{
	const time_t first = -30610224000, last = 64060588800;   /* the years 1000 to 3999 */

	for (time_t t = first; t < last; t += DAY)
		check_one(t + (t / DAY * 7919 % DAY + DAY) % DAY);
}
END_TEST

START_TEST(edges)
{
	static const time_t moments[] = { 0, -1, 1, DAY - 1, DAY, 951782400, 951868800, 4107542400, 4107456000,
		253402300799, -62135596800, 2147483647, 2147483648, -2147483648 };

	check_one(moments[_i]);
}
END_TEST

/* What no four digits can say is taken as the nearest, and nothing overflows. */
START_TEST(far_away)
{
	char text[32];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	time_put_val(&sb, 253402300800);
	ck_assert_int_eq(strncmp(text, "9999", 4), 0);
	sb_reset(&sb);
	time_put_val(&sb, -99999999999999);
	ck_assert_int_eq(strncmp(text, "0000", 4), 0);
	sb_reset(&sb);
	time_put_val(&sb, (time_t)(INT64_MAX / 2));
	ck_assert_uint_eq(strlen(text), 14);
	sb_reset(&sb);
	time_put_val(&sb, (time_t)(INT64_MIN / 2));
	ck_assert_uint_eq(strlen(text), 14);
}
END_TEST

static const struct {
	const char *text;
	bool val, minutes;      /* which of the two forms it is */
	time_t t;
} texts[] = {
	{ "19700101000000", true, true, 0 },
	{ "20240229235959", true, true, 1709251199 },
	{ "20000229000000", true, true, 951782400 },
	{ "20241231235960", true, true, 1735689600 },
	{ "20240102030405.1", true, false, 1704164645 },
	{ "20240102030405.123456789", true, false, 1704164645 },
	{ "202401020304", false, true, 1704164640 },
	{ "20230229000000", false, false, 0 },
	{ "19000229000000", false, false, 0 },
	{ "20240230000000", false, false, 0 },
	{ "20240431000000", false, false, 0 },
	{ "20240001000000", false, false, 0 },
	{ "20241301000000", false, false, 0 },
	{ "20240100000000", false, false, 0 },
	{ "20240132000000", false, false, 0 },
	{ "20240101240000", false, false, 0 },
	{ "20240101006000", false, false, 0 },
	{ "20240101000061", false, false, 0 },
	{ "2024010203040", false, false, 0 },
	{ "202401020304055", false, false, 0 },
	{ "20240102030405.", false, false, 0 },
	{ "20240102030405.x", false, false, 0 },
	{ "20240102030405.1x", false, false, 0 },
	{ "2024 102030405", false, false, 0 },
	{ "+0240102030405", false, false, 0 },
	{ "20240102T30405", false, false, 0 },
	{ "", false, false, 0 },
};

START_TEST(parse)
{
	size_t len = strlen(texts[_i].text);
	time_t t = 4711;

	ck_assert_int_eq(time_parse_val(texts[_i].text, len, &t), texts[_i].val);
	ck_assert_int_eq(t, texts[_i].val ? texts[_i].t : 4711);
	t = 4711;
	ck_assert_int_eq(time_parse_minutes(texts[_i].text, len, &t), texts[_i].minutes);
	ck_assert_int_eq(t, texts[_i].minutes ? texts[_i].t : 4711);
}
END_TEST

/* No byte behind len is looked at. */
START_TEST(parse_part)
{
	time_t t;

	ck_assert(time_parse_val("20240102030405x", 14, &t));
	ck_assert_int_eq(t, 1704164645);
	ck_assert(time_parse_minutes("202401020304zz", 12, &t));
	ck_assert_int_eq(t, 1704164640);
}
END_TEST

#define NOW 1704164645  /* 2024-01-02 03:04:05 */
static const struct {
	time_t t;
	const char *text;
} columns[] = {
	{ NOW, "Jan 02 03:04" },
	{ NOW - 1, "Jan 02 03:04" },
	{ NOW + 1, "Jan 02  2024" },
	{ NOW - 182 * DAY + 1, "Jul 04 03:04" },
	{ NOW - 182 * DAY, "Jul 04  2023" },
	{ 0, "Jan 01  1970" },
	{ -1, "Dec 31  1969" },
	{ 253402300799, "Dec 31  9999" },
};

START_TEST(column)
{
	char text[32];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	time_put_list(&sb, columns[_i].t, NOW);
	ck_assert_str_eq(text, columns[_i].text);
}
END_TEST

static const struct {
	const char *text;
	time_t want;            /* -1: refused */
} zoned[] = {
	{ "20240102030405", 1704164645 },
	{ "20240102030405.5", 1704164645 },
	{ "20240102030405+0", 1704164645 },
	{ "20240102030405-0", 1704164645 },
	{ "20240102030405+1", 1704164645 - 60 },
	{ "20240102030405-1", 1704164645 + 60 },
	{ "20240102030405+060", 1704164645 - 3600 },
	{ "20240102030405.25-1440", 1704164645 + DAY },
	{ "20240102030405+1441", -1 },
	{ "20240102030405+", -1 },
	{ "20240102030405+-1", -1 },
	{ "20240102030405+1x", -1 },
	{ "20240102030405 ", -1 },
	{ "202401020304+60", -1 },
	{ "+60", -1 },
	{ "", -1 },
};

START_TEST(zones)
{
	time_t t = -1;

	ck_assert_int_eq(time_parse_zoned(zoned[_i].text, strlen(zoned[_i].text), &t), zoned[_i].want != -1);
	if (zoned[_i].want != -1)
		ck_assert_int_eq(t, zoned[_i].want);
	/* Nothing behind len is read. */
	ck_assert(time_parse_zoned("20240102030405+6012", 17, &t) && t == 1704164645 - 3600);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("time");
	TCase *tcase = tcase_create("time");

	tcase_add_test(tcase, every_day);
	tcase_add_loop_test(tcase, edges, 0, 14);
	tcase_add_test(tcase, far_away);
	tcase_add_loop_test(tcase, parse, 0, COUNT(texts));
	tcase_add_test(tcase, parse_part);
	tcase_add_loop_test(tcase, zones, 0, COUNT(zoned));
	tcase_add_loop_test(tcase, column, 0, COUNT(columns));
	suite_add_tcase(suite, tcase);
	return suite;
}
