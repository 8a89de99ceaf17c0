#include "base/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((iconv_t)-1)

struct charset {
	iconv_t decoder, encoder;
};

static bool
keeps_ascii(const struct charset *c)
{
	for (char byte = 1; byte > 0 && byte < 127; byte++) {
		char text[2] = { byte, '\0' }, back[8];
		struct sb sb;

		if (!charset_decode(c, text, back, sizeof(back)) || strcmp(text, back) != 0)
			return false;
		sb_init(&sb, back, sizeof(back));
		charset_encode(c, text, &sb);
		if (strcmp(text, back) != 0)
			return false;
	}
	return true;
}

struct charset *
charset_open(const char *name, const char **why_r)
{
	struct charset *c = malloc(sizeof(*c));

	if (c == NULL) {
		*why_r = strerror(errno);
		return NULL;
	}
	c->decoder = iconv_open("UTF-8", name);
	c->encoder = iconv_open(name, "UTF-8");
	if (c->decoder == NONE || c->encoder == NONE)
		*why_r = "this system does not have it; iconv -l lists those it has";
	else if (!keeps_ascii(c))
		*why_r = "it does not have ASCII in the place of ASCII";
	else
		return c;
	charset_close(&c);
	return NULL;
}

void
charset_close(struct charset **c)
{
	if (*c == NULL)
		return;
	if ((*c)->decoder != NONE)
		(void)iconv_close((*c)->decoder);
	if ((*c)->encoder != NONE)
		(void)iconv_close((*c)->encoder);
	free(*c);
	*c = NULL;
}

bool
charset_decode(const struct charset *c, const char *text, char *utf8_r, size_t cap)
{
	char *in = (char *)(uintptr_t)text, *out = utf8_r;
	size_t left = strlen(text), room = cap - 1;

	(void)iconv(c->decoder, NULL, NULL, NULL, NULL);
	if (iconv(c->decoder, &in, &left, &out, &room) == (size_t)-1) {
		/* A character that is cut off at the end is none. */
		if (errno == EINVAL)
			errno = EILSEQ;
		return false;
	}
	*out = '\0';
	return true;
}

void
charset_encode(const struct charset *c, const char *text, struct sb *out)
{
	char *in = (char *)(uintptr_t)text;
	size_t left = strlen(text);

	(void)iconv(c->encoder, NULL, NULL, NULL, NULL);
	while (left > 0 && !out->cut) {
		char *to = out->buf + out->len;
		size_t room = out->cap - out->len - 1, skip;
		bool done = iconv(c->encoder, &in, &left, &to, &room) != (size_t)-1;
		int error = errno;

		out->len = (size_t)(to - out->buf);
		out->buf[out->len] = '\0';
		if (done)
			break;
		if (error == E2BIG) {
			out->cut = true;
			break;
		}
		sb_putc(out, '?');
		skip = utf8_length(in);
		skip = skip == 0 || skip > left ? 1 : skip;
		in += skip;
		left -= skip;
	}
}
