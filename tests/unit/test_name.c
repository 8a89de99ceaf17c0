/* Names of accounts and files, and the quoting of 257 (RFC 959 appendix II). */
#include "ftp/name.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEN "0123456789"

static const struct {
	const char *name;
	bool good;
} accounts[] = {
	{ "a", true },
	{ "alice", true },
	{ "Alice.B_c@example.org+x-1", true },
	{ "_x", true },
	{ "1", true },
	{ TEN TEN TEN TEN TEN TEN "1234", true },
	{ TEN TEN TEN TEN TEN TEN "12345", false },
	{ "", false },
	{ ".", false },
	{ "..", false },
	{ ".a", false },
	{ "-a", false },
	{ "a/b", false },
	{ "a b", false },
	{ "a\n", false },
	{ "a%u", false },
	{ "a:b", false },
	{ "\xc3\xa4", false },
};

START_TEST(account)
{
	ck_assert_int_eq(name_is_account(accounts[_i].name), accounts[_i].good);
}
END_TEST

static const struct {
	const char *name;
	bool good;
} charsets[] = {
	{ "GBK", true },
	{ "iso-8859-1", true },
	{ "ISO_8859-1:1987", true },
	{ "GB18030.2", true },
	{ TEN TEN TEN "1", true },
	{ TEN TEN TEN "12", false },
	{ "", false },
	{ "GBK//", false },
	{ "GBK//TRANSLIT", false },
	{ "../x", false },
	{ "a b", false },
	{ "a,b", false },
	{ "\xc3\xa4", false },
};

START_TEST(charset)
{
	ck_assert_int_eq(name_is_charset(charsets[_i].name), charsets[_i].good);
}
END_TEST

/* Every byte there is, alone and inside: below 32 and 127 cannot be made. */
START_TEST(creatable)
{
	char text[] = "a?b";

	text[1] = (char)_i;
	ck_assert_int_eq(name_is_creatable(text), _i >= 32 && _i != 127);
	ck_assert_int_eq(name_is_creatable(text + 1), _i >= 32 && _i != 127);
}
END_TEST

static const struct {
	const char *path, *quoted;
} quotes[] = {
	{ "/", "\"/\"" },
	{ "/a b", "\"/a b\"" },
	{ "/\"", "\"/\"\"\"" },
	{ "\"\"", "\"\"\"\"\"\"" },
	{ "/a\"b\"", "\"/a\"\"b\"\"\"" },
	{ "/\\", "\"/\\\"" },
	{ "/\xff", "\"/\xff\"" },
};

START_TEST(quote)
{
	char text[64], back[64], line[96];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	name_put_quoted(&sb, quotes[_i].path);
	ck_assert_str_eq(text, quotes[_i].quoted);
	snprintf(line, sizeof(line), "%s is the \"current\" one", text);
	ck_assert(name_parse_257(line, back, sizeof(back)));
	ck_assert_str_eq(back, quotes[_i].path);
	/* In a room one byte too small it is refused, in one just large enough it fits. */
	ck_assert(!name_parse_257(line, back, strlen(quotes[_i].path)));
	ck_assert(name_parse_257(line, back, strlen(quotes[_i].path) + 1));
}
END_TEST

static const struct {
	const char *text;
	const char *path;       /* NULL: none */
} replies[] = {
	{ "\"/\"", "/" },
	{ "now in \"/a\" created", "/a" },
	{ "/plain is it", "/plain" },
	{ "\"/a", NULL },
	{ "\"\" x", NULL },
	{ "", NULL },
	{ "\"a\tb\"", NULL },
	{ "\"a\x7f\"", NULL },
	{ "\"a\rb\"", NULL },
	{ "\"a\"\"", NULL },
};

START_TEST(reply)
{
	char path[64];

	ck_assert_int_eq(name_parse_257(replies[_i].text, path, sizeof(path)), replies[_i].path != NULL);
	if (replies[_i].path != NULL)
		ck_assert_str_eq(path, replies[_i].path);
}
END_TEST

