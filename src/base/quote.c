#include "base/quote.h"

#include "base/sb.h"
#include "base/utf8.h"

#include <string.h>

#define END "\"..."

/* One character, and how many bytes it has. */
static size_t
put_one(struct sb *out, const char *text)
{
	size_t len = utf8_length(text), count = len == 0 ? 1 : len;

	if (utf8_is_unsafe(text, len) || *text == '=') {
		for (size_t i = 0; i < count; i++)
			sb_printf(out, "\\x%02X", (unsigned char)text[i]);
		return count;
	}
	if (*text == '"' || *text == '\\')
		sb_putc(out, '\\');
	sb_put(out, text, count);
	return count;
}

const char *
quote(struct quote *q, const char *text)
{
	struct sb out;
	size_t whole;

	sb_init(&out, q->text, sizeof(q->text) - strlen(END));
	sb_putc(&out, '"');
	do {
		whole = out.len;
		if (*text != '\0')
			text += put_one(&out, text);
	} while (*text != '\0' && !out.cut);
	if (out.cut)
		memcpy(q->text + whole, END, sizeof(END));
	else
		memcpy(q->text + out.len, "\"", sizeof("\""));
	return q->text;
}
