/* The store of accounts: what it keeps, what it refuses, and that nothing short of the disk breaks it. */
#include "runner.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_ID 64007          /* as root: a user that owns the store's directory */

static char dir[PATH_MAX], path[PATH_MAX + 32];
static struct store *store;
static char error[PATH_MAX + 256];

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/ferry-store-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f.db", dir);
}

static void
tear_down(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char file[PATH_MAX + 64];

	store_close(&store);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		(void)unlink(file);
	}
	(void)rmdir(path);
	(void)rmdir(dir);
}

static void
open_it(void)
{
	ck_assert_msg(store_open(path, STORE_CREATE, &store, error, sizeof(error)) == STORE_OK, "%s", error);
	ck_assert_ptr_nonnull(store);
}

static void
refuse(enum store_mode mode, const char *why)
{
	store = (struct store *)(void *)error;
	ck_assert_int_eq(store_open(path, mode, &store, error, sizeof(error)), STORE_FAILED);
	ck_assert_ptr_null(store);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
	ck_assert_msg(strstr(error, path) != NULL || strstr(error, dir) != NULL, "%s", error);
	ck_assert_ptr_null(strchr(error, '\n'));
}

static struct account
make(const char *name, uid_t uid)
{
	struct account a = { .uid = uid, .gid = uid + 1, .enabled = true };

	snprintf(a.name, sizeof(a.name), "%s", name);
	snprintf(a.hash, sizeof(a.hash), "$hash$of$%s", name);
	snprintf(a.home, sizeof(a.home), "/home/of/%s", name);
	return a;
}

static void
add(const char *name, uid_t uid)
{
	struct account a = make(name, uid);

	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	ck_assert_int_gt(a.id, 0);
}

static void
check_same(const struct account *a, const struct account *b)
{
	ck_assert_int_eq(a->id, b->id);
	ck_assert_str_eq(a->name, b->name);
	ck_assert_str_eq(a->hash, b->hash);
	ck_assert_str_eq(a->home, b->home);
	ck_assert_uint_eq(a->uid, b->uid);
	ck_assert_uint_eq(a->gid, b->gid);
	ck_assert_int_eq(a->enabled, b->enabled);
	ck_assert_str_eq(a->charset, b->charset);
	ck_assert_str_eq(a->certificate, b->certificate);
	ck_assert_int_eq(a->quota.bytes, b->quota.bytes);
	ck_assert_int_eq(a->quota.files, b->quota.files);
}

