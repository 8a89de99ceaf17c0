/* ftp:// addresses: RFC 1738 section 3.2 and what people write. */
#include "ftp/url.h"
#include "runner.h"

#include <string.h>

static const struct {
	const char *text;
	const char *user, *password;    /* NULL: not given */
	const char *host;
	unsigned port;
	const char *path, *name;
	char type;
	const char *shown;
} good[] = {
	{ "ftp://h", NULL, NULL, "h", 21, "", "", 0, "ftp://h/" },
	{ "ftp://h/", NULL, NULL, "h", 21, "", "", 0, "ftp://h/" },
	{ "FTP://Host.Example:2121/a/b", NULL, NULL, "Host.Example", 2121, "a/b", "b", 0,
	    "ftp://Host.Example:2121/a/b" },
	{ "ftp://h:/a", NULL, NULL, "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://h:65535/a", NULL, NULL, "h", 65535, "a", "a", 0, "ftp://h:65535/a" },
	{ "ftp://u@h/a", "u", NULL, "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://u:@h/a", "u", "", "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://u:secret@h/a", "u", "secret", "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://u:a%3Ab%40c%2Fd@h/a", "u", "a:b@c/d", "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://u@mail.example:p@ss@h/a", "u@mail.example", "p@ss", "h", 21, "a", "a", 0, "ftp://h/a" },
	{ "ftp://[::1]/a", NULL, NULL, "::1", 21, "a", "a", 0, "ftp://[::1]/a" },
	{ "ftp://u@[2001:db8::1]:99/a", "u", NULL, "2001:db8::1", 99, "a", "a", 0, "ftp://[2001:db8::1]:99/a" },
	{ "ftp://[::ffff:1.2.3.4]/", NULL, NULL, "::ffff:1.2.3.4", 21, "", "", 0, "ftp://[::ffff:1.2.3.4]/" },
	{ "ftp://[fe80::1%25eth0]/", NULL, NULL, "fe80::1%eth0", 21, "", "", 0, "ftp://[fe80::1%25eth0]/" },
	{ "ftp://h/%2Fetc/motd", NULL, NULL, "h", 21, "/etc/motd", "motd", 0, "ftp://h/%2Fetc/motd" },
	{ "ftp://h//etc/motd", NULL, NULL, "h", 21, "/etc/motd", "motd", 0, "ftp://h/%2Fetc/motd" },
	{ "ftp://h/d/", NULL, NULL, "h", 21, "d/", "", 0, "ftp://h/d/" },
	{ "ftp://h/a%20b%25c", NULL, NULL, "h", 21, "a b%c", "a b%c", 0, "ftp://h/a%20b%25c" },
	{ "ftp://h/a b?c#d", NULL, NULL, "h", 21, "a b?c#d", "a b?c#d", 0, "ftp://h/a%20b?c#d" },
	{ "ftp://h/%C3%A9\xc3\xa9", NULL, NULL, "h", 21, "\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9", 0,
	    "ftp://h/\xc3\xa9\xc3\xa9" },
	{ "ftp://h/a%1Bb", NULL, NULL, "h", 21, "a\x1b" "b", "a\x1b" "b", 0, "ftp://h/a%1Bb" },
	{ "ftp://h/a;type=i", NULL, NULL, "h", 21, "a", "a", 'i', "ftp://h/a;type=i" },
	{ "ftp://h/a;TYPE=A", NULL, NULL, "h", 21, "a", "a", 'a', "ftp://h/a;type=a" },
	{ "ftp://h/d/;type=d", NULL, NULL, "h", 21, "d/", "", 'd', "ftp://h/d/;type=d" },
	{ "ftp://h/a%3Btype=i", NULL, NULL, "h", 21, "a;type=i", "a;type=i", 0, "ftp://h/a%3Btype=i" },
	{ "ftp://h/a;b", NULL, NULL, "h", 21, "a;b", "a;b", 0, "ftp://h/a%3Bb" },
	{ "ftps://h/a", NULL, NULL, "h", 990, "a", "a", 0, "ftps://h/a" },
	{ "FTPS://u@h:21/a", "u", NULL, "h", 21, "a", "a", 0, "ftps://h:21/a" },
	{ "ftp://h:990/a", NULL, NULL, "h", 990, "a", "a", 0, "ftp://h:990/a" },
	{ "ftp://h/100%25", NULL, NULL, "h", 21, "100%", "100%", 0, "ftp://h/100%25" },
};

