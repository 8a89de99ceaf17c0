/* Numbers from text: all of it or nothing. */
#include "base/num.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum kind { DECIMAL, OCTAL, DURATION, SIZE };

static const struct {
	enum kind kind;
	const char *text;
	uint64_t max;
	bool good;
	uint64_t value;
} rows[] = {
	{ DECIMAL, "0", 0, true, 0 },
	{ DECIMAL, "7", 6, false, 0 },
	{ DECIMAL, "7", 7, true, 7 },
	{ DECIMAL, "007", 7, true, 7 },
	{ DECIMAL, "255", 255, true, 255 },
	{ DECIMAL, "256", 255, false, 0 },
	{ DECIMAL, "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
	{ DECIMAL, "18446744073709551616", UINT64_MAX, false, 0 },
	{ DECIMAL, "99999999999999999999999", UINT64_MAX, false, 0 },
	{ DECIMAL, "9223372036854775808", INT64_MAX, false, 0 },
	{ DECIMAL, "9223372036854775807", INT64_MAX, true, INT64_MAX },
	{ DECIMAL, "", 9, false, 0 },
	{ DECIMAL, "+1", 9, false, 0 },
	{ DECIMAL, "-1", 9, false, 0 },
	{ DECIMAL, " 1", 9, false, 0 },
	{ DECIMAL, "1 ", 9, false, 0 },
	{ DECIMAL, "1x", 99, false, 0 },
	{ DECIMAL, "0x1", 99, false, 0 },
	{ DECIMAL, "1e1", 99, false, 0 },
	{ DECIMAL, "\xb2", 99, false, 0 },
	{ OCTAL, "0", 0777, true, 0 },
	{ OCTAL, "644", 0777, true, 0644 },
	{ OCTAL, "0644", 0777, true, 0644 },
	{ OCTAL, "777", 0777, true, 0777 },
	{ OCTAL, "1000", 0777, false, 0 },
	{ OCTAL, "8", 0777, false, 0 },
	{ OCTAL, "", 0777, false, 0 },
	{ DURATION, "90", 100000, true, 90000 },
	{ DURATION, "90s", 100000, true, 90000 },
	{ DURATION, "5m", UINT64_MAX, true, 300000 },
	{ DURATION, "2h", UINT64_MAX, true, 7200000 },
	{ DURATION, "1d", UINT64_MAX, true, 86400000 },
	{ DURATION, "1d", 86399999, false, 0 },
	{ DURATION, "213503982335d", UINT64_MAX, false, 0 },
	{ DURATION, "s", UINT64_MAX, false, 0 },
	{ DURATION, "1ms", UINT64_MAX, false, 0 },
	{ DURATION, "1 s", UINT64_MAX, false, 0 },
	{ DURATION, "1S", UINT64_MAX, false, 0 },
	{ DURATION, "", UINT64_MAX, false, 0 },
	{ SIZE, "1000", UINT64_MAX, true, 1000 },
	{ SIZE, "64K", UINT64_MAX, true, 65536 },
	{ SIZE, "10M", UINT64_MAX, true, 10485760 },
	{ SIZE, "2G", UINT64_MAX, true, 2147483648U },
	{ SIZE, "1T", UINT64_MAX, true, 1099511627776U },
	{ SIZE, "16777216T", UINT64_MAX, false, 0 },
	{ SIZE, "1KB", UINT64_MAX, false, 0 },
	{ SIZE, "K", UINT64_MAX, false, 0 },
};

START_TEST(text)
{
	uint64_t value = 4711;
	bool good = false;

	switch (rows[_i].kind) {
	case DECIMAL:
		good = num_parse(rows[_i].text, rows[_i].max, &value);
		break;
	case OCTAL:
		good = num_parse_octal(rows[_i].text, rows[_i].max, &value);
		break;
	case DURATION:
		good = num_parse_duration(rows[_i].text, rows[_i].max, &value);
		break;
	case SIZE:
		good = num_parse_size(rows[_i].text, rows[_i].max, &value);
		break;
	}
	ck_assert_msg(good == rows[_i].good, "\"%s\"", rows[_i].text);
	ck_assert_uint_eq(value, good ? rows[_i].value : 4711);
}
END_TEST

/* Only so many bytes are looked at, and no NUL is needed. */
START_TEST(part)
{
	const char digits[4] = { '1', '2', '3', '4' };
	uint64_t value;

	ck_assert(num_parse_len(digits, 4, 9999, &value));
	ck_assert_uint_eq(value, 1234);
	ck_assert(num_parse_len("12x", 2, 99, &value));
	ck_assert_uint_eq(value, 12);
	ck_assert(!num_parse_len("12x", 3, 999, &value));
	ck_assert(!num_parse_len("12", 0, 999, &value));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("num");
	TCase *tcase = tcase_create("num");

	tcase_add_loop_test(tcase, text, 0, COUNT(rows));
	tcase_add_test(tcase, part);
	suite_add_tcase(suite, tcase);
	return suite;
}
