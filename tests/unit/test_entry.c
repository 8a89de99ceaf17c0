/* Lines of listings, byte by byte: the shape of ls -l, and facts (RFC 3659 section 7). */
#include "ftp/entry.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define NOW 1704164645  /* 2024-01-02 03:04:05 */

static const struct entry_viewer alice = { .uid = 2000, .gid = 2000, .name = "alice", .may_write = true };

static const struct {
	mode_t mode;
	unsigned nlink;
	uid_t uid;
	gid_t gid;
	long long size;
	time_t mtime;
	const char *name, *target;
	const char *line;
} lists[] = {
	{ S_IFREG | 0644, 1, 2000, 2000, 1830, NOW, "hello world.txt", NULL,
	    "-rw-r--r--   1 alice    alice        1830 Jan 02 03:04 hello world.txt\r\n" },
	{ S_IFDIR | 0755, 2, 2000, 2000, 4096, 0, "pub", NULL,
	    "drwxr-xr-x   2 alice    alice        4096 Jan 01  1970 pub\r\n" },
	{ S_IFLNK | 0777, 1, 0, 0, 8, NOW, "cur", "releases",
	    "lrwxrwxrwx   1 0        0               8 Jan 02 03:04 cur -> releases\r\n" },
	{ S_IFREG | 0, 1234, 4294967294U, 123456789, 123456789012, NOW, " lead", NULL,
	    "---------- 1234 4294967294 123456789 123456789012 Jan 02 03:04  lead\r\n" },
	{ S_IFREG | 07777, 1, 2000, 2000, 0, NOW, "s", NULL,
	    "-rwsrwsrwt   1 alice    alice           0 Jan 02 03:04 s\r\n" },
	{ S_IFREG | 07000, 1, 2000, 2000, 0, NOW, "S", NULL,
	    "---S--S--T   1 alice    alice           0 Jan 02 03:04 S\r\n" },
	{ S_IFREG | 0644, 1, 2000, 2000, 0, NOW, "\xff\xc3\xa4", NULL,
	    "-rw-r--r--   1 alice    alice           0 Jan 02 03:04 \xff\xc3\xa4\r\n" },
	{ S_IFREG | 0644, 1, 2000, 2000, -5, NOW, "negative", NULL,
	    "-rw-r--r--   1 alice    alice           0 Jan 02 03:04 negative\r\n" },
};

static void
make_stat(int i, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = lists[i].mode;
	st->st_nlink = lists[i].nlink;
	st->st_uid = lists[i].uid;
	st->st_gid = lists[i].gid;
	st->st_size = lists[i].size;
	st->st_mtime = lists[i].mtime;
}

START_TEST(list)
{
	struct stat st;
	struct entry e = { .name = lists[_i].name, .st = &st, .target = lists[_i].target };
	char text[256];
	struct sb sb;

	make_stat(_i, &st);
	sb_init(&sb, text, sizeof(text));
	entry_put_list(&sb, &e, &alice, NOW);
	ck_assert_str_eq(text, lists[_i].line);
	/* In any smaller room the line is not there at all. */
	for (size_t cap = 1; cap <= strlen(lists[_i].line); cap++) {
		sb_init(&sb, text, cap);
		entry_put_list(&sb, &e, &alice, NOW);
		ck_assert(sb.cut);
		ck_assert_str_eq(text, "");
	}
}
END_TEST