static const struct {
	const char *text;
	enum url_status status;
} bad[] = {
	{ "", URL_SCHEME },
	{ "h/a", URL_SCHEME },
	{ "ftp:/h/a", URL_SCHEME },
	{ "ftps:/h/a", URL_SCHEME },
	{ "ftpss://h/a", URL_SCHEME },
	{ "sftp://h/a", URL_SCHEME },
	{ "ftps://", URL_HOST },
	{ "http://h/a", URL_SCHEME },
	{ "ftp://", URL_HOST },
	{ "ftp:///a", URL_HOST },
	{ "ftp://u@/a", URL_HOST },
	{ "ftp://:21/a", URL_HOST },
	{ "ftp://h h/a", URL_HOST },
	{ "ftp://h%0Ah/", URL_BYTE },
	{ "ftp://h;x/", URL_HOST },
	{ "ftp://[::1/a", URL_HOST },
	{ "ftp://[::1]x/a", URL_HOST },
	{ "ftp://[]/a", URL_HOST },
	{ "ftp://[h]/a", URL_HOST },
	{ "ftp://[1.2.3.4]/a", URL_HOST },
	{ "ftp://[fe80::1%25]/a", URL_HOST },
	{ "ftp://::1/a", URL_HOST },
	{ "ftp://h:0/a", URL_PORT },
	{ "ftp://h:65536/a", URL_PORT },
	{ "ftp://h:21x/a", URL_PORT },
	{ "ftp://h:-1/a", URL_PORT },
	{ "ftp://h: 21/a", URL_PORT },
	{ "ftp://@h/a", URL_USER },
	{ "ftp://:p@h/a", URL_USER },
	{ "ftp://h/a%", URL_ESCAPE },
	{ "ftp://h/a%2", URL_ESCAPE },
	{ "ftp://h/a%zz", URL_ESCAPE },
	{ "ftp://h/a%2;type=i", URL_ESCAPE },
	{ "ftp://u%4@h/a", URL_ESCAPE },
	{ "ftp://h/a%00b", URL_BYTE },
	{ "ftp://h/a%0ADELE%20b", URL_BYTE },
	{ "ftp://h/a%0d", URL_BYTE },
	{ "ftp://u%0d%0a:p@h/a", URL_BYTE },
	{ "ftp://u:p%0a@h/a", URL_BYTE },
	{ "ftp://h/a\nb", URL_BYTE },
	{ "ftp://h/a\x7f", URL_BYTE },
	{ "ftp://h/a;type=", URL_TYPE },
	{ "ftp://h/a;type=x", URL_TYPE },
	{ "ftp://h/a;type=ii", URL_TYPE },
	{ "ftp://h/a;type=i/b", URL_TYPE },
};

START_TEST(good_addresses)
{
	char shown[8192];
	struct url url;
	struct sb out;

	ck_assert_int_eq(url_parse(good[_i].text, &url), URL_OK);
	ck_assert_int_eq(url.has_user, good[_i].user != NULL);
	ck_assert_str_eq(url.user, good[_i].user == NULL ? "" : good[_i].user);
	ck_assert_int_eq(url.has_password, good[_i].password != NULL);
	ck_assert_str_eq(url.password, good[_i].password == NULL ? "" : good[_i].password);
	ck_assert_str_eq(url.host, good[_i].host);
	ck_assert_uint_eq(url.port, good[_i].port);
	ck_assert_str_eq(url.path, good[_i].path);
	ck_assert_str_eq(url_name(&url), good[_i].name);
	ck_assert_int_eq(url.type, good[_i].type);
	sb_init(&out, shown, sizeof(shown));
	url_put(&out, &url);
	ck_assert_str_eq(shown, good[_i].shown);
}
END_TEST

/* What is shown means the same again. */
START_TEST(shown_addresses_can_be_read)
{
	struct url first, second;
	char shown[8192];
	struct sb out;

	ck_assert_int_eq(url_parse(good[_i].text, &first), URL_OK);
	sb_init(&out, shown, sizeof(shown));
	url_put(&out, &first);
	ck_assert_int_eq(url_parse(shown, &second), URL_OK);
	ck_assert_str_eq(second.host, first.host);
	ck_assert_uint_eq(second.port, first.port);
	ck_assert_str_eq(second.path, first.path);
	ck_assert_int_eq(second.type, first.type);
	ck_assert(!second.has_user && !second.has_password);
}
END_TEST

START_TEST(bad_addresses)
{
	static const struct url zeros;
	struct url url;

	ck_assert_int_eq(url_parse(bad[_i].text, &url), bad[_i].status);
	ck_assert_mem_eq(&url, &zeros, sizeof(url));
	ck_assert_str_ne(url_error(bad[_i].status), "");
}
END_TEST

static enum url_status
parse_long(const char *before, size_t n, const char *after)
{
	char text[URL_PATH_MAX + 600];
	struct url url;
	struct sb out;

	sb_init(&out, text, sizeof(text));
	sb_puts(&out, before);
	for (size_t i = 0; i < n; i++)
		sb_putc(&out, 'x');
	sb_puts(&out, after);
	ck_assert(!out.cut);
	return url_parse(text, &url);
}

START_TEST(lengths)
{
	ck_assert_int_eq(parse_long("ftp://h/", URL_PATH_MAX - 1, ""), URL_OK);
	ck_assert_int_eq(parse_long("ftp://h/", URL_PATH_MAX, ""), URL_LENGTH);
	ck_assert_int_eq(parse_long("ftp://", URL_NAME_MAX - 1, "/"), URL_OK);
	ck_assert_int_eq(parse_long("ftp://", URL_NAME_MAX, "/"), URL_LENGTH);
	ck_assert_int_eq(parse_long("ftp://", URL_NAME_MAX - 1, "@h/"), URL_OK);
	ck_assert_int_eq(parse_long("ftp://", URL_NAME_MAX, "@h/"), URL_LENGTH);
	ck_assert_int_eq(parse_long("ftp://u:", URL_NAME_MAX - 1, "@h/"), URL_OK);
	ck_assert_int_eq(parse_long("ftp://u:", URL_NAME_MAX, "@h/"), URL_LENGTH);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("url");
	TCase *t = tcase_create("url");

	tcase_add_loop_test(t, good_addresses, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(t, shown_addresses_can_be_read, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(t, bad_addresses, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, lengths);
	suite_add_tcase(s, t);
	return s;
}
