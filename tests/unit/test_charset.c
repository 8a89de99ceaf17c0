/* Character sets of old clients. */
#include "base/charset.h"
#include "runner.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct charset *
open_it(const char *name)
{
	const char *why = "";
	struct charset *c = charset_open(name, &why);

	ck_assert_msg(c != NULL, "%s: %s", name, why);
	return c;
}

static const struct {
	const char *charset, *text, *utf8;
} rows[] = {
	{ "ISO-8859-1", "a\xe4/\xff.txt", "a\xc3\xa4/\xc3\xbf.txt" },
	{ "ISO-8859-1", "", "" },
	{ "latin1", "\x80\x9f", "\xc2\x80\xc2\x9f" },
	{ "CP1252", "\x80", "\xe2\x82\xac" },
	{ "KOI8-R", "\xc6\xc1\xca\xcc", "\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb" },
	{ "GBK", "\xd6\xd0\xce\xc4.txt", "\xe4\xb8\xad\xe6\x96\x87.txt" },
	/* The second byte of a character may be a backslash or a bar of ASCII. */
	{ "GBK", "\x81\x5c\x81\x7c", "\xe4\xb9\x97\xe4\xba\x85" },
	{ "GB18030", "\x81\x30\x81\x30\xd6\xd0", "\xc2\x80\xe4\xb8\xad" },
	{ "BIG5", "\xa4\xa4\xa4\xe5", "\xe4\xb8\xad\xe6\x96\x87" },
	{ "EUC-JP", "\xc6\xfc\xcb\xdc", "\xe6\x97\xa5\xe6\x9c\xac" },
	{ "CP932", "\x83\x5c", "\xe3\x82\xbd" },
	{ "CP949", "\xc7\xd1", "\xed\x95\x9c" },
};

START_TEST(both_ways)
{
	struct charset *c = open_it(rows[_i].charset);
	char text[64];
	struct sb sb;

	ck_assert(charset_decode(c, rows[_i].text, text, sizeof(text)));
	ck_assert_str_eq(text, rows[_i].utf8);
	ck_assert(charset_decode(c, rows[_i].text, text, strlen(rows[_i].utf8) + 1));
	if (rows[_i].utf8[0] != '\0') {
		errno = 0;
		ck_assert(!charset_decode(c, rows[_i].text, text, strlen(rows[_i].utf8)));
		ck_assert_int_eq(errno, E2BIG);
	}
	sb_init(&sb, text, sizeof(text));
	charset_encode(c, rows[_i].utf8, &sb);
	ck_assert_str_eq(text, rows[_i].text);
	ck_assert(!sb.cut && sb.len == strlen(rows[_i].text));
	charset_close(&c);
	ck_assert_ptr_null(c);
}
END_TEST

static const struct {
	const char *charset, *text;
} bad[] = {
	{ "GBK", "\x81" },
	{ "GBK", "a\x81" },
	{ "GBK", "\xff" },
	{ "GBK", "\x81\x20" },
	{ "ASCII", "\x80" },
	{ "EUC-JP", "\xc6" },
	{ "UTF-8", "\xc0\xaf" },
};

START_TEST(not_in_it)
{
	struct charset *c = open_it(bad[_i].charset);
	char text[64];

	errno = 0;
	ck_assert(!charset_decode(c, bad[_i].text, text, sizeof(text)));
	ck_assert_int_eq(errno, EILSEQ);
	/* The next text is a text of its own. */
	ck_assert(charset_decode(c, "abc", text, sizeof(text)));
	ck_assert_str_eq(text, "abc");
	charset_close(&c);
}
END_TEST

static const struct {
	const char *charset, *utf8, *text;
} replaced[] = {
	{ "ISO-8859-1", "a\xe4\xb8\xad" "b", "a?b" },
	{ "ISO-8859-1", "\xe4\xb8\xad\xe6\x96\x87", "??" },
	{ "ISO-8859-1", "a\xff\xfe" "b", "a??b" },
	{ "ISO-8859-1", "a\xe4", "a?" },
	{ "ISO-8859-1", "\xe4\xb8", "??" },
	{ "GBK", "\xf0\x9f\x98\x80.\xe4\xb8\xad", "?.\xd6\xd0" },
	{ "GBK", "\xc0\xaf", "??" },
};

START_TEST(what_it_does_not_have)
{
	struct charset *c = open_it(replaced[_i].charset);
	char text[64];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	sb_puts(&sb, "> ");
	charset_encode(c, replaced[_i].utf8, &sb);
	ck_assert_str_eq(text + 2, replaced[_i].text);
	ck_assert(!sb.cut);
	/* What does not fit is cut, and ends all the same. */
	sb_init(&sb, text, 2);
	charset_encode(c, "abc", &sb);
	ck_assert(sb.cut && sb.len == 1 && text[1] == '\0');
	charset_close(&c);
}
END_TEST

static const char *const refused[] = { "no-such-set", "UTF-16", "UTF-16LE", "UTF-7", "UCS-4", "EBCDIC-US", "IBM037",
	"ISO-2022-JP", "HZ", "ISO646-FR" };

START_TEST(what_cannot_be_had)
{
	const char *why = "";
	struct charset *c;

	c = charset_open(refused[_i], &why);
	ck_assert_msg(c == NULL, "%s", refused[_i]);
	ck_assert_str_ne(why, "");
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("charset");
	TCase *tcase = tcase_create("charset");

	tcase_add_loop_test(tcase, both_ways, 0, COUNT(rows));
	tcase_add_loop_test(tcase, not_in_it, 0, COUNT(bad));
	tcase_add_loop_test(tcase, what_it_does_not_have, 0, COUNT(replaced));
	tcase_add_loop_test(tcase, what_cannot_be_had, 0, COUNT(refused));
	suite_add_tcase(suite, tcase);
	return suite;
}
