/* HOST's argument. */
#include "ftp/host.h"
#include "runner.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	enum host_kind kind;
	const char *address;
} rows[] = {
	{ "a", HOST_NAME, NULL },
	{ "localhost", HOST_NAME, NULL },
	{ "ftp.Example.ORG", HOST_NAME, NULL },
	{ "xn--bcher-kva.example", HOST_NAME, NULL },
	{ "1-2.3.example", HOST_NAME, NULL },
	{ "3com.com", HOST_NAME, NULL },
	{ "1.2.3.4a", HOST_NAME, NULL },
	{ SIXTY "abc.org", HOST_NAME, NULL },
	{ SIXTY "." SIXTY "." SIXTY "." SIXTY "." "abcdefghi", HOST_NAME, NULL },
	{ SIXTY "." SIXTY "." SIXTY "." SIXTY "." TEN, HOST_BAD, NULL },
	{ SIXTY "abcd.org", HOST_BAD, NULL },
	{ "192.0.2.1", HOST_ADDRESS, "192.0.2.1" },
	{ "[2001:db8::1]", HOST_ADDRESS, "2001:db8::1" },
	{ "[::1]", HOST_ADDRESS, "::1" },
	{ "", HOST_BAD, NULL },
	{ ".", HOST_BAD, NULL },
	{ "a.", HOST_BAD, NULL },
	{ ".a", HOST_BAD, NULL },
	{ "a..b", HOST_BAD, NULL },
	{ "-a", HOST_BAD, NULL },
	{ "a-.b", HOST_BAD, NULL },
	{ "a_b", HOST_BAD, NULL },
	{ "a b", HOST_BAD, NULL },
	{ "a:21", HOST_BAD, NULL },
	{ "a/b", HOST_BAD, NULL },
	{ "b\xc3\xbc", HOST_BAD, NULL },
	{ "1.2.3", HOST_BAD, NULL },
	{ "1.2.3.4.5", HOST_BAD, NULL },
	{ "1.2.3.256", HOST_BAD, NULL },
	{ "192.0.2.1:21", HOST_BAD, NULL },
	{ "::1", HOST_BAD, NULL },
	{ "[]", HOST_BAD, NULL },
	{ "[", HOST_BAD, NULL },
	{ "[::1", HOST_BAD, NULL },
	{ "::1]", HOST_BAD, NULL },
	{ "[::1]:21", HOST_BAD, NULL },
	{ "[192.0.2.1]", HOST_BAD, NULL },
	{ "[fe80::1%lo]", HOST_BAD, NULL },
	{ "[" SIXTY SIXTY "]", HOST_BAD, NULL },
};

START_TEST(row)
{
	char text[SOCK_TEXT_LEN];
	union sock_addr a;

	ck_assert_int_eq(host_parse(rows[_i].text, &a), rows[_i].kind);
	if (rows[_i].kind == HOST_ADDRESS)
		ck_assert_str_eq(sock_addr_text(&a, text), rows[_i].address);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("host");

	tcase_add_loop_test(tcase, row, 0, COUNT(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
