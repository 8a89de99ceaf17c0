/* What people see: strange text made safe, sizes, durations, and the bar at any width. */
#include "client/face/progress.h"
#include "client/face/show.h"
#include "runner.h"

#include <locale.h>
#include <string.h>

static const struct {
	const char *text, *shown;
	size_t columns;
} texts[] = {
	{ "", "", 0 },
	{ "plain", "plain", 5 },
	{ "a b", "a b", 3 },
	{ "a\tb\n", "a\\x09b\\x0A", 10 },
	{ "\x1b[2J", "\\x1B[2J", 7 },
	{ "\x7f", "\\x7F", 4 },
	{ "\xc2\x9b", "\\xC2\\x9B", 8 },                        /* U+009B: CSI */
	{ "\xe2\x80\xae" "x", "\\xE2\\x80\\xAE" "x", 13 },      /* U+202E: right to left */
	{ "\xe2\x81\xa6", "\\xE2\\x81\\xA6", 12 },              /* U+2066 */
	{ "\xef\xbb\xbf", "\\xEF\\xBB\\xBF", 12 },              /* U+FEFF */
	{ "\xff\xfe", "\\xFF\\xFE", 8 },
	{ "a\xc3", "a\\xC3", 5 },                               /* cut in the middle */
	{ "\xc0\xaf", "\\xC0\\xAF", 8 },                        /* '/' written too long */
	{ "\xc3\xa9", "\xc3\xa9", 1 },
	{ "e\xcc\x81", "e\xcc\x81", 1 },                        /* combining */
	{ "\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87", 4 },
};

static const struct {
	const char *text;
	size_t columns;
	const char *shown;
	size_t used;
} cuts[] = {
	{ "abcdef", 6, "abcdef", 6 },
	{ "abcdef", 5, "abc..", 5 },
	{ "abcdef", 2, "..", 2 },
	{ "abcdef", 1, "", 0 },
	{ "", 0, "", 0 },
	{ "\xe4\xb8\xad\xe6\x96\x87", 4, "\xe4\xb8\xad\xe6\x96\x87", 4 },
	{ "\xe4\xb8\xad\xe6\x96\x87", 3, "..", 2 },
	{ "\x1b" "abc", 6, "\\x1B..", 6 },
	{ "\x1b" "abc", 5, "..", 2 },
};

static const struct {
	uint64_t seconds;
	const char *shown;
} durations[] = {
	{ 0, "0:00" },
	{ 59, "0:59" },
	{ 61, "1:01" },
	{ 3599, "59:59" },
	{ 3600, "1:00:00" },
	{ 359999, "99:59:59" },
	{ 360000, "long" },
	{ UINT64_MAX, "long" },
};

START_TEST(strange_text)
{
	char shown[64];
	struct sb out;

	sb_init(&out, shown, sizeof(shown));
	ck_assert_uint_eq(show_text(&out, texts[_i].text), texts[_i].columns);
	ck_assert_str_eq(shown, texts[_i].shown);
}
END_TEST

START_TEST(text_that_is_cut)
{
	char shown[64];
	struct sb out;

	sb_init(&out, shown, sizeof(shown));
	ck_assert_uint_eq(show_cut(&out, cuts[_i].text, cuts[_i].columns), cuts[_i].used);
	ck_assert_str_eq(shown, cuts[_i].shown);
}
END_TEST

START_TEST(durations_in_few_characters)
{
	char shown[16];
	struct sb out;

	sb_init(&out, shown, sizeof(shown));
	show_duration(&out, durations[_i].seconds);
	ck_assert_str_eq(shown, durations[_i].shown);
}
END_TEST

/* A transfer of ten seconds, half done, at a steady rate. */
static void
half_done(struct progress *p, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->name = name;
	p->started = p->sample_time = 1000;
	p->last_move = 11000;
	p->seen.total_known = true;
	p->seen.total = 20UL << 20;
	p->seen.moved = 10UL << 20;
}

