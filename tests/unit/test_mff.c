/* MFF's argument. */
#include "ftp/mff.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STAMP "20240102030405"
#define SECONDS 1704164645

static const struct {
	const char *text;
	enum mff_status status;
	const char *rest;       /* of MFF_OK the path, else the fact where it stopped, or NULL */
	bool has_modify, has_mode;
	unsigned mode;
} rows[] = {
	{ "modify=" STAMP "; a", MFF_OK, "a", true, false, 0 },
	{ "MODIFY=" STAMP " a", MFF_OK, "a", true, false, 0 },
	{ "modify=" STAMP ".25; a", MFF_OK, "a", true, false, 0 },
	{ "UNIX.mode=0644; a b ", MFF_OK, "a b ", false, true, 0644 },
	{ "unix.MODE=7;modify=" STAMP ";  a", MFF_OK, " a", true, true, 7 },
	{ "UNIX.mode=000; ;", MFF_OK, ";", false, true, 0 },
	{ "UNIX.mode=777; a=b; c", MFF_OK, "a=b; c", false, true, 0777 },
	{ "create=" STAMP "; a", MFF_UNKNOWN, "create", false, false, 0 },
	{ "UNIX.mod=1; a", MFF_UNKNOWN, "UNIX.mod", false, false, 0 },
	{ "UNIX.mode.x=1; a", MFF_UNKNOWN, "UNIX.mode.x", false, false, 0 },
	{ "modify=; a", MFF_VALUE, "modify", false, false, 0 },
	{ "modify=2024; a", MFF_VALUE, "modify", false, false, 0 },
	{ "modify=" STAMP "x; a", MFF_VALUE, "modify", false, false, 0 },
	{ "UNIX.mode=1000; a", MFF_VALUE, "UNIX.mode", false, false, 0 },
	{ "UNIX.mode=8; a", MFF_VALUE, "UNIX.mode", false, false, 0 },
	{ "UNIX.mode=00000644; a", MFF_VALUE, "UNIX.mode", false, false, 0 },
	{ "UNIX.mode=-1; a", MFF_VALUE, "UNIX.mode", false, false, 0 },
	{ "UNIX.mode=1;UNIX.mode=1; a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "UNIX.mode=1;", MFF_SYNTAX, NULL, false, false, 0 },
	{ "UNIX.mode=1; ", MFF_SYNTAX, NULL, false, false, 0 },
	{ "UNIX.mode=1;; a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "UNIX.mode a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "=1; a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "; a", MFF_SYNTAX, NULL, false, false, 0 },
	{ " a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "a", MFF_SYNTAX, NULL, false, false, 0 },
	{ "", MFF_SYNTAX, NULL, false, false, 0 },
};

START_TEST(row)
{
	struct mff m;

	ck_assert_int_eq(mff_parse(rows[_i].text, &m), rows[_i].status);
	if (rows[_i].status == MFF_OK) {
		ck_assert_str_eq(m.path, rows[_i].rest);
		ck_assert_int_eq(m.has_modify, rows[_i].has_modify);
		ck_assert_int_eq(m.has_mode, rows[_i].has_mode);
		ck_assert_uint_eq(m.mode, rows[_i].mode);
		ck_assert_int_eq(m.modify, rows[_i].has_modify ? SECONDS : 0);
	} else if (rows[_i].status != MFF_SYNTAX) {
		ck_assert_uint_eq((size_t)m.fact_len, strlen(rows[_i].rest));
		ck_assert_int_eq(strncmp(m.fact, rows[_i].rest, strlen(rows[_i].rest)), 0);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("mff");
	TCase *tcase = tcase_create("mff");

	tcase_add_loop_test(tcase, row, 0, COUNT(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