/* Runs SQL as somebody without our manners would. */
static void
run_sql(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static int
get_number(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static void
check_integrity(void)
{
	ck_assert_int_eq(get_number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

/* ---- accounts ---- */

START_TEST(an_account_is_kept)
{
	struct account a = make("alice", 20000), b;

	open_it();
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_NONE);
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_OK);
	check_same(&a, &b);
	ck_assert_int_eq(store_account_get(store, "Alice", &b), STORE_NONE);
	ck_assert_int_eq(store_account_get(store, "alic", &b), STORE_NONE);
	ck_assert_int_eq(store_account_get(store, "", &b), STORE_NONE);
	ck_assert_int_eq(store_account_get(store, "' OR 1 --", &b), STORE_NONE);
	store_close(&store);
	ck_assert_ptr_null(store);
	open_it();
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_OK);
	check_same(&a, &b);
}
END_TEST

START_TEST(the_largest_account_is_kept)
{
	struct account a = make("x", UINT32_MAX - 1), b;

	a.gid = UINT32_MAX - 1;
	a.enabled = false;
	memset(a.name, 'n', NAME_ACCOUNT_MAX);
	memset(a.hash, 'h', sizeof(a.hash) - 1);
	memset(a.home, 'p', sizeof(a.home) - 1);
	memset(a.charset, 'c', sizeof(a.charset) - 1);
	memset(a.certificate, 'A', sizeof(a.certificate) - 1);
	a.home[0] = '/';
	open_it();
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	ck_assert_int_eq(store_account_get(store, a.name, &b), STORE_OK);
	check_same(&a, &b);
}
END_TEST

START_TEST(a_name_is_taken_once)
{
	struct account a = make("alice", 20000), b = make("alice", 20001), found;

	open_it();
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	ck_assert_int_eq(store_account_add(store, &b), STORE_EXISTS);
	ck_assert_int_eq(store_account_get(store, "alice", &found), STORE_OK);
	check_same(&a, &found);
}
END_TEST

START_TEST(an_account_is_changed)
{
	struct account a = make("alice", 20000), b;

	open_it();
	add("bob", 20001);
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	snprintf(a.hash, sizeof(a.hash), "!");
	snprintf(a.home, sizeof(a.home), "/elsewhere");
	a.uid = 1;
	a.gid = 2;
	a.enabled = false;
	snprintf(a.charset, sizeof(a.charset), "GBK");
	snprintf(a.certificate, sizeof(a.certificate), "AB:CD");
	ck_assert_int_eq(store_account_update(store, &a), STORE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_OK);
	check_same(&a, &b);
	ck_assert_int_eq(store_account_get(store, "bob", &b), STORE_OK);
	ck_assert_uint_eq(b.uid, 20001);
	a.id += 100;
	ck_assert_int_eq(store_account_update(store, &a), STORE_NONE);
}
END_TEST

START_TEST(an_account_is_deleted)
{
	struct account a = make("alice", 20000), b;

	open_it();
	add("bob", 20001);
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	ck_assert_int_eq(store_account_delete(store, a.id), STORE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_NONE);
	ck_assert_int_eq(store_account_delete(store, a.id), STORE_NONE);
	ck_assert_int_eq(store_account_get(store, "bob", &b), STORE_OK);
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
}
END_TEST

/* What no program of ours would write does not get in. */
START_TEST(nonsense_is_not_kept)
{
	struct account a = make("root", 0), b = make("group", 5), c = make("", 5), d = make("home", 5);

	open_it();
	ck_assert_int_eq(store_account_add(store, &a), STORE_FAILED);
	ck_assert_msg(strstr(store_error(store), path) != NULL, "%s", store_error(store));
	b.gid = UINT32_MAX;
	ck_assert_int_eq(store_account_add(store, &b), STORE_FAILED);
	ck_assert_int_eq(store_account_add(store, &c), STORE_FAILED);
	snprintf(d.home, sizeof(d.home), "relative");
	ck_assert_int_eq(store_account_add(store, &d), STORE_FAILED);
	ck_assert_int_eq(get_number("SELECT count(*) FROM account"), 0);
}
END_TEST

struct names {
	char text[256];
	size_t count, stop;     /* stop after so many */
};

static bool
collect(const struct account *account, void *context)
{
	struct names *n = context;
	size_t len = strlen(n->text);

	snprintf(n->text + len, sizeof(n->text) - len, "%s ", account->name);
	return ++n->count != n->stop;
}

START_TEST(each_in_order)
{
	struct names none = { .stop = 0 }, all = none, two = { .stop = 2 };

	open_it();
	ck_assert_int_eq(store_account_each(store, collect, &none), STORE_OK);
	ck_assert_str_eq(none.text, "");
	add("carol", 3);
	add("alice", 2);
	add("Zoe", 4);
	add("bob", 1);
	ck_assert_int_eq(store_account_each(store, collect, &all), STORE_OK);
	ck_assert_str_eq(all.text, "Zoe alice bob carol ");
	ck_assert_int_eq(store_account_each(store, collect, &two), STORE_OK);
	ck_assert_str_eq(two.text, "Zoe alice ");
	/* One that stopped early holds nothing up. */
	add("dave", 5);
}
END_TEST

START_TEST(a_row_that_cannot_be_read)
{
	struct names all = { .stop = 0 };
	struct account a;

	open_it();
	add("alice", 2);
	run_sql("UPDATE account SET hash = replace(hex(zeroblob(5000)), '00', 'long')");
	ck_assert_int_eq(store_account_get(store, "alice", &a), STORE_FAILED);
	ck_assert_msg(strstr(store_error(store), "cannot read") != NULL, "%s", store_error(store));
	ck_assert_int_eq(store_account_each(store, collect, &all), STORE_FAILED);
	run_sql("UPDATE account SET hash = 'a' || char(0) || 'b'");
	ck_assert_int_eq(store_account_get(store, "alice", &a), STORE_FAILED);
}
END_TEST

/* ---- free ids ---- */

static const struct {
	uid_t taken[5];
	uid_t low, high;
	enum store_status status;
	uid_t want;
} ids[] = {
	{ { 0 }, 10, 19, STORE_OK, 10 },
	{ { 0 }, 10, 10, STORE_OK, 10 },
	{ { 10 }, 10, 19, STORE_OK, 11 },
	{ { 11 }, 10, 19, STORE_OK, 10 },
	{ { 10, 11, 13 }, 10, 19, STORE_OK, 12 },
	{ { 13, 10, 11 }, 10, 19, STORE_OK, 12 },
	{ { 10, 10, 11 }, 10, 19, STORE_OK, 12 },
	{ { 5, 9, 20, 21 }, 10, 19, STORE_OK, 10 },
	{ { 10 }, 10, 10, STORE_NONE, 0 },
	{ { 10, 11, 12 }, 10, 12, STORE_NONE, 0 },
	{ { 9, 10, 11, 12, 13 }, 10, 12, STORE_NONE, 0 },
	{ { 10, 11, 9 }, 10, 12, STORE_OK, 12 },
	{ { UINT32_MAX - 2 }, UINT32_MAX - 2, UINT32_MAX - 1, STORE_OK, UINT32_MAX - 1 },
	{ { UINT32_MAX - 1 }, UINT32_MAX - 1, UINT32_MAX - 1, STORE_NONE, 0 },
};

START_TEST(free_ids)
{
	uid_t uid = 0;
	char name[16];

	open_it();
	for (size_t i = 0; i < 5 && ids[_i].taken[i] != 0; i++) {
		struct account a;

		snprintf(name, sizeof(name), "a%zu", i);
		a = make(name, ids[_i].taken[i]);
		a.gid = 1;
		ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	}
	ck_assert_int_eq(store_free_uid(store, ids[_i].low, ids[_i].high, &uid), ids[_i].status);
	ck_assert_uint_eq(uid, ids[_i].want);
}
END_TEST

/* ---- the file ---- */

START_TEST(a_new_file_is_the_owners_alone)
{
	bool root = geteuid() == 0;
	char file[PATH_MAX + 64];
	struct stat st;

	ck_assert(!root || chown(dir, OTHER_ID, OTHER_ID + 1) == 0);
	(void)umask(0);
	open_it();
	add("alice", 5);
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = { "", "-wal", "-shm" };

		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		ck_assert_msg(stat(file, &st) == 0, "%s", file);
		ck_assert_uint_eq(st.st_mode & 07777, 0600);
		ck_assert_uint_eq(st.st_uid, root ? OTHER_ID : geteuid());
		ck_assert_uint_eq(st.st_gid, root ? OTHER_ID + 1 : getegid());
	}
	ck_assert_int_eq(get_number("PRAGMA user_version"), 4);
}
END_TEST

