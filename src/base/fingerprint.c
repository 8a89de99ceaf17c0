#include "base/fingerprint.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

bool
fingerprint_parse(const char *text, char fingerprint_r[FINGERPRINT_LEN])
{
	static const char prefix[] = "SHA256:";
	size_t n = 0;

	if (strncasecmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	for (; *text != '\0'; text++) {
		bool between = n % 3 == 2;      /* a pair is whole */

		if (*text == ':' && between)
			continue;
		if (!isxdigit((unsigned char)*text) || n + 1 >= FINGERPRINT_LEN)
			return false;
		if (between)
			fingerprint_r[n++] = ':';
		fingerprint_r[n++] = (char)toupper((unsigned char)*text);
	}
	fingerprint_r[n] = '\0';
	return n + 1 == FINGERPRINT_LEN;
}
