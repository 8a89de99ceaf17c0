/* The names in a directory, in an order. */
#include "base/walk.h"
#include "runner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 3000       /* names that need more than one block */

static char dir[64];
static int fd;

static void
make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/ferry-walk-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
}

static void
remove_dir(void)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(fd, e->d_name, 0) == -1)
			(void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
	if (d != NULL)
		closedir(d);
	close(fd);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
make_file(const char *name, time_t mtime, off_t size)
{
	const struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	int file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(ftruncate(file, size), 0);
	ck_assert_int_eq(futimens(file, times), 0);
	close(file);
}

struct seen {
	struct walk walk;
	char names[64];         /* the first letters */
	size_t count, stop;     /* stop: after so many */
	unsigned pauses, pauses_max;
	bool types;
};

static bool
see(void *ctx, const char *name, unsigned char type)
{
	struct seen *s = ctx;

	if (name[0] == '.')
		return true;
	if (s->count < sizeof(s->names) - 1)
		s->names[s->count] = name[0];
	s->types &= type == DT_REG || type == DT_UNKNOWN;
	return ++s->count != s->stop;
}

static bool
wait_a_bit(void *ctx)
{
	struct seen *s = ctx;

	return ++s->pauses != s->pauses_max;
}

static struct seen
run(enum walk_order order, bool reverse, size_t room, size_t stop, unsigned pauses_max)
{
	struct seen s = { .walk = { .order = order, .reverse = reverse, .room = room, .each = see, .pause = wait_a_bit },
		.stop = stop, .pauses_max = pauses_max, .types = true };

	s.walk.ctx = &s;
	ck_assert(walk_directory(&s.walk, fd));
	ck_assert_uint_eq(s.walk.room, room);
	ck_assert(s.types);
	return s;
}

static const struct {
	enum walk_order order;
	bool reverse;
	const char *want;
} orders[] = {
	{ WALK_BY_NAME, false, "abcd" },
	{ WALK_BY_NAME, true, "dcba" },
	{ WALK_BY_TIME, false, "badc" },
	{ WALK_BY_TIME, true, "cdab" },
	{ WALK_BY_SIZE, false, "adbc" },
	{ WALK_BY_SIZE, true, "cbda" },
};

START_TEST(order)
{
	make_file("c", 1, 1);
	make_file("b", 4, 2);
	make_file("d", 2, 3);
	make_file("a", 2, 3);
	/* Twice: a directory is walked from its start, wherever it was left. */
	for (int i = 0; i < 2; i++) {
		struct seen s = run(orders[_i].order, orders[_i].reverse, 4096, 0, 0);

		ck_assert_str_eq(s.names, orders[_i].want);
		ck_assert(!s.walk.unsorted);
	}
	ck_assert_uint_eq(run(orders[_i].order, orders[_i].reverse, 4096, 2, 0).count, 2);
}
END_TEST

START_TEST(no_room)
{
	struct seen s;

	make_file("a", 1, 1);
	make_file("b", 2, 2);
	s = run(WALK_BY_TIME, false, 16, 0, 0);
	ck_assert_uint_eq(s.count, 2);
	ck_assert(s.walk.unsorted);
	s = run(WALK_BY_NAME, false, 0, 0, 0);
	ck_assert_str_eq(s.names, "ab");
	ck_assert(!s.walk.unsorted);
}
END_TEST

START_TEST(empty)
{
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(run((enum walk_order)i, i == 1, 4096, 0, 0).count, 0);
}
END_TEST

START_TEST(many)
{
	char name[64];
	struct seen s;

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%04d-with-a-name-of-some-length", i);
		make_file(name, MANY - i, i);
	}
	s = run(WALK_BY_NAME, false, 0, 0, 0);
	ck_assert_uint_eq(s.count, MANY);
	ck_assert_uint_gt(s.pauses, 0);
	ck_assert_uint_lt(run(WALK_BY_NAME, false, 0, 0, 1).count, MANY);
	ck_assert_uint_eq(run(WALK_BY_NAME, false, 0, 5, 0).count, 5);
	s = run(WALK_BY_TIME, true, 1024 * 1024, 0, 0);
	ck_assert_uint_eq(s.count, MANY);
	ck_assert(!s.walk.unsorted);
	ck_assert_int_eq(s.names[0], '2');
	s = run(WALK_BY_SIZE, false, 64 * 1024, 0, 0);
	ck_assert_uint_eq(s.count, MANY);
	ck_assert(s.walk.unsorted);
	/* Stopped while it measures, while it reads again, and afterwards. */
	for (unsigned i = 1; i < 8; i++)
		ck_assert_uint_le(run(WALK_BY_TIME, false, 1024 * 1024, 0, i).count, MANY);
}
END_TEST

START_TEST(gone)
{
	struct seen s = { .walk = { .each = see } };
	int child;

	s.walk.ctx = &s;
	ck_assert_int_eq(mkdirat(fd, "child", 0700), 0);
	child = openat(fd, "child", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(unlinkat(fd, "child", AT_REMOVEDIR), 0);
	ck_assert(walk_directory(&s.walk, child));
	ck_assert_uint_eq(s.count, 0);
	close(child);
	ck_assert(!walk_directory(&s.walk, child));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = tcase_create("walk");

	tcase_add_checked_fixture(tcase, make_dir, remove_dir);
	tcase_add_loop_test(tcase, order, 0, (int)(sizeof(orders) / sizeof(orders[0])));
	tcase_add_test(tcase, no_room);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, gone);
	suite_add_tcase(suite, tcase);
	return suite;
}
