/* Patterns of listings, against fnmatch(3) where the two agree. */
#include "base/sb.h"
#include "ftp/glob.h"
#include "runner.h"

#include <fnmatch.h>
#include <locale.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *pattern, *name;
	bool match;
} rows[] = {
	{ "*", "", true },
	{ "*", "a", true },
	{ "*", ".a", false },
	{ ".*", ".a", true },
	{ "\\.a", ".a", true },
	{ "?a", ".a", false },
	{ "[.]a", ".a", false },
	{ "*.txt", "a.txt", true },
	{ "*.txt", "a.txt.gz", false },
	{ "*.txt", ".txt", false },
	{ "a*", "a", true },
	{ "a?", "a", false },
	{ "??", "ab", true },
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "a*b*c", "aXbXc", true },
	{ "a*b*c", "abcbd", false },
	{ "*a*", "xxax", true },
	{ "**", "abc", true },
	{ "a**b", "ab", true },
	{ "[abc]", "b", true },
	{ "[abc]", "d", false },
	{ "[a-c]", "b", true },
	{ "[c-a]", "b", false },
	{ "[!a-c]", "b", false },
	{ "[!a-c]", "d", true },
	{ "[^a-c]", "d", true },
	{ "[]]", "]", true },
	{ "[]a]", "a", true },
	{ "[!]]", "]", false },
	{ "[!]]", "a", true },
	{ "[a-]", "-", true },
	{ "[-a]", "-", true },
	{ "[\\]]", "]", true },
	{ "[\\!]", "!", true },
	{ "[", "[", true },
	{ "[a", "[a", true },
	{ "[a", "a", false },
	{ "x[", "x[", true },
	{ "*[", "ab[", true },
	{ "a\\*b", "a*b", true },
	{ "a\\*b", "axb", false },
	{ "a\\?", "a?", true },
	{ "\\[a]", "[a]", true },
	{ "a\\", "a\\", true },
	{ "{a,b}", "a", false },
	{ "{a,b}", "{a,b}", true },
	{ "~", "~", true },
	{ "[\x80-\xff]", "\xe4", true },
	{ "?", "\xff", true },
	{ "a b*", "a b c", true },
};

START_TEST(row)
{
	ck_assert_msg(glob_match(rows[_i].pattern, rows[_i].name) == rows[_i].match, "\"%s\" and \"%s\"",
	    rows[_i].pattern, rows[_i].name);
}
END_TEST

static uint32_t seed;

static unsigned
random_below(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static void
random_text(const char *letters, char *text, unsigned max)
{
	unsigned n = random_below(max + 1), nletters = (unsigned)strlen(letters);

	for (unsigned i = 0; i < n; i++)
		text[i] = letters[random_below(nletters)];
	text[n] = '\0';
}

/* Without '[': all of fnmatch's meaning but a backslash at the very end. */
START_TEST(random_plain)
{
	unsigned matches = 0;

	seed = (uint32_t)_i + 1;
	for (int round = 0; round < 20000; round++) {
		char pattern[16], name[16];
		size_t len;

		random_text("ab*?.\\", pattern, 8);
		random_text("ab.*", name, 6);
		len = strlen(pattern);
		if (len > 0 && pattern[len - 1] == '\\')
			pattern[len - 1] = 'a';
		ck_assert_msg(glob_match(pattern, name) == (fnmatch(pattern, name, FNM_PERIOD) == 0),
		    "\"%s\" and \"%s\"", pattern, name);
		matches += glob_match(pattern, name);
	}
	ck_assert_uint_gt(matches, 100);
}
END_TEST

/* Sets, each closed and in order, among other elements. */
START_TEST(random_sets)
{
	unsigned matches = 0;

	seed = (uint32_t)_i + 1;
	for (int round = 0; round < 20000; round++) {
		static const char *const elements[] = { "a", "b", "*", "?", "[ab]", "[!a]", "[a-c]", "[!b-c]", "[]a]",
			"[c-]", "[a-bd]", "[^d]" };
		char pattern[64], name[16];
		unsigned n = random_below(5);
		struct sb sb;

		sb_init(&sb, pattern, sizeof(pattern));
		for (unsigned i = 0; i < n; i++)
			sb_puts(&sb, elements[random_below(COUNT(elements))]);
		random_text("abcd]-", name, 5);
		ck_assert_msg(glob_match(pattern, name) == (fnmatch(pattern, name, FNM_PERIOD) == 0),
		    "\"%s\" and \"%s\"", pattern, name);
		matches += glob_match(pattern, name);
	}
	ck_assert_uint_gt(matches, 100);
}
END_TEST

/* A matcher that tries every star anew would not come back from this within the age of the universe. */
START_TEST(bad_case)
{
	char pattern[4096], name[256];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	memcpy(pattern + 400, "*b", 3);
	ck_assert(!glob_match(pattern, name));
	memset(pattern, '*', sizeof(pattern));
	memcpy(pattern + sizeof(pattern) - 2, "b", 2);
	ck_assert(!glob_match(pattern, name));
}
END_TEST

/* Nor would one that looks for the end of every open '[' anew come back in time. */
START_TEST(open_sets)
{
	enum { MANY = 16000 };
	static char pattern[MANY + 3], name[MANY + 1];

	pattern[0] = '*';
	memset(pattern + 1, '[', MANY);
	pattern[MANY + 1] = 'x';
	memset(name, '[', MANY);
	ck_assert(!glob_match(pattern, name));
	/* A set before the open one is still a set, also when a star tries it again. */
	ck_assert(glob_match("*[a][", "xa[a["));
	ck_assert(!glob_match("*[a][", "xa[b["));
}
END_TEST

START_TEST(pattern_or_not)
{
	ck_assert(glob_is_pattern("a*") && glob_is_pattern("?") && glob_is_pattern("["));
	ck_assert(!glob_is_pattern("") && !glob_is_pattern("a.b]{x}\\"));
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("glob");
	TCase *tcase = tcase_create("glob");

	/* fnmatch() compares bytes in this locale alone. */
	setlocale(LC_ALL, "C");
	tcase_add_loop_test(tcase, row, 0, COUNT(rows));
	tcase_add_loop_test(tcase, random_plain, 0, 5);
	tcase_add_loop_test(tcase, random_sets, 0, 5);
	tcase_add_test(tcase, bad_case);
	tcase_add_test(tcase, open_sets);
	tcase_add_test(tcase, pattern_or_not);
	suite_add_tcase(suite, tcase);
	return suite;
}
