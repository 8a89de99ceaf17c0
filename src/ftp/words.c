#include "ftp/words.h"

#include <string.h>

/* The quoted word at text, in place.  What follows it, or NULL when it is not well formed. */
static char *
take_quoted(char *text)
{
	char *from = text + 1, *to = text;

	for (;;) {
		if (*from == '"' && *++from != '"')
			break;
		if (*from == '\0')
			return NULL;
		*to++ = *from++;
	}
	if (*from != '\0' && *from != ' ')
		return NULL;
	if (*from == ' ')
		from++;
	*to = '\0';
	return to == text ? NULL : from;
}

static char *
take_plain(char *text)
{
	text += strcspn(text, " ");
	if (*text != '\0')
		*text++ = '\0';
	return text;
}

size_t
words_split(char *text, char **words_r, size_t max)
{
	size_t count = 0;

	while (*(text += strspn(text, " ")) != '\0') {
		char *word = text;

		text = *word == '"' ? take_quoted(word) : take_plain(word);
		if (text == NULL)
			return 0;
		if (count < max)
			words_r[count] = word;
		count++;
	}
	return count;
}

void
words_tidy(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (*from != ' ' || (to > text && to[-1] != ' '))
			*to++ = *from;
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}
