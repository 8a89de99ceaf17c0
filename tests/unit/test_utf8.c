/* UTF-8: the edges of every range, and what must not reach a terminal. */
#include "base/utf8.h"
#include "runner.h"

static const struct {
	const char *text;
	size_t length;
	bool unsafe;
} rows[] = {
	{ "a", 1, false },
	{ "\x1f", 1, true },
	{ "\x7f", 1, true },
	{ "\x80", 0, true },
	{ "\xc1\xbf", 0, true },
	{ "\xc2\x80", 2, true },
	{ "\xc2\x9f", 2, true },
	{ "\xc2\xa0", 2, false },
	{ "\xdf\xbf", 2, false },
	{ "\xc3", 0, true },
	{ "\xc3(", 0, true },
	{ "\xe0\x9f\xbf", 0, true },
	{ "\xe0\xa0\x80", 3, false },
	{ "\xe4\xb8\xad", 3, false },
	{ "\xed\x9f\xbf", 3, false },
	{ "\xed\xa0\x80", 0, true },
	{ "\xef\xbf\xbf", 3, false },
	{ "\xe4\xb8", 0, true },
	{ "\xf0\x8f\xbf\xbf", 0, true },
	{ "\xf0\x90\x80\x80", 4, false },
	{ "\xf4\x8f\xbf\xbf", 4, false },
	{ "\xf4\x90\x80\x80", 0, true },
	{ "\xf5\x80\x80\x80", 0, true },
	{ "\xff", 0, true },
};

START_TEST(lengths)
{
	ck_assert_uint_eq(utf8_length(rows[_i].text), rows[_i].length);
	ck_assert_int_eq(utf8_is_unsafe(rows[_i].text, rows[_i].length), rows[_i].unsafe);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");

	tcase_add_loop_test(tcase, lengths, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