static const struct {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	enum entry_kind kind;
	bool dir_writable;
	unsigned facts;
	const char *text;
} facts[] = {
	{ S_IFREG | 0644, 2000, 2000, ENTRY_NAME, true, FACTS_DEFAULT,
	    "type=file;size=9;modify=20240102030405;perm=adfrw;unique=aU1f;UNIX.mode=0644; a b" },
	{ S_IFDIR | 0755, 2000, 2000, ENTRY_NAME, true, FACTS_DEFAULT,
	    "type=dir;modify=20240102030405;perm=cdfelmp;unique=aU1f;UNIX.mode=0755; a b" },
	{ S_IFDIR | 0755, 2000, 2000, ENTRY_CDIR, true, FACT_TYPE | FACT_PERM, "type=cdir;perm=celmp; a b" },
	{ S_IFDIR | 0755, 2000, 2000, ENTRY_PDIR, true, FACT_TYPE | FACT_PERM, "type=pdir;perm=celmp; a b" },
	{ S_IFDIR | 0755, 2000, 2000, ENTRY_DIR_LINK, true, FACTS_DEFAULT,
	    "type=OS.unix=symlink;modify=20240102030405;perm=cdfelmp;unique=aU1f;UNIX.mode=0755; a b" },
	{ S_IFREG | 0444, 2000, 2000, ENTRY_NAME, true, FACT_PERM, "perm=dfr; a b" },
	{ S_IFREG | 0200, 2000, 2000, ENTRY_NAME, false, FACT_PERM, "perm=aw; a b" },
	{ S_IFREG | 0040, 1, 2000, ENTRY_NAME, false, FACT_PERM, "perm=r; a b" },
	{ S_IFREG | 0004, 1, 1, ENTRY_NAME, false, FACT_PERM, "perm=r; a b" },
	{ S_IFREG | 0004, 2000, 1, ENTRY_NAME, false, FACT_PERM, "perm=; a b" },
	{ S_IFDIR | 0555, 2000, 2000, ENTRY_NAME, false, FACT_PERM, "perm=el; a b" },
	{ S_IFDIR | 0444, 2000, 2000, ENTRY_NAME, false, FACT_PERM, "perm=; a b" },
	{ S_IFDIR | 0311, 2000, 2000, ENTRY_NAME, false, FACT_PERM, "perm=cemp; a b" },
	{ S_IFLNK | 0777, 2000, 2000, ENTRY_NAME, true, FACT_TYPE | FACT_SIZE | FACT_PERM,
	    "type=OS.unix=symlink;size=9;perm=df; a b" },
	{ S_IFREG | 04755, 2000, 2000, ENTRY_NAME, false, FACT_UNIX_MODE, "UNIX.mode=4755; a b" },
	{ S_IFREG | 0644, 2000, 3000, ENTRY_NAME, false, FACT_UNIX_OWNER | FACT_UNIX_GROUP,
	    "UNIX.owner=2000;UNIX.group=3000; a b" },
	{ S_IFREG | 0644, 2000, 3000, ENTRY_NAME, false, FACT_UNIX_OWNERNAME | FACT_UNIX_GROUPNAME,
	    "UNIX.ownername=alice;UNIX.groupname=3000; a b" },
	{ S_IFREG | 0644, 3000, 2000, ENTRY_NAME, false, FACT_UNIX_OWNERNAME | FACT_UNIX_GROUPNAME,
	    "UNIX.ownername=3000;UNIX.groupname=alice; a b" },
	/* No facts: the name after one blank (RFC 3659 section 7.2). */
	{ S_IFREG | 0644, 2000, 2000, ENTRY_NAME, true, 0, " a b" },
	{ S_IFREG | 0644, 2000, 2000, ENTRY_NAME, true, FACT_ALL,
	    "type=file;size=9;modify=20240102030405;perm=adfrw;unique=aU1f;UNIX.mode=0644;UNIX.owner=2000;"
	    "UNIX.group=2000;UNIX.ownername=alice;UNIX.groupname=alice; a b" },
};

START_TEST(fact_line)
{
	struct stat st = { .st_mode = facts[_i].mode,
		.st_uid = facts[_i].uid,
		.st_gid = facts[_i].gid,
		.st_size = 9,
		.st_dev = 10,
		.st_ino = 31 };
	struct entry e = { .name = "a b",
		.st = &st,
		.kind = facts[_i].kind,
		.dir_writable = facts[_i].dir_writable };
	char text[256];
	struct sb sb;

	st.st_mtime = NOW;
	sb_init(&sb, text, sizeof(text));
	entry_put_facts(&sb, &e, &alice, facts[_i].facts);
	ck_assert_str_eq(text, facts[_i].text);
	for (size_t cap = 1; cap <= strlen(facts[_i].text); cap++) {
		sb_init(&sb, text, cap);
		entry_put_facts(&sb, &e, &alice, facts[_i].facts);
		ck_assert(sb.cut);
		ck_assert_str_eq(text, "");
	}
}
END_TEST

