/* Lines of the log that strangers cause: how many are written, and that the others are counted. */
#include "base/clock.h"
#include "runner.h"
#include "server/process/repeats.h"

#include <stdio.h>

static struct repeats r;
static struct repeats_sum sum;

static union sock_addr
addr(const char *text)
{
	union sock_addr a;

	ck_assert(sock_addr_parse(text, &a));
	return a;
}

static union sock_addr
numbered(unsigned i)
{
	char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16 & 255U, i >> 8 & 255U, i & 255U);
	return addr(text);
}

START_TEST(one_and_then_a_number)
{
	union sock_addr a = addr("203.0.113.9"), b = addr("203.0.113.10");

	repeats_init(&r, 1);
	ck_assert_int_eq(repeats_next(&r), CLOCK_NEVER);
	ck_assert(repeats_add(&r, &a, 0));
	ck_assert_int_eq(repeats_next(&r), CLOCK_NEVER);
	for (unsigned i = 1; i <= 50000; i++)
		ck_assert(!repeats_add(&r, &a, i));
	ck_assert(repeats_add(&r, &b, 50000));
	ck_assert_int_eq(repeats_next(&r), REPEATS_MS);
	ck_assert(!repeats_due(&r, REPEATS_MS - 1, &sum));
	ck_assert(repeats_due(&r, REPEATS_MS, &sum));
	ck_assert_uint_eq(sum.left_out, 50000);
	ck_assert(!sum.others);
	ck_assert_str_eq(sum.peer, "203.0.113.9");
	ck_assert(!repeats_due(&r, REPEATS_MS, &sum));
	/* It goes on: the number again, a minute later, and no line of its own. */
	ck_assert(!repeats_add(&r, &a, REPEATS_MS + 1));
	ck_assert(!repeats_due(&r, 2 * REPEATS_MS - 1, &sum));
	ck_assert(repeats_due(&r, 2 * REPEATS_MS, &sum));
	ck_assert_uint_eq(sum.left_out, 1);
	/* After a quiet minute it is forgotten. */
	ck_assert_int_eq(repeats_next(&r), CLOCK_NEVER);
	ck_assert(repeats_add(&r, &a, 3 * REPEATS_MS));
}
END_TEST

START_TEST(several_a_minute)
{
	union sock_addr a = addr("203.0.113.9");

	repeats_init(&r, 3);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(repeats_add(&r, &a, i), i < 3);
	ck_assert(repeats_due(&r, REPEATS_MS, &sum));
	ck_assert_uint_eq(sum.left_out, 2);
	/* The line with the number was one of three. */
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(repeats_add(&r, &a, REPEATS_MS + i), i < 2);
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ "203.0.113.9", "::ffff:203.0.113.9", true },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },    /* one customer's /64 */
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "::1", "127.0.0.1", false },
};

START_TEST(who_is_one)
{
	union sock_addr a = addr(pairs[_i].a), b = addr(pairs[_i].b);

	repeats_init(&r, 1);
	ck_assert(repeats_add(&r, &a, 1));
	ck_assert_int_eq(repeats_add(&r, &b, 1), !pairs[_i].same);
}
END_TEST

/* However many addresses there are: no more lines than rows in a minute, and none is lost from the count. */
START_TEST(flood)
{
	uint64_t lines = 0, counted = 0, most = 2 * REPEATS_ROWS + 1;
	const unsigned n = 20 * REPEATS_ROWS;

	repeats_init(&r, 1);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < n; i++) {
			union sock_addr a = numbered(i);

			lines += repeats_add(&r, &a, 1 + round);
		}
	}
	ck_assert_uint_eq(lines, REPEATS_ROWS);
	for (; repeats_due(&r, 2 + REPEATS_MS, &sum); counted += sum.left_out)
		lines++;
	ck_assert_uint_le(lines, most);
	ck_assert_uint_eq(counted + REPEATS_ROWS, 2 * n);
}
END_TEST

START_TEST(nothing_is_kept_at_the_end)
{
	union sock_addr a = addr("203.0.113.9");

	repeats_init(&r, 1);
	for (unsigned i = 0; i < 5; i++)
		(void)repeats_add(&r, &a, 100);
	ck_assert(!repeats_due(&r, 101, &sum));
	ck_assert(repeats_due(&r, CLOCK_NEVER, &sum));
	ck_assert_uint_eq(sum.left_out, 4);
	ck_assert(!repeats_due(&r, CLOCK_NEVER, &sum));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("repeats");
	TCase *tcase = tcase_create("repeats");

	tcase_add_test(tcase, one_and_then_a_number);
	tcase_add_test(tcase, several_a_minute);
	tcase_add_loop_test(tcase, who_is_one, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tcase, flood);
	tcase_add_test(tcase, nothing_is_kept_at_the_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