static const struct {
	size_t columns;
	const char *line;
} bars[] = {
	{ 120, "name                                   50%  [===================>                  ]    10.0 MiB"
	       "     1.0 MiB/s      0:10" },
	{ 80, "name       50%  [=============>            ]    10.0 MiB     1.0 MiB/s      0:10" },
	{ 59, "name                50%    10.0 MiB     1.0 MiB/s      0:10" },
	{ 40, "name       50%    10.0 MiB     1.0 MiB/s" },
	{ 28, "name       50%     1.0 MiB/s" },
	{ 14, "name       50%" },
	{ 13, "50%" },
	{ 3, "50%" },
	{ 2, ".." },
	{ 1, "" },
};

START_TEST(bar_at_widths)
{
	char shown[512];
	struct progress p;
	struct sb out;

	half_done(&p, "name");
	sb_init(&out, shown, sizeof(shown));
	ck_assert_uint_le(progress_line(&p, &out, bars[_i].columns, 11000), bars[_i].columns);
	ck_assert_str_eq(shown, bars[_i].line);
}
END_TEST

/* Whatever the name and the numbers are, the line is as wide as it says, and never too wide. */
START_TEST(bar_is_never_too_wide)
{
	static const char *const names[] = { "", "a", "a longer name than there is room for, by far",
		"\xe4\xb8\xad\xe6\x96\x87\xe6\x96\x87\xe4\xbb\xb6\xe4\xb8\xad\xe6\x96\x87", "\x1b\x1b\x1b\x1b" };
	static const uint64_t totals[] = { 0, 1, 1000000, 1ULL << 40, UINT64_MAX / 2 };
	char shown[2048], again[4096];
	struct progress p;
	struct sb out, copy;

	for (size_t columns = 1; columns < 250; columns++)
		for (size_t i = 0; i < 5; i++) {
			size_t used;

			half_done(&p, names[i]);
			p.seen.total = totals[columns % 5];
			p.seen.moved = p.seen.total / 2;
			p.seen.total_known = columns % 7 != 0;
			p.seen.over = columns % 3 == 0;
			sb_init(&out, shown, sizeof(shown));
			used = progress_line(&p, &out, columns, columns % 2 == 0 ? 11000 : 99000);
			ck_assert(!out.cut);
			ck_assert_uint_le(used, columns);
			sb_init(&copy, again, sizeof(again));
			ck_assert_uint_eq(show_text(&copy, shown), used);
		}
}
END_TEST

START_TEST(bar_says_stalled)
{
	char shown[512];
	struct progress p;
	struct sb out;

	half_done(&p, "name");
	sb_init(&out, shown, sizeof(shown));
	(void)progress_line(&p, &out, 100, 13999);
	ck_assert_ptr_null(strstr(shown, "stalled"));
	sb_reset(&out);
	(void)progress_line(&p, &out, 100, 14000);
	ck_assert_ptr_nonnull(strstr(shown, "stalled"));
	ck_assert_ptr_nonnull(strstr(shown, "-:--"));
}
END_TEST

static void
use_utf8(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

Suite *
unit_suite(void)
{
	Suite *s = suite_create("show");
	TCase *t = tcase_create("show");

	tcase_add_checked_fixture(t, use_utf8, NULL);
	tcase_add_loop_test(t, strange_text, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_loop_test(t, text_that_is_cut, 0, (int)(sizeof(cuts) / sizeof(cuts[0])));
	tcase_add_loop_test(t, durations_in_few_characters, 0, (int)(sizeof(durations) / sizeof(durations[0])));
	tcase_add_loop_test(t, bar_at_widths, 0, (int)(sizeof(bars) / sizeof(bars[0])));
	tcase_add_test(t, bar_is_never_too_wide);
	tcase_add_test(t, bar_says_stalled);
	suite_add_tcase(s, t);
	return s;
}