/* Runs in a process of its own: opens the store, adds an account. */
static int
add_in_child(const char *name, uid_t uid)
{
	struct account a = make(name, uid);

	if (store_open(path, STORE_CREATE, &store, error, sizeof(error)) != STORE_OK) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	if (store_account_add(store, &a) != STORE_OK)
		return 2;
	store_close(&store);
	return 0;
}

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

/* Root and the keeper's user have it open at the same time, whoever came first. */
static void
share(bool root_first)
{
	struct account a;
	pid_t pid;

	ck_assert_int_eq(chown(dir, OTHER_ID, OTHER_ID), 0);
	if (root_first)
		open_it();
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(setgid(OTHER_ID) == 0 && setuid(OTHER_ID) == 0 ? add_in_child("keeper", 5) : 3);
	ck_assert_int_eq(wait_for(pid), 0);
	if (!root_first)
		open_it();
	ck_assert_int_eq(store_account_get(store, "keeper", &a), STORE_OK);
	add("root", 6);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(setgid(OTHER_ID) == 0 && setuid(OTHER_ID) == 0 ? add_in_child("keeper2", 7) : 3);
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert_int_eq(store_account_get(store, "keeper2", &a), STORE_OK);
}

START_TEST(root_and_the_keeper_share_it)
{
	if (geteuid() == 0)
		share(_i == 0);
}
END_TEST

START_TEST(two_handles_see_each_other)
{
	struct store *other;
	struct account a;

	open_it();
	ck_assert_int_eq(store_open(path, STORE_READ_WRITE, &other, error, sizeof(error)), STORE_OK);
	add("alice", 5);
	ck_assert_int_eq(store_account_get(other, "alice", &a), STORE_OK);
	ck_assert_int_eq(store_account_delete(other, a.id), STORE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &a), STORE_NONE);
	store_close(&other);
	add("alice", 5);
}
END_TEST

