/* The facts of MLSD and MLST as servers write them, and names that no program may use. */
#include "ftp/mlst.h"
#include "runner.h"

#include <string.h>

static const struct {
	const char *line;
	const char *name;       /* NULL: the line holds none */
	enum mlst_kind kind;
	long long size, mtime, mode;    /* -1: not told */
	const char *owner, *group;
} rows[] = {
	{ "type=file;size=5;modify=20240102030405;UNIX.mode=0644; a", "a", MLST_FILE, 5, 1704164645, 0644, "", "" },
	{ "TYPE=FILE;Size=5;MODIFY=20240102030405.123;unix.MODE=0644; a", "a", MLST_FILE, 5, 1704164645, 0644, "", "" },
	{ "type=dir; d", "d", MLST_DIR, -1, -1, -1, "", "" },
	{ "type=cdir; /x", "/x", MLST_CDIR, -1, -1, -1, "", "" },
	{ "type=pdir; ..", "..", MLST_PDIR, -1, -1, -1, "", "" },
	{ "type=OS.unix=symlink; l", "l", MLST_LINK, -1, -1, -1, "", "" },
	{ "type=OS.unix=slink:/target; l", "l", MLST_LINK, -1, -1, -1, "", "" },
	{ "type=OS.unix=chr-1/3; c", "c", MLST_OTHER, -1, -1, -1, "", "" },
	{ "size=5; a", "a", MLST_FILE, 5, -1, -1, "", "" },
	{ "type=file;size=5 a", "a", MLST_FILE, 5, -1, -1, "", "" },
	{ "type=file;  two blanks ", " two blanks ", MLST_FILE, -1, -1, -1, "", "" },
	{ "type=file; a; b=c; d", "a; b=c; d", MLST_FILE, -1, -1, -1, "", "" },
	{ " a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ ";;; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "nonsense;=;=x;size; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "size=-1; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "size=; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "size=99999999999999999999; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "modify=2024; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "modify=20240230000000; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "UNIX.mode=0100755; a", "a", MLST_FILE, -1, -1, 0755, "", "" },
	{ "UNIX.mode=0999; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "UNIX.mode=00000000000755; a", "a", MLST_FILE, -1, -1, -1, "", "" },
	{ "UNIX.uid=1;UNIX.gid=2; a", "a", MLST_FILE, -1, -1, -1, "1", "2" },
	{ "UNIX.ownername=u;UNIX.owner=1;UNIX.groupname=g;UNIX.group=2; a", "a", MLST_FILE, -1, -1, -1, "u", "g" },
	{ "UNIX.owner=1;UNIX.ownername=u;UNIX.group=2;UNIX.groupname=g; a", "a", MLST_FILE, -1, -1, -1, "u", "g" },
	{ "", NULL, 0, -1, -1, -1, "", "" },
	{ "a", NULL, 0, -1, -1, -1, "", "" },
	{ "type=file;", NULL, 0, -1, -1, -1, "", "" },
	{ "type=file; ", NULL, 0, -1, -1, -1, "", "" },
};

START_TEST(lines)
{
	struct mlst m;

	ck_assert_int_eq(mlst_parse(rows[_i].line, &m), rows[_i].name != NULL);
	if (rows[_i].name == NULL)
		return;
	ck_assert_str_eq(m.name, rows[_i].name);
	ck_assert_int_eq(m.kind, rows[_i].kind);
	ck_assert_int_eq(m.has_size ? (long long)m.size : -1, rows[_i].size);
	ck_assert_int_eq(m.has_mtime ? (long long)m.mtime : -1, rows[_i].mtime);
	ck_assert_int_eq(m.has_mode ? (long long)m.mode : -1, rows[_i].mode);
	ck_assert_str_eq(m.owner, rows[_i].owner);
	ck_assert_str_eq(m.group, rows[_i].group);
}
END_TEST

/* What is too long to be kept is left out and breaks nothing. */
START_TEST(long_values)
{
	static const char head[] = "UNIX.owner=", tail[] = ";size=1234; a";
	char line[4096];
	struct mlst m;

	memset(line, 'x', sizeof(line));
	for (size_t i = 0; head[i] != '\0'; i++)
		line[i] = head[i];
	memcpy(line + sizeof(line) - sizeof(tail), tail, sizeof(tail));
	ck_assert(mlst_parse(line, &m));
	ck_assert_str_eq(m.name, "a");
	ck_assert_str_eq(m.owner, "");
	ck_assert_uint_eq(m.size, 1234);
}
END_TEST

START_TEST(plain_names)
{
	static const char *const good[] = { "a", " ", "...", ".a", "a b", "-", "\\", "\x1b", "~", "a..", "..a" };
	static const char *const bad[] = { "", ".", "..", "/", "/a", "a/", "a/b", "../a" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(mlst_name_is_plain(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!mlst_name_is_plain(bad[i]), "%s", bad[i]);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("mlst");
	TCase *t = tcase_create("mlst");

	tcase_add_loop_test(t, lines, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, long_values);
	tcase_add_test(t, plain_names);
	suite_add_tcase(s, t);
	return s;
}
