/* What a tree holds: every form of tree, and what counts nothing. */
#include "base/tally.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[PATH_MAX];
static int top;
static unsigned calls;

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/ferry-tally-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	top = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(top, -1);
	calls = 0;
}

static void
tear_down(void)
{
	close(top);
	unit_remove_tree(dir);
}

static void
make_file(int at, const char *name, off_t size)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static bool
go_on(void *context, const struct usage *sum)
{
	(void)context;
	(void)sum;
	calls++;
	return true;
}

static bool
stop(void *context, const struct usage *sum)
{
	(void)context;
	return sum->files < 1000;
}

static void
check_sum(int64_t bytes, int64_t files)
{
	struct usage sum;

	ck_assert(tally_tree(top, go_on, NULL, &sum));
	ck_assert_int_eq(sum.bytes, bytes);
	ck_assert_int_eq(sum.files, files);
	ck_assert_uint_gt(calls, 0);
}

START_TEST(nothing)
{
	check_sum(0, 0);
}
END_TEST

START_TEST(files_at_every_level)
{
	make_file(top, "a", 10);
	make_file(top, ".hidden", 3);
	make_file(top, "empty", 0);
	ck_assert_int_eq(mkdirat(top, "d", 0700), 0);
	ck_assert_int_eq(mkdirat(top, "d/e", 0700), 0);
	make_file(top, "d/b", 100);
	make_file(top, "d/e/c", 1000);
	check_sum(1113, 5);
}
END_TEST

/* The size is what a client sees; a hole is part of it. */
START_TEST(holes_count)
{
	make_file(top, "sparse", 1LL << 30);
	check_sum(1LL << 30, 1);
}
END_TEST

START_TEST(a_file_counts_once)
{
	make_file(top, "a", 10);
	ck_assert_int_eq(mkdirat(top, "d", 0700), 0);
	ck_assert_int_eq(linkat(top, "a", top, "b", 0), 0);
	ck_assert_int_eq(linkat(top, "a", top, "d/c", 0), 0);
	make_file(top, "x", 7);
	ck_assert_int_eq(linkat(top, "x", top, "y", 0), 0);
	check_sum(17, 2);
}
END_TEST

START_TEST(what_is_no_file_counts_nothing)
{
	make_file(top, "a", 10);
	ck_assert_int_eq(symlinkat("a", top, "link"), 0);
	ck_assert_int_eq(symlinkat("/", top, "up"), 0);
	ck_assert_int_eq(symlinkat("nowhere", top, "dangling"), 0);
	ck_assert_int_eq(mkfifoat(top, "fifo", 0600), 0);
	check_sum(10, 1);
}
END_TEST

/* One descriptor is enough, however deep and wide. */
START_TEST(deep_and_wide)
{
	char path[PATH_MAX] = "";
	size_t len = 0;

	for (int i = 0; i < 500; i++) {
		len += (size_t)snprintf(path + len, sizeof(path) - len, "%sd", i == 0 ? "" : "/");
		ck_assert_int_eq(mkdirat(top, path, 0700), 0);
	}
	snprintf(path + len, sizeof(path) - len, "/deep");
	make_file(top, path, 5);
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "wide%d", i);
		ck_assert_int_eq(mkdirat(top, path, 0700), 0);
		snprintf(path, sizeof(path), "wide%d/f", i);
		make_file(top, path, 2);
	}
	check_sum(6005, 3001);
	ck_assert_uint_gt(calls, 2);
}
END_TEST

/* A path as long as paths may be is counted; what lies deeper cannot be named, and is told. */
START_TEST(paths_of_every_length)
{
	char name[NAME_MAX + 1];
	struct usage sum;
	int at = dup(top), next;

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	for (int i = 0; i < PATH_MAX / (NAME_MAX + 1) - 1; i++) {
		ck_assert_int_eq(mkdirat(at, name, 0700), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	make_file(at, "last", 9);
	check_sum(9, 1);
	ck_assert_int_eq(mkdirat(at, name, 0700), 0);
	next = openat(at, name, O_RDONLY | O_DIRECTORY);
	make_file(next, "there", 1);
	check_sum(10, 2);
	ck_assert_int_eq(mkdirat(next, "x", 0700), 0);
	ck_assert(!tally_tree(top, go_on, NULL, &sum));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	close(next);
	close(at);
}
END_TEST

START_TEST(it_can_be_stopped)
{
	struct usage sum;
	char name[16];

	for (int i = 0; i < 1100; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_file(top, name, 1);
	}
	ck_assert(!tally_tree(top, stop, NULL, &sum));
	ck_assert_int_eq(errno, ECANCELED);
}
END_TEST

START_TEST(what_is_no_directory)
{
	struct usage sum;
	int fd;

	make_file(top, "a", 1);
	fd = openat(top, "a", O_RDONLY);
	ck_assert(tally_tree(fd, go_on, NULL, &sum) == false || sum.files == 0);
	close(fd);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = tcase_create("tally");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, nothing);
	tcase_add_test(tcase, files_at_every_level);
	tcase_add_test(tcase, holes_count);
	tcase_add_test(tcase, a_file_counts_once);
	tcase_add_test(tcase, what_is_no_file_counts_nothing);
	tcase_add_test(tcase, deep_and_wide);
	tcase_add_test(tcase, paths_of_every_length);
	tcase_add_test(tcase, it_can_be_stopped);
	tcase_add_test(tcase, what_is_no_directory);
	suite_add_tcase(suite, tcase);
	return suite;
}
