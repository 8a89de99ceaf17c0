/* Lines of the control connection: Telnet taken out, whatever packets the bytes came in. */
#include "ftp/line.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BYTES(text) text, sizeof(text) - 1

/* What came of an input: each line with its status, then the answers of Telnet, then what is unfinished. */
struct outcome {
	char text[65536];
	size_t len;
};

static void
note(struct outcome *o, char kind, const char *bytes, size_t len)
{
	ck_assert_uint_lt(o->len + len + 3, sizeof(o->text));
	o->text[o->len++] = kind;
	memcpy(o->text + o->len, bytes, len);
	o->len += len;
	o->text[o->len++] = '\n';
	o->text[o->len] = '\0';
}

static void
take_lines(struct line_queue *q, struct outcome *o)
{
	char line[LINE_MAX_LEN];
	enum line_status status;

	while ((status = line_next(q, line)) != LINE_NONE) {
		if (status == LINE_OK)
			note(o, '=', line, strlen(line));
		else
			note(o, status == LINE_NUL ? 'N' : 'T', "", 0);
	}
	ck_assert(!line_ready(q));
}

static void
feed(struct line_queue *q, const char *bytes, size_t n, char *answers, size_t *nanswers)
{
	while (n > 0) {
		size_t room = line_room(q), part = n < room ? n : room;

		ck_assert_uint_gt(part, 0);
		/* A copy of the right size: reading past it is seen by the sanitizers. */
		unsigned char *copy = malloc(part);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, bytes, part);
		ck_assert(line_feed(q, copy, part));
		free(copy);
		memcpy(answers + *nanswers, q->answers, q->nanswers);
		*nanswers += q->nanswers;
		q->nanswers = 0;
		bytes += part;
		n -= part;
	}
}

/* Feeds bytes in two parts, or with at 0 one by one, taking lines out after each. */
static void
run(const char *bytes, size_t n, size_t at, struct outcome *o)
{
	struct line_queue q = { 0 };
	char answers[4096];
	size_t nanswers = 0;

	o->len = 0;
	o->text[0] = '\0';
	if (at == 0) {
		for (size_t i = 0; i < n; i++) {
			feed(&q, bytes + i, 1, answers, &nanswers);
			take_lines(&q, o);
		}
	} else {
		feed(&q, bytes, at, answers, &nanswers);
		take_lines(&q, o);
		feed(&q, bytes + at, n - at, answers, &nanswers);
		take_lines(&q, o);
	}
	if (nanswers > 0)
		note(o, 'A', answers, nanswers);
	line_clear(&q);
	ck_assert_ptr_null(q.buf);
}

#define IAC  "\xff"
#define DONT "\xfe"
#define DO   "\xfd"
#define WONT "\xfc"
#define WILL "\xfb"
#define SB   "\xfa"
#define SE   "\xf0"
#define IP   "\xf4"
#define DM   "\xf2"

