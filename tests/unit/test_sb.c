/* The bounded string builder: whole pieces or none. */
#include "base/sb.h"
#include "runner.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

START_TEST(whole_pieces)
{
	char buf[9];
	struct sb s;

	sb_init(&s, buf, sizeof(buf));
	ck_assert_str_eq(s.buf, "");
	sb_puts(&s, "abc");
	sb_putc(&s, 'd');
	sb_put(&s, "ef\0", 2);
	sb_printf(&s, "%d", 78);
	ck_assert_str_eq(s.buf, "abcdef78");
	ck_assert_uint_eq(s.len, 8);
	ck_assert(!s.cut);
}
END_TEST

/* Each way to add, at a string with exactly i bytes of room: what fits is there whole, what does not
 * leaves no trace, and nothing that comes later fits any more. */
START_TEST(full)
{
	const size_t room = (size_t)_i;

	for (int way = 0; way < 5; way++) {
		char buf[16];
		struct sb s;

		memset(buf, '#', sizeof(buf));
		sb_init(&s, buf, room + 1);
		switch (way) {
		case 0:
			sb_puts(&s, "1234");
			break;
		case 1:
			sb_put(&s, "1234", 4);
			break;
		case 2:
			sb_printf(&s, "%d", 1234);
			break;
		case 3:
			sb_putu(&s, 1234, 0);
			break;
		default:
			for (const char *p = "1234"; *p != '\0'; p++)
				sb_putc(&s, *p);
		}
		ck_assert_int_eq(s.cut, room < 4);
		if (way == 4)
			ck_assert_uint_eq(s.len, room < 4 ? room : 4);
		else
			ck_assert_str_eq(s.buf, room < 4 ? "" : "1234");
		ck_assert_uint_eq(strlen(s.buf), s.len);
		ck_assert_int_eq(buf[room + 1], '#');
		if (s.cut) {
			size_t len = s.len;

			sb_puts(&s, "");
			sb_printf(&s, "%s", "");
			ck_assert(s.cut);
			ck_assert_uint_eq(s.len, len);
			sb_reset(&s);
			ck_assert(!s.cut);
			ck_assert_str_eq(s.buf, "");
		}
	}
}
END_TEST

static const struct {
	unsigned long long n;
	unsigned width;
	const char *text;
} numbers[] = {
	{ 0, 0, "0" },
	{ 0, 3, "  0" },
	{ 7, 1, "7" },
	{ 1234, 3, "1234" },
	{ 1234, 8, "    1234" },
	{ ULLONG_MAX, 0, "18446744073709551615" },
};

START_TEST(number)
{
	char buf[64];
	struct sb s;

	sb_init(&s, buf, sizeof(buf));
	sb_putu(&s, numbers[_i].n, numbers[_i].width);
	ck_assert_str_eq(s.buf, numbers[_i].text);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("sb");
	TCase *tcase = tcase_create("sb");

	tcase_add_test(tcase, whole_pieces);
	tcase_add_loop_test(tcase, full, 0, 8);
	tcase_add_loop_test(tcase, number, 0, sizeof(numbers) / sizeof(numbers[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
