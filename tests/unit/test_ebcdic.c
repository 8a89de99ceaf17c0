/* TYPE E: IBM code page 1047 with NL as the end of a line. */
#include "ftp/ebcdic.h"
#include "runner.h"

#include <stdbool.h>

START_TEST(text)
{
	static const char ascii[] = "Hello [1]!\n";
	char out[sizeof(ascii)];

	ebcdic_encode(ascii, sizeof(ascii) - 1, out);
	ck_assert_mem_eq(out, "\xc8\x85\x93\x93\x96\x40\xad\xf1\xbd\x5a\x15", sizeof(ascii) - 1);
}
END_TEST

/* Every byte has one of its own, so that any file comes back. */
START_TEST(one_to_one)
{
	bool seen[256] = { false };

	for (int i = 0; i < 256; i++) {
		char byte = (char)i;

		ebcdic_encode(&byte, 1, &byte);
		ck_assert(!seen[(unsigned char)byte]);
		seen[(unsigned char)byte] = true;
		ebcdic_decode(&byte, 1, &byte);
		ck_assert_int_eq((unsigned char)byte, i);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("ebcdic");
	TCase *tcase = tcase_create("ebcdic");

	tcase_add_test(tcase, text);
	tcase_add_test(tcase, one_to_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