/* Its patience is five seconds, so this test is a slow one. */
START_TEST(busy_is_told)
{
	struct account a = make("alice", 5), b;
	struct store *second;
	sqlite3 *db;

	open_it();
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &b), STORE_NONE);
	ck_assert_int_eq(store_account_add(store, &a), STORE_BUSY);
	ck_assert_msg(strstr(store_error(store), "busy") != NULL, "%s", store_error(store));
	ck_assert_int_eq(store_open(path, STORE_READ_WRITE, &second, error, sizeof(error)), STORE_BUSY);
	ck_assert_msg(strstr(error, "busy") != NULL, "%s", error);
	ck_assert_int_eq(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_account_add(store, &a), STORE_OK);
	sqlite3_close(db);
}
END_TEST

START_TEST(a_missing_one_is_refused)
{
	refuse(STORE_READ_WRITE, "No such file or directory");
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_missing_directory_is_refused)
{
	snprintf(path, sizeof(path), "%s/none/f.db", dir);
	refuse(STORE_CREATE, "No such file or directory");
	refuse(STORE_READ_WRITE, "No such file or directory");
}
END_TEST

START_TEST(a_directory_is_refused)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	refuse(STORE_CREATE, "directory");
	refuse(STORE_READ_WRITE, "directory");
}
END_TEST

/* A store as each older version left it, with an account. */
static const char *const old_stores[] = {
	("CREATE TABLE account (id INTEGER PRIMARY KEY, "
	 "name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64), hash TEXT NOT NULL, "
	 "uid INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967294), "
	 "gid INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 4294967294), "
	 "home TEXT NOT NULL CHECK (home LIKE '/%'), "
	 "enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))) STRICT; "
	 "INSERT INTO account VALUES (7, 'alice', 'h', 5, 6, '/home', 1); "
	 "PRAGMA application_id = 1181053561; PRAGMA user_version = 1"),
	("CREATE TABLE account (id INTEGER PRIMARY KEY, "
	 "name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64), hash TEXT NOT NULL, "
	 "uid INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967294), "
	 "gid INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 4294967294), "
	 "home TEXT NOT NULL CHECK (home LIKE '/%'), "
	 "enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)), charset TEXT NOT NULL DEFAULT '') STRICT; "
	 "INSERT INTO account VALUES (7, 'alice', 'h', 5, 6, '/home', 1, ''); "
	 "PRAGMA application_id = 1181053561; PRAGMA user_version = 2"),
	("CREATE TABLE account (id INTEGER PRIMARY KEY, "
	 "name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64), hash TEXT NOT NULL, "
	 "uid INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967294), "
	 "gid INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 4294967294), "
	 "home TEXT NOT NULL CHECK (home LIKE '/%'), "
	 "enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)), charset TEXT NOT NULL DEFAULT '', "
	 "certificate TEXT NOT NULL DEFAULT '') STRICT; "
	 "INSERT INTO account VALUES (7, 'alice', 'h', 5, 6, '/home', 1, '', ''); "
	 "PRAGMA application_id = 1181053561; PRAGMA user_version = 3"),
};

/* The columns, as a number that tells two of them apart. */
static const char columns[] = "SELECT sum((cid + 1) * (length(name) * 31 + unicode(name) * 7 + length(type) * 3 + "
			      "\"notnull\" + coalesce(length(dflt_value), 9))) "
			      "FROM (SELECT * FROM pragma_table_info('account') UNION ALL "
			      "SELECT cid + 100, name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('lease'))";

START_TEST(an_old_store_is_brought_up_to_date)
{
	struct account want = { .id = 7, .name = "alice", .hash = "h", .uid = 5, .gid = 6, .home = "/home",
		.enabled = true, .quota = { USAGE_UNLIMITED, USAGE_UNLIMITED } }, a;
	int old;

	run_sql(old_stores[_i]);
	open_it();
	ck_assert_int_eq(store_account_get(store, "alice", &a), STORE_OK);
	check_same(&a, &want);
	snprintf(want.charset, sizeof(want.charset), "GBK");
	snprintf(want.certificate, sizeof(want.certificate), "AB:CD");
	want.quota = (struct usage){ 1000, 0 };
	ck_assert_int_eq(store_account_update(store, &want), STORE_OK);
	ck_assert_int_eq(store_account_get(store, "alice", &a), STORE_OK);
	check_same(&a, &want);
	add("bob", 8);
	store_close(&store);
	ck_assert_int_eq(get_number("PRAGMA user_version"), 4);
	old = get_number(columns);
	/* It has become what a new one is. */
	tear_down();
	set_up();
	open_it();
	ck_assert_int_eq(get_number(columns), old);
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	open_it();
	add("alice", 5);
	store_close(&store);
	run_sql("PRAGMA user_version = 5");
	refuse(STORE_CREATE, "is of version 5, this program knows 4");
	refuse(STORE_READ_WRITE, "is of version 5, this program knows 4");
	ck_assert_int_eq(get_number("PRAGMA user_version"), 5);
	ck_assert_int_eq(get_number("SELECT count(*) FROM account"), 1);
}
END_TEST