static const struct {
	const char *in;
	size_t len;
	const char *out;        /* what outcome holds */
} rows[] = {
	{ BYTES("NOOP\r\n"), "=NOOP\n" },
	{ BYTES("NOOP\n"), "=NOOP\n" },
	{ BYTES("NOOP\r\r\n"), "=NOOP\r\n" },
	{ BYTES("\r\n"), "=\n" },
	{ BYTES("\n\n\r\n"), "=\n=\n=\n" },
	{ BYTES("USER a\r\nPASS b\r\nQUIT\r\n"), "=USER a\n=PASS b\n=QUIT\n" },
	{ BYTES("NOOP\r\nNO"), "=NOOP\n" },
	{ BYTES("NOOP\r"), "" },
	{ BYTES(""), "" },
	{ BYTES("CWD  x \r\n"), "=CWD  x \n" },
	{ BYTES("CWD a\rb\r\n"), "=CWD a\rb\n" },
	/* RFC 2640 section 3.1: CR NUL is a CR, and an LF behind it belongs to the name. */
	{ BYTES("CWD a\r\0b\r\n"), "=CWD a\rb\n" },
	{ BYTES("CWD a\r\0\nb\r\n"), "=CWD a\r\nb\n" },
	{ BYTES("CWD a\r\0\r\n"), "=CWD a\r\n" },
	{ BYTES("CWD a\r\0\r\0\nb\n"), "=CWD a\r\r\nb\n" },
	{ BYTES("CWD a\r\0\0b\r\n"), "N\n" },
	/* Any other NUL spoils its line, and its line alone. */
	{ BYTES("CWD a\0b\r\nNOOP\r\n"), "N\n=NOOP\n" },
	{ BYTES("\0\r\nNOOP\r\n"), "N\n=NOOP\n" },
	{ BYTES("CWD a\n\0\nNOOP\n"), "=CWD a\nN\n=NOOP\n" },
	{ BYTES("ABOR\0\r\n"), "N\n" },
	/* RFC 854: IAC IAC is the byte 255; commands go; offers are refused. */
	{ BYTES("CWD " IAC IAC "x\r\n"), "=CWD \xffx\n" },
	{ BYTES("CWD " IAC IAC IAC IAC "\r\n"), "=CWD \xff\xff\n" },
	{ BYTES("NO" IAC "\xf1" "OP\r\n"), "=NOOP\n" },
	{ BYTES("NOOP" IAC "\xf1" "\r\n"), "=NOOP\n" },
	{ BYTES("NOOP\r" IAC "\xf1" "\n"), "=NOOP\n" },
	{ BYTES(IAC "\xf6" IAC "\xf7" IAC "\xf8" IAC "\xf9" "NOOP\r\n"), "=NOOP\n" },
	{ BYTES(IAC WILL "\x01" "NOOP\r\n"), "=NOOP\nA\xff\xfe\x01\n" },
	{ BYTES(IAC DO "\x06" "NOOP\r\n"), "=NOOP\nA\xff\xfc\x06\n" },
	{ BYTES("NO" IAC DO "\n" "OP\r\n"), "=NOOP\nA\xff\xfc\n\n" },
	{ BYTES(IAC WONT "\x01" IAC DONT "\x06" "NOOP\r\n"), "=NOOP\n" },
	{ BYTES(IAC WILL IAC "NOOP\r\n"), "=NOOP\nA\xff\xfe\xff\n" },
	{ BYTES(IAC SB "\x18\x00xterm" IAC SE "NOOP\r\n"), "=NOOP\n" },
	{ BYTES(IAC SB "a" IAC IAC "b" IAC SE "NOOP\r\n"), "=NOOP\n" },
	/* One that never ends is bounded by its line. */
	{ BYTES(IAC SB "never\nNOOP\r\n"), "=NOOP\n" },
	/* A client that does not double the byte 255 in names. */
	{ BYTES("CWD " IAC "a\r\n"), "=CWD \xff" "a\n" },
	{ BYTES("CWD x" IAC "\r\nNOOP\r\n"), "=CWD x\xff\n=NOOP\n" },
	/* RFC 959 section 4.1, and what clients make of it: before ABOR stand IP and Synch. */
	{ BYTES(IAC IP IAC DM "ABOR\r\n"), "=ABOR\n" },
	{ BYTES(IAC IP DM "ABOR\r\n"), "=ABOR\n" },
	{ BYTES(IAC IP IAC IAC DM "ABOR\r\n"), "=ABOR\n" },
	{ BYTES(DM "ABOR\r\n"), "=ABOR\n" },
};

/* However the bytes are cut up, the lines are the same. */
START_TEST(every_split)
{
	static struct outcome o;

	run(rows[_i].in, rows[_i].len, rows[_i].len == 0 ? 0 : rows[_i].len, &o);
	ck_assert_str_eq(o.text, rows[_i].out);
	for (size_t at = 0; at < rows[_i].len; at++) {
		run(rows[_i].in, rows[_i].len, at, &o);
		ck_assert_msg(strcmp(o.text, rows[_i].out) == 0, "cut at %zu: %s", at, o.text);
	}
}
END_TEST

