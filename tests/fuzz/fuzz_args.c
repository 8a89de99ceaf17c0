/* Arguments of commands: several names, and the text of a link: text up to the first LF, then another. */
#include "ftp/name.h"
#include "ftp/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every word lies in the text, in order, and none is empty. */
static void
check_words(char *text)
{
	char *words[8], *at = text, *end = text + strlen(text);
	size_t count = words_split(text, words, 8);

	for (size_t i = 0; i < count && i < 8; i++) {
		if (words[i] < at || *words[i] == '\0')
			abort();
		at = words[i] + strlen(words[i]);
		if (at > end)
			abort();
	}
}

/* No link's text climbs or starts at the root. */
static void
check_link(const char *target, const char *dir)
{
	char text[256];

	if (!name_link_text(target, dir, text, sizeof(text)))
		return;
	if (text[0] == '\0' || text[0] == '/')
		abort();
	for (const char *p = text; p != NULL; p = strchr(p, '/')) {
		p += *p == '/';
		if (strcspn(p, "/") == 2 && strncmp(p, "..", 2) == 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *other;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	other = text + strcspn(text, "\n");
	if (*other != '\0')
		*other++ = '\0';
	check_link(text, other);
	check_words(text);
	free(text);
	return 0;
}
