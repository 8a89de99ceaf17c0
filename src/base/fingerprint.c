#include "base/fingerprint.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

bool
fingerprint_parse(const char *text, char fingerprint_r[FINGERPRINT_LEN])
{
	/* Ours, and what openssl(1) puts in front. */
	static const char *const prefixes[] = { "SHA256:", "sha256 Fingerprint=" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
			text += strlen(prefixes[i]);
			break;
		}
	}
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