/* The longest line there may be, and one byte more: that is dropped whole, its tail is no command. */
START_TEST(too_long)
{
	static const int step[] = { 0, 1, 511, 4096 };
	static char in[2 * LINE_MAX_LEN + 64];
	static struct outcome o;
	char longest[LINE_MAX_LEN + 2];
	size_t at = step[_i] == 0 ? 0 : (size_t)step[_i];
	size_t n;

	memset(longest, 'x', sizeof(longest));
	n = (size_t)snprintf(in, sizeof(in), "%.*s\r\nNOOP\r\n", LINE_MAX_LEN - 2, longest);
	run(in, n, at, &o);
	longest[LINE_MAX_LEN - 2] = '\0';
	ck_assert_uint_eq(o.len, 1 + LINE_MAX_LEN - 2 + 1 + strlen("=NOOP\n"));
	ck_assert_int_eq(strncmp(o.text + 1, longest, LINE_MAX_LEN - 2), 0);
	longest[LINE_MAX_LEN - 2] = 'x';

	n = (size_t)snprintf(in, sizeof(in), "%.*sDELE x\r\nNOOP\r\n", LINE_MAX_LEN, longest);
	run(in, n, at, &o);
	ck_assert_str_eq(o.text, "T\n=NOOP\n");
	/* Nor does a NUL or Telnet in it count any more. */
	n = (size_t)snprintf(in, sizeof(in), "NOOP\r\n%.*sABOR", LINE_MAX_LEN, longest);
	memcpy(in + n, "\0\xff\xf4\r\0\nx\r\nNOOP\r\n", 16);
	run(in, n + 16, at, &o);
	ck_assert_str_eq(o.text, "=NOOP\nT\n=NOOP\n");
}
END_TEST

/* A peer that negotiates for ever gets so many answers and no more. */
START_TEST(negotiation_is_capped)
{
	struct line_queue q = { 0 };
	size_t answered = 0;

	for (int i = 0; i < 10 * LINE_NEGOTIATIONS; i++) {
		ck_assert(line_feed(&q, (const unsigned char *)(i % 2 == 0 ? IAC WILL "\x01" : IAC DO "\x01"), 3));
		answered += q.nanswers / 3;
		q.nanswers = 0;
	}
	ck_assert_uint_eq(answered, LINE_NEGOTIATIONS);
	ck_assert_uint_eq(q.len, 0);
	line_clear(&q);
}
END_TEST

/* Many offers in one packet never pass the room for answers. */
START_TEST(negotiation_in_one_packet)
{
	struct line_queue q = { 0 };
	static const unsigned char offer[] = { 255, 251, 1 };       /* IAC WILL ECHO */
	unsigned char in[sizeof(offer) * 200];

	for (size_t i = 0; i < sizeof(in); i += sizeof(offer))
		memcpy(in + i, offer, sizeof(offer));
	ck_assert(line_feed(&q, in, sizeof(in)));
	ck_assert_uint_le(q.nanswers, sizeof(q.answers));
	ck_assert_uint_eq(q.nanswers % 3, 0);
	line_clear(&q);
}
END_TEST

/* The queue takes what it promised and no more, however it is filled. */
START_TEST(full_queue)
{
	static const char *const fills[] = { "NOOP\r\n", "x", "\n", "a\r\0\nb\n", "\0\n", "\0" };
	static const size_t lens[] = { 6, 1, 1, 7, 2, 1 };
	struct line_queue q = { 0 };
	unsigned char piece[8];

	memcpy(piece, fills[_i], lens[_i]);
	for (int i = 0; i < 4 * LINE_QUEUE && line_room(&q) >= lens[_i]; i++) {
		ck_assert(line_feed(&q, piece, lens[_i]));
		ck_assert_uint_le(q.len, LINE_QUEUE + 2);
	}
	line_clear(&q);
}
END_TEST

