#include "base/utf8.h"

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

size_t
utf8_length(const char *text)
{
	unsigned char first = (unsigned char)text[0], second;
	size_t len = first < 0x80           ? 1
	    : first >= 0xC2 && first < 0xE0 ? 2
	    : first >= 0xE0 && first < 0xF0 ? 3
	    : first >= 0xF0 && first < 0xF5 ? 4
					    : 0;

	/* A NUL ends the text and is no continuation, so nothing behind it is looked at. */
	for (size_t i = 1; i < len; i++)
		if (!is_continuation(text[i]))
			return 0;
	if (len < 3)
		return len;
	second = (unsigned char)text[1];
	if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ||
	    (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90))
		return 0;
	return len;
}

bool
utf8_is_unsafe(const char *text, size_t length)
{
	unsigned char c = (unsigned char)text[0];

	return length == 0 || (length == 1 && (c < 0x20 || c == 0x7F)) ||
	    (length == 2 && c == 0xC2 && (unsigned char)text[1] < 0xA0);
}
