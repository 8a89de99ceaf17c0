/* Amounts for people. */
#include "base/amount.h"
#include "runner.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	uint64_t bytes;
	const char *shown;
} sizes[] = {
	{ 0, "0 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1536, "1.5 KiB" },
	{ 102399, "99.9 KiB" },
	{ 102400, "100 KiB" },
	{ 1048575, "1023 KiB" },
	{ 1048576, "1.0 MiB" },
	{ 1ULL << 40, "1.0 TiB" },
	{ UINT64_MAX, "15.9 EiB" },
};

START_TEST(sizes_in_few_characters)
{
	char shown[16];
	struct sb out;

	sb_init(&out, shown, sizeof(shown));
	amount_put(&out, sizes[_i].bytes);
	ck_assert_str_eq(shown, sizes[_i].shown);
}
END_TEST

START_TEST(what_is_less_than_nothing)
{
	char text[AMOUNT_LEN];

	ck_assert_str_eq(amount_text(-1, text), "0 B");
	ck_assert_str_eq(amount_text(INT64_MIN, text), "0 B");
	ck_assert_str_eq(amount_text(1536, text), "1.5 KiB");
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("amount");
	TCase *tcase = tcase_create("amount");

	tcase_add_loop_test(tcase, sizes_in_few_characters, 0, COUNT(sizes));
	tcase_add_test(tcase, what_is_less_than_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