/* line_take(): ABOR and STAT come out from behind others, and the rest stays as it was. */
static const struct {
	const char *in;
	size_t len;
	const char *verb;
	bool taken;
	const char *left;
} takes[] = {
	{ BYTES("NOOP\r\nABOR\r\nQUIT\r\n"), "ABOR", true, "=NOOP\n=QUIT\n" },
	{ BYTES("abor\r\n"), "ABOR", true, "" },
	{ BYTES("ABOR\r\nABOR\r\n"), "ABOR", true, "=ABOR\n" },
	{ BYTES("NOOP\r\n" IAC IP IAC DM "ABOR\r\nQUIT\r\n"), "ABOR", true, "=NOOP\n=QUIT\n" },
	{ BYTES(IAC IP DM "ABOR\r\n"), "ABOR", true, "" },
	{ BYTES("ABOR \r\n"), "ABOR", true, "" },
	{ BYTES("STAT  \r\n"), "STAT", false, "=STAT  \n" },
	{ BYTES(" ABOR\r\n"), "ABOR", false, "= ABOR\n" },
	{ BYTES("ABOR x\r\n"), "ABOR", false, "=ABOR x\n" },
	{ BYTES("ABORT\r\n"), "ABOR", false, "=ABORT\n" },
	{ BYTES("XABOR\r\n"), "ABOR", false, "=XABOR\n" },
	{ BYTES("ABO\r\nR\r\n"), "ABOR", false, "=ABO\n=R\n" },
	{ BYTES("ABOR"), "ABOR", false, "" },
	{ BYTES("ABOR\0\r\n"), "ABOR", false, "N\n" },
	{ BYTES("\0ABOR\r\n"), "ABOR", false, "N\n" },
	{ BYTES("STOR a\r\0\nABOR\r\n"), "ABOR", false, "=STOR a\r\nABOR\n" },
	{ BYTES("STAT x\r\nSTAT\r\n"), "STAT", true, "=STAT x\n" },
	{ BYTES(""), "ABOR", false, "" },
};

START_TEST(take)
{
	static struct outcome o;
	struct line_queue q = { 0 };

	ck_assert(line_feed(&q, (const unsigned char *)takes[_i].in, takes[_i].len));
	ck_assert_int_eq(line_take(&q, takes[_i].verb), takes[_i].taken);
	o.len = 0;
	o.text[0] = '\0';
	take_lines(&q, &o);
	ck_assert_str_eq(o.text, takes[_i].left);
	line_clear(&q);
}
END_TEST

/* line_take_first(): only what stands first. */
static const struct {
	const char *in;
	size_t len;
	bool taken;
	const char *left;
} firsts[] = {
	{ BYTES("NOOP\r\nQUIT\r\n"), true, "=QUIT\n" },
	{ BYTES("noop\r\n"), true, "" },
	{ BYTES("NOOP\r\nNOOP\r\n"), true, "=NOOP\n" },
	{ BYTES(IAC IP IAC DM "NOOP\r\n"), true, "" },
	{ BYTES("PWD\r\nNOOP\r\n"), false, "=PWD\n=NOOP\n" },
	{ BYTES("NOOP x\r\n"), false, "=NOOP x\n" },
	{ BYTES("NOO\r\n"), false, "=NOO\n" },
	{ BYTES("\r\nNOOP\r\n"), false, "=\n=NOOP\n" },
	{ BYTES("NOOP\0\r\n"), false, "N\n" },
	{ BYTES("NOOP"), false, "" },
	{ BYTES(""), false, "" },
};

START_TEST(take_first)
{
	static struct outcome o;
	struct line_queue q = { 0 };

	ck_assert(line_feed(&q, (const unsigned char *)firsts[_i].in, firsts[_i].len));
	ck_assert_int_eq(line_take_first(&q, "NOOP"), firsts[_i].taken);
	o.len = 0;
	o.text[0] = '\0';
	take_lines(&q, &o);
	ck_assert_str_eq(o.text, firsts[_i].left);
	line_clear(&q);
}
END_TEST

