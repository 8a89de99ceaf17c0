/* Arguments of the commands that hash, in the forms that clients send, and of RANG. */
#include "ftp/hasharg.h"
#include "runner.h"

#include <stdint.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct {
	const char *arg;
	bool more;      /* than a bare path */
	enum hasharg_kind kind;
	const char *path;
	uint64_t start, end;
} args[] = {
	/* bare paths */
	{ "file", false, HASHARG_BAD, NULL, 0, 0 },
	{ "a b c", false, HASHARG_BAD, NULL, 0, 0 },
	{ "a;b;c", false, HASHARG_BAD, NULL, 0, 0 },
	{ "100", false, HASHARG_BAD, NULL, 0, 0 },
	{ " 100", false, HASHARG_BAD, NULL, 0, 0 },
	{ ";1", false, HASHARG_BAD, NULL, 0, 0 },
	{ "f 0 1x", false, HASHARG_BAD, NULL, 0, 0 },
	{ "f 0 -1", false, HASHARG_BAD, NULL, 0, 0 },
	{ "f 0 1 ", false, HASHARG_BAD, NULL, 0, 0 },
	{ "f 0,1", false, HASHARG_BAD, NULL, 0, 0 },
	{ "\"", false, HASHARG_BAD, NULL, 0, 0 },
	{ "\"\"", false, HASHARG_BAD, NULL, 0, 0 },
	{ "\"open", false, HASHARG_BAD, NULL, 0, 0 },
	{ "\"open\"\"", false, HASHARG_BAD, NULL, 0, 0 },
	{ "\"open\"\" 0 1", false, HASHARG_BAD, NULL, 0, 0 },
	/* blanks: what GlobalSCAPE and its kin send */
	{ "f 0 1", true, HASHARG_RANGE, "f", 0, 1 },
	{ "a b.bin 0 42575", true, HASHARG_RANGE, "a b.bin", 0, 42575 },
	{ "a  0 1", true, HASHARG_RANGE, "a ", 0, 1 },
	{ "f 1 2 3", true, HASHARG_RANGE, "f 1", 2, 3 },
	{ "f 7 7", true, HASHARG_RANGE, "f", 7, 7 },
	{ "f 007 010", true, HASHARG_RANGE, "f", 7, 10 },
	{ "a\"b\" 0 1", true, HASHARG_RANGE, "a\"b\"", 0, 1 },
	{ "f 0 9223372036854775807", true, HASHARG_RANGE, "f", 0, INT64_MAX },
	/* Serv-U */
	{ "f;0;1", true, HASHARG_RANGE, "f", 0, 1 },
	{ "a b;c;0;100", true, HASHARG_RANGE, "a b;c", 0, 100 },
	{ "a b;5;9", true, HASHARG_RANGE, "a b", 5, 9 },
	/* quotes */
	{ "\"f\"", true, HASHARG_WHOLE, "f", 0, 0 },
	{ "\"f\" ", true, HASHARG_WHOLE, "f", 0, 0 },
	{ "\"a b 0 1\"", true, HASHARG_WHOLE, "a b 0 1", 0, 0 },
	{ "\"a\"\"b\"", true, HASHARG_WHOLE, "a\"b", 0, 0 },
	{ "\"\"\"\"", true, HASHARG_WHOLE, "\"", 0, 0 },
	{ "\"/a b.bin\" 0 42575", true, HASHARG_RANGE, "/a b.bin", 0, 42575 },
	{ "\"/a b.bin\", 0, 42575", true, HASHARG_RANGE, "/a b.bin", 0, 42575 },
	{ "\"/a b.bin\",0,42575", true, HASHARG_RANGE, "/a b.bin", 0, 42575 },
	{ "\"/a;b\";7;9", true, HASHARG_RANGE, "/a;b", 7, 9 },
	{ "\"/a\"\" 0\" 3  4 ", true, HASHARG_RANGE, "/a\" 0", 3, 4 },
	/* no ranges */
	{ "f 1", true, HASHARG_BAD, "f", 0, 0 },
	{ "a b 1", true, HASHARG_BAD, "a b", 0, 0 },
	{ "f;1", true, HASHARG_BAD, "f", 0, 0 },
	{ " 0 1", true, HASHARG_BAD, " 0", 0, 0 },
	{ ";0;1", true, HASHARG_BAD, ";0", 0, 0 },
	{ "f 2 1", true, HASHARG_BAD, "f", 0, 0 },
	{ "f 0 9223372036854775808", true, HASHARG_BAD, "f", 0, 0 },
	{ "f 18446744073709551616 18446744073709551617", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" 1", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" 2 1", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" 1 2 3", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" 1 x", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" -1 2", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\"1 2", true, HASHARG_BAD, "f", 0, 0 },
	{ "\"f\" g", true, HASHARG_BAD, "f", 0, 0 },
};

