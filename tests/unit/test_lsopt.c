/* The options of ls(1). */
#include "ftp/lsopt.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *words[3];
	struct lsopt want;
} rows[] = {
	{ { "-" }, { .all = false } },
	{ { "--" }, { .all = false } },
	{ { "-xyzFLh" }, { .all = false } },
	{ { "-a" }, { .all = true } },
	{ { "-A" }, { .almost_all = true } },
	{ { "-d" }, { .directory = true } },
	{ { "-l" }, { .details = true } },
	{ { "-1" }, { .names = true } },
	{ { "-R" }, { .recursive = true } },
	{ { "-r" }, { .reverse = true } },
	{ { "-t" }, { .order = LSOPT_BY_TIME } },
	{ { "-S" }, { .order = LSOPT_BY_SIZE } },
	{ { "-tS" }, { .order = LSOPT_BY_SIZE } },
	{ { "-S", "-t" }, { .order = LSOPT_BY_TIME } },
	{ { "-la", "-Rr" }, { .all = true, .details = true, .recursive = true, .reverse = true } },
	{ { "-l-1" }, { .details = true, .names = true } },
	{ { "--all", "--reverse" }, { .all = true, .reverse = true } },
	{ { "--almost-all", "--recursive" }, { .almost_all = true, .recursive = true } },
	{ { "--directory" }, { .directory = true } },
	{ { "--al", "--alll", "--time" }, { .all = false } },
	{ { "-\xff\x80" }, { .all = false } },
};

START_TEST(row)
{
	struct lsopt o;

	memset(&o, 0, sizeof(o));
	for (int i = 0; i < 3 && rows[_i].words[i] != NULL; i++)
		lsopt_take(&o, rows[_i].words[i], strlen(rows[_i].words[i]));
	ck_assert_int_eq(o.all, rows[_i].want.all);
	ck_assert_int_eq(o.almost_all, rows[_i].want.almost_all);
	ck_assert_int_eq(o.directory, rows[_i].want.directory);
	ck_assert_int_eq(o.details, rows[_i].want.details);
	ck_assert_int_eq(o.names, rows[_i].want.names);
	ck_assert_int_eq(o.recursive, rows[_i].want.recursive);
	ck_assert_int_eq(o.reverse, rows[_i].want.reverse);
	ck_assert_int_eq(o.order, rows[_i].want.order);
}
END_TEST

/* Nothing behind len is read. */
START_TEST(length)
{
	struct lsopt o = { .all = false };

	lsopt_take(&o, "-la", 2);
	ck_assert(o.details && !o.all);
	lsopt_take(&o, "--allx", 5);
	ck_assert(o.all);
}
END_TEST

static const struct {
	const char *text;
	bool all;
} texts[] = {
	{ "-al", true },
	{ "-a", true },
	{ "-l  -a ", true },
	{ "-1CFhnLTux", true },
	{ "--all -R", true },
	{ "", false },
	{ " ", false },
	{ "-", false },
	{ "--", false },
	{ "-z", false },
	{ "-al x", false },
	{ "x -al", false },
	{ "-al/", false },
	{ "-al.txt", false },
	{ "--al", false },
	{ "--color=auto", false },
	{ "-a\xff", false },
	{ "-a -z", false },
};

START_TEST(options_alone)
{
	ck_assert_int_eq(lsopt_is_all(texts[_i].text), texts[_i].all);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("lsopt");
	TCase *tcase = tcase_create("lsopt");

	tcase_add_loop_test(tcase, row, 0, COUNT(rows));
	tcase_add_test(tcase, length);
	tcase_add_loop_test(tcase, options_alone, 0, COUNT(texts));
	suite_add_tcase(suite, tcase);
	return suite;
}
