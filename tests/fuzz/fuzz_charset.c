/* Texts in the character sets of old clients: the first byte chooses one. */
#include "base/charset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What was decoded and encoded again is the same once more: both know the same characters. */
static void
check_again(const struct charset *c, const char *utf8)
{
	char text[1024], back[1024];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	charset_encode(c, utf8, &sb);
	if (sb.cut || strlen(text) != sb.len)
		abort();
	if (!charset_decode(c, text, back, sizeof(back)) || strcmp(back, utf8) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "GBK", "ISO-8859-1", "GB18030", "EUC-JP" };
	char text[256], utf8[512], encoded[8];
	const char *why;
	struct charset *c;
	struct sb sb;

	if (len == 0 || len > sizeof(text))
		return 0;
	memcpy(text, data + 1, len - 1);
	text[len - 1] = '\0';
	c = charset_open(names[data[0] % 4], &why);
	if (c == NULL)
		return 0;
	if (charset_decode(c, text, utf8, sizeof(utf8)))
		check_again(c, utf8);
	/* Whatever it is: it ends, and stays in its bounds. */
	sb_init(&sb, encoded, sizeof(encoded));
	charset_encode(c, text, &sb);
	if (strlen(encoded) != sb.len)
		abort();
	charset_close(&c);
	return 0;
}
