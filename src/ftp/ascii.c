#include "ftp/ascii.h"

#include <string.h>

size_t
ascii_encode(struct ascii *state, const char *in, size_t n, char *out)
{
	const char *end = in + n, *lf;
	char *to = out;

	while (in < end) {
		size_t run;

		lf = memchr(in, '\n', (size_t)(end - in));
		run = (size_t)((lf == NULL ? end : lf) - in);
		memcpy(to, in, run);
		to += run;
		if (run > 0)
			state->cr = in[run - 1] == '\r';
		in += run;
		if (lf == NULL)
			break;
		if (!state->cr)
			*to++ = '\r';
		*to++ = '\n';
		state->cr = false;
		in++;
	}
	return (size_t)(to - out);
}

size_t
ascii_encoded_size(struct ascii *state, const char *in, size_t n)
{
	const char *end = in + n, *p = in, *lf;
	size_t size = n;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		bool cr = lf > in ? lf[-1] == '\r' : state->cr;

		size += !cr;
		p = lf + 1;
	}
	if (n > 0)
		state->cr = end[-1] == '\r';
	return size;
}

size_t
ascii_decode(struct ascii *state, const char *in, size_t n, char *out)
{
	const char *end = in + n, *cr;
	char *to = out;

	if (n > 0 && state->cr) {
		if (*in != '\n')
			*to++ = '\r';
		state->cr = false;
	}
	while (in < end) {
		size_t run;

		cr = memchr(in, '\r', (size_t)(end - in));
		run = (size_t)((cr == NULL ? end : cr) - in);
		memcpy(to, in, run);
		to += run;
		in += run;
		if (cr == NULL)
			break;
		if (++in == end)
			state->cr = true;
		else if (*in != '\n')
			*to++ = '\r';
	}
	return (size_t)(to - out);
}

size_t
ascii_decode_end(struct ascii *state, char *out)
{
	size_t n = state->cr;

	if (n == 1)
		*out = '\r';
	state->cr = false;
	return n;
}