static const struct {
	const char *line;
	const char *verb;       /* NULL: none */
	const char *arg;
} splits[] = {
	{ "NOOP", "NOOP", "" },
	{ "noop", "NOOP", "" },
	{ "NoOp ", "NOOP", "" },
	{ "CWD x", "CWD", "x" },
	{ "CWD  x ", "CWD", " x " },
	{ "CWD    ", "CWD", "   " },
	{ "XSHA256 f", "XSHA256", "f" },
	{ "ABCDEFGHIJKLMNOP x", "ABCDEFGHIJKLMNOP", "x" },
	{ "ABCDEFGHIJKLMNOPQ x", NULL, NULL },
	{ "CW-D x", NULL, NULL },
	{ "CWD\tx", NULL, NULL },
	{ "\xc3\x84 x", NULL, NULL },
};

START_TEST(split)
{
	char line[64], *arg = NULL, *verb;

	snprintf(line, sizeof(line), "%s", splits[_i].line);
	verb = line_split(line, &arg);
	if (splits[_i].verb == NULL) {
		ck_assert_ptr_null(verb);
	} else {
		ck_assert_str_eq(verb, splits[_i].verb);
		ck_assert_str_eq(arg, splits[_i].arg);
	}
}
END_TEST

/* What one queue has left, another goes on with as if nothing had been; or it is said that it cannot. */
static const struct {
	const char *in;
	size_t len;
	bool good;
	const char *later, *out;
} rests[] = {
	{ BYTES(""), true, "NOOP\r\n", "=NOOP\n" },
	{ BYTES("USER a\r\nPASS b\r\n"), true, "", "=USER a\n=PASS b\n" },
	{ BYTES("USER a\r\nPA"), true, "SS b\r\n", "=USER a\n=PASS b\n" },
	{ BYTES("USER a\r"), true, "\n", "=USER a\n" },
	{ BYTES("\n\n"), true, "", "=\n=\n" },
	{ BYTES("CWD a\0\n"), false, NULL, NULL },
	{ BYTES("CWD a\r\0\nb\n"), false, NULL, NULL },
	{ BYTES("CWD \xff\xff\n"), false, NULL, NULL },
	{ BYTES("\xff"), false, NULL, NULL },
	{ BYTES("NOOP\n\xff\xfb"), false, NULL, NULL },
	{ BYTES("CWD a\r\0"), false, NULL, NULL },
};

START_TEST(rest)
{
	static struct outcome o;
	struct line_queue a = { 0 }, b = { 0 };
	char line[LINE_MAX_LEN], bytes[64];
	size_t len;

	ck_assert(line_feed(&a, (const unsigned char *)"REIN\r\n", 6));
	ck_assert(line_feed(&a, (const unsigned char *)rests[_i].in, rests[_i].len));
	ck_assert_int_eq(line_next(&a, line), LINE_OK);
	ck_assert_int_eq(line_rest(&a, bytes, sizeof(bytes), &len), rests[_i].good);
	if (rests[_i].good) {
		if (len > 0)
			ck_assert(!line_rest(&a, bytes, len - 1, &len));
		ck_assert(line_rest(&a, bytes, len, &len));
		ck_assert(line_feed(&b, (const unsigned char *)bytes, len));
		ck_assert(line_feed(&b, (const unsigned char *)rests[_i].later, strlen(rests[_i].later)));
		o.len = 0;
		take_lines(&b, &o);
		ck_assert_str_eq(o.text, rests[_i].out);
	}
	line_clear(&a);
	line_clear(&b);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("line");
	TCase *tcase = tcase_create("line");

	tcase_add_loop_test(tcase, every_split, 0, COUNT(rows));
	tcase_add_loop_test(tcase, too_long, 0, 4);
	tcase_add_test(tcase, negotiation_is_capped);
	tcase_add_test(tcase, negotiation_in_one_packet);
	tcase_add_loop_test(tcase, full_queue, 0, 6);
	tcase_add_loop_test(tcase, take, 0, COUNT(takes));
	tcase_add_loop_test(tcase, take_first, 0, COUNT(firsts));
	tcase_add_loop_test(tcase, split, 0, COUNT(splits));
	tcase_add_loop_test(tcase, rest, 0, COUNT(rests));
	suite_add_tcase(suite, tcase);
	return suite;
}
