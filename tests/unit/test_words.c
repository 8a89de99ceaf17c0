/* Arguments of several names. */
#include "ftp/words.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *text;
	size_t count;
	const char *words[3];
} rows[] = {
	{ "a", 1, { "a" } },
	{ "a b", 2, { "a", "b" } },
	{ "a b c", 3, { "a", "b", "c" } },
	{ "a b c d", 4, { "a", "b", "c" } },
	{ "  a   b ", 2, { "a", "b" } },
	{ "\"a\"", 1, { "a" } },
	{ "\"a b\" c", 2, { "a b", "c" } },
	{ "a \"b c\"", 2, { "a", "b c" } },
	{ "\"a\" \"b\"  \"c \"", 3, { "a", "b", "c " } },
	{ "\"a\"\"b\"", 1, { "a\"b" } },
	{ "\"\"\"\"", 1, { "\"" } },
	{ "\"\"\"a\"\"\" x", 2, { "\"a\"", "x" } },
	{ "a\"b c\"", 2, { "a\"b", "c\"" } },
	{ "a\\ b", 2, { "a\\", "b" } },
	{ "", 0, { NULL } },
	{ "   ", 0, { NULL } },
	{ "\"", 0, { NULL } },
	{ "\"\"", 0, { NULL } },
	{ "\"\" a", 0, { NULL } },
	{ "a \"\"", 0, { NULL } },
	{ "\"a", 0, { NULL } },
	{ "\"a\"\"", 0, { NULL } },
	{ "\"a\"b", 0, { NULL } },
	{ "a \"b\"c d", 0, { NULL } },
};

START_TEST(row)
{
	char text[64], *words[3] = { NULL };

	snprintf(text, sizeof(text), "%s", rows[_i].text);
	ck_assert_uint_eq(words_split(text, words, 3), rows[_i].count);
	for (size_t i = 0; i < rows[_i].count && i < 3; i++)
		ck_assert_str_eq(words[i], rows[_i].words[i]);
}
END_TEST

static const struct {
	const char *text, *tidy;
} tidied[] = {
	{ "", "" },
	{ " ", "" },
	{ "    ", "" },
	{ "a", "a" },
	{ " a", "a" },
	{ "a ", "a" },
	{ "  a  ", "a" },
	{ "a b", "a b" },
	{ " a   b  c ", "a b c" },
	{ "a\t b", "a\t b" },
};

START_TEST(tidy)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", tidied[_i].text);
	words_tidy(text);
	ck_assert_str_eq(text, tidied[_i].tidy);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("words");
	TCase *tcase = tcase_create("words");

	tcase_add_loop_test(tcase, row, 0, COUNT(rows));
	tcase_add_loop_test(tcase, tidy, 0, COUNT(tidied));
	suite_add_tcase(suite, tcase);
	return suite;
}