static const struct {
	const char *target, *dir;
	const char *text;       /* NULL: none */
} links[] = {
	{ "a", "/", "a" },
	{ "a", "/x/y", "a" },
	{ "a/b", "/x", "a/b" },
	{ "./a//b/.", "/x", "a/b" },
	{ ".", "/x", "." },
	{ "", "/x", "." },
	{ "...", "/x", "..." },
	{ "..a", "/x", "..a" },
	{ ".a", "/x", ".a" },
	{ "..", "/x", NULL },
	{ "../a", "/x", NULL },
	{ "a/..", "/x", NULL },
	{ "a/../b", "/x", NULL },
	{ "/", "/", "." },
	{ "/a/b", "/", "a/b" },
	{ "//a///b/", "/", "a/b" },
	{ "/x", "/x", "." },
	{ "/x/a", "/x", "a" },
	{ "/./x/./a", "/x", "a" },
	{ "/x/y/a b", "/x/y", "a b" },
	{ "/", "/x", NULL },
	{ "/xy", "/x", NULL },
	{ "/x", "/xy", NULL },
	{ "/x", "/x/y", NULL },
	{ "/x/z", "/x/y", NULL },
	{ "/y/a", "/x", NULL },
	{ "/x/../a", "/x", NULL },
	{ "/..", "/", NULL },
};

START_TEST(link_text)
{
	char text[64];

	ck_assert_int_eq(name_link_text(links[_i].target, links[_i].dir, text, sizeof(text)), links[_i].text != NULL);
	if (links[_i].text == NULL)
		return;
	ck_assert_str_eq(text, links[_i].text);
	ck_assert(!name_link_text(links[_i].target, links[_i].dir, text, strlen(links[_i].text)));
	ck_assert(name_link_text(links[_i].target, links[_i].dir, text, strlen(links[_i].text) + 1));
}
END_TEST

static const struct {
	const char *path, *listed;
} lists[] = {
	{ "", "" },
	{ "a/100%/%0A", "a/100%/%0A" },         /* what can be sent is sent as it is */
	{ "a\nb", "a%0Ab" },
	{ "\r\n", "%0D%0A" },
	{ "50%\n", "50%25%0A" },
	{ "%0A\n", "%250A%0A" },
	{ "/%/a\r/%0D/", "/%/a%0D/%0D/" },      /* each component by itself */
	{ "\xff\n", "\xff%0A" },
};

START_TEST(listed)
{
	char text[64];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	name_put_listed(&sb, lists[_i].path);
	ck_assert_str_eq(text, lists[_i].listed);
	ck_assert_int_eq(name_is_listable(lists[_i].path), strcmp(text, lists[_i].path) == 0);
	if (strchr(lists[_i].path, '/') == NULL) {
		char name[64];

		ck_assert_int_eq(name_from_listed(text, strlen(text), name, sizeof(name)),
		    !name_is_listable(lists[_i].path));
		if (!name_is_listable(lists[_i].path))
			ck_assert_str_eq(name, lists[_i].path);
	}
}
END_TEST

static const char *const no_lists[] = { "", "a", "%", "%0", "%0A%", "%0A%2", "%0a", "%0A%41", "%25",
	"%0A\n", "\r%0D", "%0A%00" };

START_TEST(not_listed)
{
	char name[64];

	ck_assert(!name_from_listed(no_lists[_i], strlen(no_lists[_i]), name, sizeof(name)));
}
END_TEST

START_TEST(listed_room)
{
	char name[3];

	ck_assert(name_from_listed("a%0Ab", 4, name, sizeof(name)));
	ck_assert_str_eq(name, "a\n");
	ck_assert(!name_from_listed("a%0Ab", 5, name, sizeof(name)));
	ck_assert(!name_from_listed("a%0Ab", 3, name, sizeof(name)));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("name");
	TCase *tcase = tcase_create("name");

	tcase_add_loop_test(tcase, account, 0, COUNT(accounts));
	tcase_add_loop_test(tcase, charset, 0, COUNT(charsets));
	tcase_add_loop_test(tcase, creatable, 1, 256);
	tcase_add_loop_test(tcase, quote, 0, COUNT(quotes));
	tcase_add_loop_test(tcase, reply, 0, COUNT(replies));
	tcase_add_loop_test(tcase, link_text, 0, COUNT(links));
	tcase_add_loop_test(tcase, listed, 0, COUNT(lists));
	tcase_add_loop_test(tcase, not_listed, 0, COUNT(no_lists));
	tcase_add_test(tcase, listed_room);
	suite_add_tcase(suite, tcase);
	return suite;
}
