/* TYPE A against a naive model, byte by byte, in random blocks. */
#include "ftp/ascii.h"
#include "runner.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX 300

static uint32_t state_of_random = 1;

/* The same numbers in every run. */
static unsigned
random_below(unsigned n)
{
	state_of_random = state_of_random * 1664525U + 1013904223U;
	return (state_of_random >> 8) % n;
}

static size_t
model_encode(const char *in, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[len++] = '\r';
		out[len++] = in[i];
	}
	return len;
}

static size_t
model_decode(const char *in, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (in[i] != '\r' || i + 1 == n || in[i + 1] != '\n')
			out[len++] = in[i];
	return len;
}

/* Runs whole through f in blocks of random sizes, each in memory of just the promised size. */
static size_t
in_blocks(bool encode, const char *in, size_t n, char *out, size_t *counted)
{
	struct ascii state = { false }, count_state = { false };
	size_t len = 0;

	*counted = 0;
	while (n > 0) {
		size_t part = 1 + random_below(random_below(2) == 0 ? 3 : (unsigned)n);
		char *from, *to;

		if (part > n)
			part = n;
		from = malloc(part);
		to = malloc(encode ? 2 * part : part + 1);
		ck_assert(from != NULL && to != NULL);
		memcpy(from, in, part);
		if (encode) {
			size_t got = ascii_encode(&state, from, part, to);

			*counted += ascii_encoded_size(&count_state, from, part);
			memcpy(out + len, to, got);
			len += got;
		} else {
			size_t got = ascii_decode(&state, from, part, to);

			memcpy(out + len, to, got);
			len += got;
		}
		free(from);
		free(to);
		in += part;
		n -= part;
	}
	return encode ? len : len + ascii_decode_end(&state, out + len);
}

START_TEST(random_blocks)
{
	static const char letters[] = { '\r', '\n', 'x', '\r', '\n', '\0', (char)0xff, 'y' };

	state_of_random = (uint32_t)_i + 1;
	for (int round = 0; round < 500; round++) {
		char in[MAX], want[2 * MAX], got[2 * MAX + 2];
		size_t n = random_below(MAX), len, counted, want_len;

		for (size_t i = 0; i < n; i++)
			in[i] = letters[random_below(_i % 2 == 0 ? 3 : 8)];
		want_len = model_encode(in, n, want);
		len = in_blocks(true, in, n, got, &counted);
		ck_assert_uint_eq(len, want_len);
		ck_assert_uint_eq(counted, want_len);
		ck_assert(len == 0 || memcmp(got, want, len) == 0);
		want_len = model_decode(in, n, want);
		len = in_blocks(false, in, n, got, &counted);
		ck_assert_uint_eq(len, want_len);
		ck_assert(len == 0 || memcmp(got, want, len) == 0);
	}
}
END_TEST

/* RFC 959 section 3.1.1.1: text with LF ends comes back as it was. */
START_TEST(round_trip)
{
	static const char text[] = "one\n\ntwo\n\xff\x00\nlast without an end";
	struct ascii there = { false }, back = { false };
	char wire[2 * sizeof(text)], got[2 * sizeof(text) + 1];
	size_t n = ascii_encode(&there, text, sizeof(text), wire);

	ck_assert_uint_eq(n, sizeof(text) + 4);
	n = ascii_decode(&back, wire, n, got);
	n += ascii_decode_end(&back, got + n);
	ck_assert_uint_eq(n, sizeof(text));
	ck_assert_mem_eq(got, text, n);
}
END_TEST

/* The last byte's CR is held back, and given out once. */
START_TEST(held_back)
{
	struct ascii state = { false };
	char out[8];

	ck_assert_uint_eq(ascii_decode(&state, "x\r", 2, out), 1);
	ck_assert_uint_eq(ascii_decode(&state, "", 0, out), 0);
	ck_assert_uint_eq(ascii_decode_end(&state, out), 1);
	ck_assert_int_eq(out[0], '\r');
	ck_assert_uint_eq(ascii_decode_end(&state, out), 0);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("ascii");
	TCase *tcase = tcase_create("ascii");

	tcase_add_loop_test(tcase, random_blocks, 0, 20);
	tcase_add_test(tcase, round_trip);
	tcase_add_test(tcase, held_back);
	suite_add_tcase(suite, tcase);
	return suite;
}
