/* ~/.netrc: which entry counts, and how it is written. */
#include "client/engine/netrc.h"
#include "runner.h"

#include <string.h>

static const struct {
	const char *text;
	const char *host, *user;        /* user NULL: any */
	enum netrc_status status;
	const char *login, *password, *account; /* NULL: not told */
} rows[] = {
	{ "", "h", NULL, NETRC_NONE, NULL, NULL, NULL },
	{ "\n \t\r\n", "h", NULL, NETRC_NONE, NULL, NULL, NULL },
	{ "machine h login u password p", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine h\n\tlogin u\n\tpassword p\n\taccount a\n", "h", NULL, NETRC_FOUND, "u", "p", "a" },
	{ "machine H.Example login u password p\n", "h.example", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine other login u password p\n", "h", NULL, NETRC_NONE, NULL, NULL, NULL },
	{ "machine other login x password y machine h login u password p", "h", NULL, NETRC_FOUND, "u", "p",
	    NULL },
	{ "machine h login u password p machine h login v password q", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine h login u password p machine h login v password q", "h", "v", NETRC_FOUND, "v", "q", NULL },
	{ "machine h login u password p", "h", "v", NETRC_NONE, NULL, NULL, NULL },
	{ "machine h password p", "h", "v", NETRC_FOUND, NULL, "p", NULL },
	{ "machine h password p", "h", NULL, NETRC_NONE, NULL, NULL, NULL },
	{ "machine h login u", "h", NULL, NETRC_FOUND, "u", NULL, NULL },
	{ "default login u password p", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine x login a password b\ndefault login u password p", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine h login u password p\ndefault login d password e", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "machine h login u password p\ndefault login d password e", "h", "d", NETRC_FOUND, "d", "e", NULL },
	{ "# a comment with machine h login x\nmachine h # another\n login u password #p", "h", NULL,
	    NETRC_FOUND, "u", "#p", NULL },
	{ "machine h login u password p,q", "h", NULL, NETRC_FOUND, "u", "p,q", NULL },
	{ "machine h login u password \"a b\"", "h", NULL, NETRC_FOUND, "u", "a b", NULL },
	{ "machine h login u password \"a\\\"b\\\\c\"", "h", NULL, NETRC_FOUND, "u", "a\"b\\c", NULL },
	{ "machine h login u password a\\b\"c", "h", NULL, NETRC_FOUND, "u", "a\\b\"c", NULL },
	{ "machine h login u password \"\"", "h", NULL, NETRC_FOUND, "u", "", NULL },
	{ "machine h login machine password default", "h", NULL, NETRC_FOUND, "machine", "default", NULL },
	{ "machine x macdef init\ncd /\nmachine h login evil\n\nmachine h login u password p", "h", NULL,
	    NETRC_FOUND, "u", "p", NULL },
	{ "machine h login u macdef init\nput x\n\npassword p", "h", NULL, NETRC_FOUND, "u", "p", NULL },
	{ "macdef init\nmachine h login u password p", "h", NULL, NETRC_NONE, NULL, NULL, NULL },
	{ "macdef init\n\nmachine h login u password p", "h", NULL, NETRC_FOUND, "u", "p", NULL },
};

static const struct {
	const char *text;
	unsigned line;
} bad[] = {
	{ "machine", 1 },
	{ "machine h\nlogin u\npassword", 3 },
	{ "machine h\nlogin u\nsecret p\n", 3 },
	{ "nonsense", 1 },
	{ "\n\nmachine h login u password \"open\n", 3 },
	{ "machine h login u password \"open", 1 },
};

START_TEST(entries)
{
	struct netrc n;
	unsigned line;

	ck_assert_int_eq(netrc_find(rows[_i].text, strlen(rows[_i].text), rows[_i].host, rows[_i].user, &n, &line),
	    rows[_i].status);
	ck_assert_int_eq(n.has_login, rows[_i].login != NULL);
	ck_assert_str_eq(n.login, rows[_i].login == NULL ? "" : rows[_i].login);
	ck_assert_int_eq(n.has_password, rows[_i].password != NULL);
	ck_assert_str_eq(n.password, rows[_i].password == NULL ? "" : rows[_i].password);
	ck_assert_int_eq(n.has_account, rows[_i].account != NULL);
	ck_assert_str_eq(n.account, rows[_i].account == NULL ? "" : rows[_i].account);
}
END_TEST

START_TEST(mistakes)
{
	static const struct netrc zeros;
	struct netrc n;
	unsigned line;

	ck_assert_int_eq(netrc_find(bad[_i].text, strlen(bad[_i].text), "h", NULL, &n, &line), NETRC_SYNTAX);
	ck_assert_uint_eq(line, bad[_i].line);
	ck_assert_mem_eq(&n, &zeros, sizeof(n));
}
END_TEST

START_TEST(bytes_that_cannot_be)
{
	static const char nul[] = "machine h login u password a\0b";
	char text[64 + NETRC_VALUE_MAX + 1];
	size_t head;
	struct netrc n;
	unsigned line;

	ck_assert_int_eq(netrc_find(nul, sizeof(nul) - 1, "h", NULL, &n, &line), NETRC_SYNTAX);
	head = strlen("machine h login u password ");
	memcpy(text, "machine h login u password ", head);
	memset(text + head, 'x', NETRC_VALUE_MAX);
	ck_assert_int_eq(netrc_find(text, head + NETRC_VALUE_MAX - 1, "h", NULL, &n, &line), NETRC_FOUND);
	ck_assert_uint_eq(strlen(n.password), NETRC_VALUE_MAX - 1);
	ck_assert_int_eq(netrc_find(text, head + NETRC_VALUE_MAX, "h", NULL, &n, &line), NETRC_SYNTAX);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("netrc");
	TCase *t = tcase_create("netrc");

	tcase_add_loop_test(t, entries, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(t, mistakes, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, bytes_that_cannot_be);
	suite_add_tcase(s, t);
	return s;
}
