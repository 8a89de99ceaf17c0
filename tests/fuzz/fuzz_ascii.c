/* TYPE A in blocks of any size, against a model that goes byte by byte: the first byte says how large. */
#include "ftp/ascii.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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

static void
expect(const char *got, size_t got_len, const char *want, size_t want_len)
{
	if (got_len != want_len || memcmp(got, want, want_len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t block = len == 0 ? 1 : (size_t)data[0] + 1, n = len == 0 ? 0 : len - 1;
	const char *in = len == 0 ? "" : (const char *)data + 1;
	char *want = malloc(2 * n + 2), *got = malloc(2 * n + 2);
	struct ascii encode = { false }, size = { false }, decode = { false };
	size_t encoded = 0, counted = 0, decoded = 0;

	if (want != NULL && got != NULL) {
		for (size_t at = 0; at < n; at += block) {
			size_t m = n - at < block ? n - at : block;

			encoded += ascii_encode(&encode, in + at, m, got + encoded);
			counted += ascii_encoded_size(&size, in + at, m);
		}
		expect(got, encoded, want, model_encode(in, n, want));
		if (counted != encoded)
			abort();
		for (size_t at = 0; at < n; at += block)
			decoded += ascii_decode(&decode, in + at, n - at < block ? n - at : block, got + decoded);
		decoded += ascii_decode_end(&decode, got + decoded);
		expect(got, decoded, want, model_decode(in, n, want));
	}
	free(want);
	free(got);
	return 0;
}