static const struct {
	mode_t mode;
	const char *facts, *line;
} bare[] = {
	{ S_IFREG, "type=file; a b", "----------   1 ?        ?               0 Jan 01  1970 a b\r\n" },
	{ S_IFDIR, "type=dir; a b", "d---------   1 ?        ?               0 Jan 01  1970 a b\r\n" },
	{ S_IFLNK, "type=OS.unix=symlink; a b", "l---------   1 ?        ?               0 Jan 01  1970 a b\r\n" },
	{ 0, "type=file; a b", "----------   1 ?        ?               0 Jan 01  1970 a b\r\n" },
};

/* Of what cannot be looked at no fact is made up. */
START_TEST(bare_line)
{
	const struct entry_viewer root = { .name = "root" };
	struct stat st = { .st_mode = bare[_i].mode, .st_nlink = 1 };
	struct entry e = { .name = "a b", .st = &st, .bare = true, .dir_writable = true };
	char text[256];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	entry_put_facts(&sb, &e, &root, FACT_ALL);
	ck_assert_str_eq(text, bare[_i].facts);
	sb_reset(&sb);
	entry_put_list(&sb, &e, &root, NOW);
	ck_assert_str_eq(text, bare[_i].line);
}
END_TEST

/* Where nothing may be changed, perm promises no change. */
START_TEST(read_only)
{
	const struct entry_viewer reader = { .uid = 2000, .gid = 2000, .name = "alice" };
	struct stat st = { .st_mode = S_IFREG | 0666, .st_uid = 2000, .st_gid = 2000 };
	struct entry e = { .name = "a", .st = &st, .dir_writable = true };
	char text[64];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	entry_put_facts(&sb, &e, &reader, FACT_PERM);
	ck_assert_str_eq(text, "perm=r; a");
	st.st_mode = S_IFDIR | 0777;
	sb_reset(&sb);
	entry_put_facts(&sb, &e, &reader, FACT_PERM);
	ck_assert_str_eq(text, "perm=el; a");
}
END_TEST

static const struct {
	const char *text;
	bool good;
	unsigned facts;
} chosen[] = {
	{ "", true, 0 },
	{ "type;", true, FACT_TYPE },
	{ "type;size;", true, FACT_TYPE | FACT_SIZE },
	{ "size;TYPE", true, FACT_TYPE | FACT_SIZE },
	{ "unix.MODE;", true, FACT_UNIX_MODE },
	{ "create;lang;modify;", true, FACT_MODIFY },
	{ "nothing;", true, 0 },
	{ ";;;", true, 0 },
	{ "typ;types;", true, 0 },
	{ "type; size;", false, 0 },
	{ " ", false, 0 },
};

START_TEST(choose)
{
	unsigned got = 4711;

	ck_assert_int_eq(entry_parse_facts(chosen[_i].text, &got), chosen[_i].good);
	ck_assert_uint_eq(got, chosen[_i].good ? chosen[_i].facts : 4711);
}
END_TEST

START_TEST(names_of_facts)
{
	char text[256];
	struct sb sb;
	unsigned got = 0;

	sb_init(&sb, text, sizeof(text));
	entry_put_fact_names(&sb, FACT_TYPE | FACT_MODIFY, true);
	ck_assert_str_eq(text, "type*;size;modify*;perm;unique;UNIX.mode;UNIX.owner;UNIX.group;"
				"UNIX.ownername;UNIX.groupname;");
	sb_reset(&sb);
	entry_put_fact_names(&sb, FACT_TYPE | FACT_MODIFY, false);
	ck_assert_str_eq(text, "type;modify;");
	sb_reset(&sb);
	entry_put_fact_names(&sb, FACT_ALL, false);
	ck_assert(entry_parse_facts(text, &got));
	ck_assert_uint_eq(got, FACT_ALL);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("entry");
	TCase *tcase = tcase_create("entry");

	tcase_add_loop_test(tcase, list, 0, COUNT(lists));
	tcase_add_loop_test(tcase, fact_line, 0, COUNT(facts));
	tcase_add_loop_test(tcase, bare_line, 0, COUNT(bare));
	tcase_add_test(tcase, read_only);
	tcase_add_loop_test(tcase, choose, 0, COUNT(chosen));
	tcase_add_test(tcase, names_of_facts);
	suite_add_tcase(suite, tcase);
	return suite;
}