static const char *const foreign[] = {
	"CREATE TABLE t (x); INSERT INTO t VALUES (5)",
	"PRAGMA application_id = 77; CREATE TABLE t (x); INSERT INTO t VALUES (5)",
	/* another's, and empty as yet */
	"PRAGMA application_id = 77; CREATE TABLE t (x); DROP TABLE t",
	/* a table of our name */
	"CREATE TABLE account (name); INSERT INTO account VALUES ('a')",
};

START_TEST(a_foreign_database_is_refused)
{
	int id;

	run_sql(foreign[_i]);
	id = get_number("PRAGMA application_id");
	refuse(STORE_CREATE, "not of Ferry's accounts");
	refuse(STORE_READ_WRITE, "not of Ferry's accounts");
	ck_assert_int_eq(get_number("PRAGMA application_id"), id);
	ck_assert_int_eq(get_number("PRAGMA user_version"), 0);
	ck_assert_int_eq(get_number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'delete'"), 1);
}
END_TEST

START_TEST(what_is_no_database_is_refused)
{
	static const char text[] = "This is a text of more than a hundred bytes, and it has nothing to do with any "
				   "database whatever; it must stay just as it is.\n";
	char got[sizeof(text)] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, sizeof(text)), sizeof(text));
	refuse(STORE_CREATE, "not a database");
	refuse(STORE_READ_WRITE, "not a database");
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), sizeof(got));
	ck_assert_mem_eq(got, text, sizeof(text));
	close(fd);
}
END_TEST

/* An index page full of rubbish, in a file that opens. */
START_TEST(a_corrupt_file_is_told)
{
	char rubbish[4096];
	struct account a;
	struct stat st;
	int fd;

	open_it();
	for (uid_t i = 1; i <= 300; i++) {
		char name[16];

		snprintf(name, sizeof(name), "a%u", i);
		add(name, i);
	}
	store_close(&store);
	fd = open(path, O_RDWR);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	memset(rubbish, 0xa5, sizeof(rubbish));
	for (off_t at = 4096; at < st.st_size; at += 4096)
		ck_assert_int_eq(pwrite(fd, rubbish, sizeof(rubbish), at), sizeof(rubbish));
	close(fd);
	if (store_open(path, STORE_READ_WRITE, &store, error, sizeof(error)) == STORE_OK) {
		ck_assert_int_eq(store_account_get(store, "a7", &a), STORE_FAILED);
		ck_assert_msg(strstr(store_error(store), "malformed") != NULL, "%s", store_error(store));
	} else {
		ck_assert_msg(strstr(error, "malformed") != NULL, "%s", error);
	}
}
END_TEST

/* As one who may not: root becomes another for it. */
START_TEST(an_unreadable_one_is_refused)
{
	bool root = geteuid() == 0;

	ck_assert_int_eq(chmod(dir, 0755), 0);
	open_it();
	add("alice", 5);
	store_close(&store);
	ck_assert_int_eq(chmod(path, root ? 0600 : 0), 0);
	ck_assert(!root || seteuid(OTHER_ID) == 0);
	refuse(STORE_READ_WRITE, "Permission denied; only root and the keeper's user may use it");
	refuse(STORE_CREATE, "Permission denied; only root and the keeper's user may use it");
	ck_assert(!root || seteuid(0) == 0);
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert(!root || seteuid(OTHER_ID) == 0);
	refuse(STORE_READ_WRITE, "cannot be written");
	ck_assert(!root || seteuid(0) == 0);
	ck_assert_int_eq(chmod(dir, root ? 0700 : 0500), 0);
	ck_assert_int_eq(unlink(path), root ? 0 : -1);
	ck_assert(root || chmod(dir, 0700) == 0);
}
END_TEST

START_TEST(a_directory_of_anothers_is_refused)
{
	bool root = geteuid() == 0;

	ck_assert_int_eq(chmod(dir, root ? 0755 : 0500), 0);
	ck_assert(!root || seteuid(OTHER_ID) == 0);
	refuse(STORE_CREATE, "Permission denied; only root and the keeper's user may use it");
	ck_assert(!root || seteuid(0) == 0);
	ck_assert_int_eq(chmod(dir, 0700), 0);
}
END_TEST

