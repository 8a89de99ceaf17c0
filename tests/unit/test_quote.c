/* Strangers' text in the log: nothing in it can end the quotes, or look like a field. */
#include "base/quote.h"
#include "runner.h"

#include <string.h>

static const struct {
	const char *text, *quoted;
} rows[] = {
	{ "", "\"\"" },
	{ "GET / HTTP/1.1", "\"GET / HTTP/1.1\"" },
	{ "x\" result=ok", "\"x\\\" result\\x3Dok\"" },
	{ "\\", "\"\\\\\"" },
	{ "\\\"", "\"\\\\\\\"\"" },
	{ "\\x41", "\"\\\\x41\"" },
	{ "a\r\nb\t\x7F\x1B[2J", "\"a\\x0D\\x0Ab\\x09\\x7F\\x1B[2J\"" },
	{ "\xE6\x96\x87", "\"\xE6\x96\x87\"" },
	{ "\xFF\xE6\x96", "\"\\xFF\\xE6\\x96\"" },
	{ "\xC2\x9B", "\"\\xC2\\x9B\"" },
};

START_TEST(texts)
{
	struct quote q;

	ck_assert_str_eq(quote(&q, rows[_i].text), rows[_i].quoted);
}
END_TEST

/* Whatever does not fit: whole characters, quotes that end, and a sign that something is missing. */
START_TEST(long_ones)
{
	static const char *const pieces[] = { "a", "\"", "=", "\xE6\x96\x87", "\xFF" };
	static const size_t widths[] = { 1, 2, 4, 3, 4 };
	size_t len = strlen(pieces[_i]);
	char text[4096];

	for (size_t n = 1; n < sizeof(text) / 4; n++) {
		struct quote q;
		size_t got;

		memcpy(text + (n - 1) * len, pieces[_i], len);
		text[n * len] = '\0';
		got = strlen(quote(&q, text));
		ck_assert_uint_lt(got, sizeof(q.text));
		if (n * widths[_i] + 2 == got)
			continue;
		ck_assert_uint_gt(n * widths[_i] + 10, sizeof(q.text));
		ck_assert_str_eq(q.text + got - 4, "\"...");
		ck_assert_uint_eq((got - 5) % widths[_i], 0);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("quote");
	TCase *tcase = tcase_create("quote");

	tcase_add_loop_test(tcase, texts, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tcase, long_ones, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite;
}
