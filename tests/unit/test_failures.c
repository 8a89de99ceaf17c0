/* Failures of logins, counted for each address in a table that never grows. */
#include "runner.h"
#include "server/keeper/failures.h"

#include <stdio.h>

static struct failures f;

static void
set_up(void)
{
	failures_init(&f);
}

static union sock_addr
addr(const char *text)
{
	union sock_addr a;

	ck_assert(sock_addr_parse(text, &a));
	return a;
}

START_TEST(counts)
{
	union sock_addr a = addr("203.0.113.9"), b = addr("203.0.113.10");

	ck_assert_uint_eq(failures_get(&f, &a, 1), 0);
	for (unsigned i = 1; i <= 20; i++) {
		sock_addr_set_port(&a, (uint16_t)(1000 + i));
		ck_assert_uint_eq(failures_add(&f, &a, i), i);
		ck_assert_uint_eq(failures_get(&f, &a, i), i);
	}
	ck_assert_uint_eq(failures_get(&f, &b, 20), 0);
	ck_assert_uint_eq(failures_add(&f, &b, 20), 1);
	ck_assert_uint_eq(failures_get(&f, &a, 20), 20);
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ "203.0.113.9", "::ffff:203.0.113.9", true },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },    /* one customer's /64 */
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "1.2.3.4", "1.2.3.5", false },
	{ "::1", "127.0.0.1", false },
};

START_TEST(who_is_one)
{
	union sock_addr a = addr(pairs[_i].a), b = addr(pairs[_i].b);

	ck_assert_uint_eq(failures_add(&f, &a, 1), 1);
	ck_assert_uint_eq(failures_get(&f, &b, 1), pairs[_i].same ? 1 : 0);
}
END_TEST

START_TEST(forgets)
{
	union sock_addr a = addr("203.0.113.9");

	ck_assert_uint_eq(failures_add(&f, &a, 1000), 1);
	ck_assert_uint_eq(failures_get(&f, &a, 1000 + FAILURES_FORGET - 1), 1);
	ck_assert_uint_eq(failures_get(&f, &a, 1000 + FAILURES_FORGET), 0);
	/* Each failure starts the time anew. */
	ck_assert_uint_eq(failures_add(&f, &a, 1000 + FAILURES_FORGET - 1), 2);
	ck_assert_uint_eq(failures_get(&f, &a, 1000 + FAILURES_FORGET + 5), 2);
	ck_assert_uint_eq(failures_add(&f, &a, 1000 + 3 * FAILURES_FORGET), 1);
}
END_TEST

/* More addresses than slots: the latest is always known, nothing breaks. */
START_TEST(flood)
{
	for (unsigned i = 0; i < 20 * FAILURES_SLOTS; i++) {
		char text[32];
		union sock_addr a;

		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16 & 255U, i >> 8 & 255U, i & 255U);
		a = addr(text);
		ck_assert_uint_ge(failures_add(&f, &a, i + 1), 1);
		ck_assert_uint_eq(failures_get(&f, &a, i + 1), 1);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("failures");
	TCase *tcase = tcase_create("failures");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, counts);
	tcase_add_loop_test(tcase, who_is_one, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tcase, forgets);
	tcase_add_test(tcase, flood);
	suite_add_tcase(suite, tcase);
	return suite;
}