/* ---- several at once ---- */

#define MAKERS 8

/* All wait for one byte of a pipe, then all make the store. */
START_TEST(several_make_it_at_once)
{
	struct names all = { .stop = 0 };
	pid_t pids[MAKERS];
	int go[2];

	ck_assert_int_eq(pipe(go), 0);
	for (int i = 0; i < MAKERS; i++) {
		pids[i] = fork();
		ck_assert_int_ne(pids[i], -1);
		if (pids[i] == 0) {
			char name[8], byte;

			close(go[1]);
			(void)!read(go[0], &byte, 1);
			snprintf(name, sizeof(name), "a%d", i);
			_exit(add_in_child(name, 5 + (uid_t)i));
		}
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < MAKERS; i++)
		ck_assert_int_eq(wait_for(pids[i]), 0);
	open_it();
	ck_assert_int_eq(store_account_each(store, collect, &all), STORE_OK);
	ck_assert_uint_eq(all.count, MAKERS);
	check_integrity();
}
END_TEST

/* Adds accounts until it is killed; tells of each that was acknowledged. */
static void
write_until_killed(int tell)
{
	if (store_open(path, STORE_CREATE, &store, error, sizeof(error)) != STORE_OK)
		_exit(1);
	for (uint32_t i = 1;; i++) {
		struct account a;
		char name[16];

		snprintf(name, sizeof(name), "a%u", i);
		a = make(name, i);
		if (store_account_add(store, &a) != STORE_OK || write(tell, &i, sizeof(i)) != sizeof(i))
			_exit(2);
	}
}

/* What was acknowledged is there when the writer is gone in the midst of the next one. */
START_TEST(a_writer_is_killed)
{
	uint32_t last = 0, more;
	struct account a;
	int tell[2];
	pid_t pid;

	ck_assert_int_eq(pipe(tell), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(tell[0]);
		write_until_killed(tell[1]);
	}
	close(tell[1]);
	while (last < (uint32_t)_i) {
		ck_assert_int_eq(read(tell[0], &more, sizeof(more)), sizeof(more));
		last = more;
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(WTERMSIG(wait_for(pid)), SIGKILL);
	while (read(tell[0], &more, sizeof(more)) == sizeof(more))
		last = more;
	close(tell[0]);
	open_it();
	for (uint32_t i = 1; i <= last; i++) {
		char name[16];

		snprintf(name, sizeof(name), "a%u", i);
		ck_assert_int_eq(store_account_get(store, name, &a), STORE_OK);
		ck_assert_uint_eq(a.uid, i);
	}
	/* At most the one that was on its way may be there besides. */
	ck_assert_int_le(get_number("SELECT count(*) FROM account"), (int)last + 1);
	check_integrity();
	add("after", 7);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
unit_suite(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_account_is_kept);
	tcase_add_test(t, the_largest_account_is_kept);
	tcase_add_test(t, a_name_is_taken_once);
	tcase_add_test(t, an_account_is_changed);
	tcase_add_test(t, an_account_is_deleted);
	tcase_add_test(t, nonsense_is_not_kept);
	tcase_add_test(t, each_in_order);
	tcase_add_test(t, a_row_that_cannot_be_read);
	tcase_add_loop_test(t, free_ids, 0, N(ids));
	tcase_add_test(t, a_new_file_is_the_owners_alone);
	tcase_add_loop_test(t, root_and_the_keeper_share_it, 0, 2);
	tcase_add_test(t, two_handles_see_each_other);
	tcase_add_test(t, busy_is_told);
	tcase_add_test(t, a_missing_one_is_refused);
	tcase_add_test(t, a_missing_directory_is_refused);
	tcase_add_test(t, a_directory_is_refused);
	tcase_add_loop_test(t, an_old_store_is_brought_up_to_date, 0, N(old_stores));
	tcase_add_test(t, a_newer_schema_is_refused);
	tcase_add_loop_test(t, a_foreign_database_is_refused, 0, N(foreign));
	tcase_add_test(t, what_is_no_database_is_refused);
	tcase_add_test(t, a_corrupt_file_is_told);
	tcase_add_test(t, an_unreadable_one_is_refused);
	tcase_add_test(t, a_directory_of_anothers_is_refused);
	tcase_add_loop_test(t, several_make_it_at_once, 0, 10);
	tcase_add_loop_test(t, a_writer_is_killed, 0, 20);
	suite_add_tcase(s, t);
	return s;
}