START_TEST(path_and_range)
{
	char text[256];
	struct hasharg a;

	ck_assert_uint_lt(strlen(args[_i].arg), sizeof(text));
	memcpy(text, args[_i].arg, strlen(args[_i].arg) + 1);
	ck_assert_int_eq(hasharg_parse(text, &a), args[_i].more);
	if (!args[_i].more)
		return;
	ck_assert_int_eq(a.kind, args[_i].kind);
	ck_assert_str_eq(a.path, args[_i].path);
	if (a.kind == HASHARG_RANGE) {
		ck_assert_uint_eq(a.start, args[_i].start);
		ck_assert_uint_eq(a.end, args[_i].end);
	}
}
END_TEST

static const struct {
	const char *arg;
	bool good, set;
	uint64_t start, end;
} rangs[] = {
	{ "0 49", true, true, 0, 49 },
	{ "0 0", true, true, 0, 0 },
	{ "50 50", true, true, 50, 50 },
	{ "0 9223372036854775807", true, true, 0, INT64_MAX },
	{ "1 0", true, false, 1, 0 },
	{ "01 00", true, false, 1, 0 },
	{ "2 0", false, false, 0, 0 },
	{ "2 1", false, false, 0, 0 },
	{ "0", false, false, 0, 0 },
	{ "", false, false, 0, 0 },
	{ "0 ", false, false, 0, 0 },
	{ " 0", false, false, 0, 0 },
	{ "0  1", false, false, 0, 0 },
	{ "0 1 ", false, false, 0, 0 },
	{ "0 1 2", false, false, 0, 0 },
	{ "0,1", false, false, 0, 0 },
	{ "-1 1", false, false, 0, 0 },
	{ "0 +1", false, false, 0, 0 },
	{ "0x0 1", false, false, 0, 0 },
	{ "a b", false, false, 0, 0 },
	{ "0 9223372036854775808", false, false, 0, 0 },
	{ "0 18446744073709551616", false, false, 0, 0 },
};

START_TEST(rang)
{
	char text[64];
	uint64_t start, end;
	bool set;

	memcpy(text, rangs[_i].arg, strlen(rangs[_i].arg) + 1);
	ck_assert_int_eq(hasharg_parse_rang(text, &set, &start, &end), rangs[_i].good);
	if (!rangs[_i].good)
		return;
	ck_assert_int_eq(set, rangs[_i].set);
	ck_assert_uint_eq(start, rangs[_i].start);
	ck_assert_uint_eq(end, rangs[_i].end);
}
END_TEST

static const struct {
	const char *arg;
	bool good;
	uint64_t offset;
	const char *path;
} resumes[] = {
	{ "0 " SHA256 " f", true, 0, "f" },
	{ "1000 " SHA256 " /a b \"c\"", true, 1000, "/a b \"c\"" },
	{ "9223372036854775807 " SHA256 " f", true, INT64_MAX, "f" },
	{ "1 E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 f", true, 1, "f" },
	{ "", false, 0, NULL },
	{ "1000", false, 0, NULL },
	{ "1000 " SHA256, false, 0, NULL },
	{ "1000 " SHA256 " ", false, 0, NULL },
	{ "1000  " SHA256 " f", false, 0, NULL },
	{ "x " SHA256 " f", false, 0, NULL },
	{ "-1 " SHA256 " f", false, 0, NULL },
	{ "9223372036854775808 " SHA256 " f", false, 0, NULL },
	{ "1 " SHA256 "0 f", false, 0, NULL },
	{ "1 e3b0 f", false, 0, NULL },
	{ "1 g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 f", false, 0, NULL },
	{ SHA256 " 1 f", false, 0, NULL },
};

START_TEST(resume)
{
	char text[256], *sha256, *path;
	uint64_t offset;

	memcpy(text, resumes[_i].arg, strlen(resumes[_i].arg) + 1);
	ck_assert_int_eq(hasharg_parse_resume(text, &offset, &sha256, &path), resumes[_i].good);
	if (!resumes[_i].good)
		return;
	ck_assert_uint_eq(offset, resumes[_i].offset);
	ck_assert_str_eq(sha256, SHA256);
	ck_assert_str_eq(path, resumes[_i].path);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("hasharg");
	TCase *tcase = tcase_create("hasharg");

	tcase_add_loop_test(tcase, path_and_range, 0, COUNT(args));
	tcase_add_loop_test(tcase, rang, 0, COUNT(rangs));
	tcase_add_loop_test(tcase, resume, 0, COUNT(resumes));
	suite_add_tcase(suite, tcase);
	return suite;
}
