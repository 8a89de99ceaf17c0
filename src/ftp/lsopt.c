#include "ftp/lsopt.h"

#include <string.h>

static void
take_letter(struct lsopt *o, char letter)
{
	switch (letter) {
	case 'a':
		o->all = true;
		break;
	case 'A':
		o->almost_all = true;
		break;
	case 'd':
		o->directory = true;
		break;
	case 'l':
		o->details = true;
		break;
	case '1':
		o->names = true;
		break;
	case 'R':
		o->recursive = true;
		break;
	case 'r':
		o->reverse = true;
		break;
	case 't':
		o->order = LSOPT_BY_TIME;
		break;
	case 'S':
		o->order = LSOPT_BY_SIZE;
		break;
	default:
		break;
	}
}

/* The letter of a long option; '\0': there is no such option. */
static char
letter_of(const char *word, size_t len)
{
	static const struct {
		const char *word;
		char letter;
	} words[] = { { "--all", 'a' }, { "--almost-all", 'A' }, { "--directory", 'd' },
		{ "--recursive", 'R' }, { "--reverse", 'r' } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && memcmp(word, words[i].word, len) == 0)
			return words[i].letter;
	return '\0';
}

void
lsopt_take(struct lsopt *o, const char *word, size_t len)
{
	if (len < 2 || word[0] != '-' || word[1] != '-') {
		for (size_t i = 1; i < len; i++)
			take_letter(o, word[i]);
		return;
	}
	take_letter(o, letter_of(word, len));
}

static bool
is_option(const char *word, size_t len)
{
	/* POSIX's, and -h and -T, which clients send too. */
	static const char letters[] = "1AaCcdFfgHhikLlmnopqRrSsTtux";

	if (len < 2 || word[0] != '-')
		return false;
	return word[1] == '-' ? letter_of(word, len) != '\0' : strspn(word + 1, letters) >= len - 1;
}

bool
lsopt_is_all(const char *text)
{
	bool any = false;

	for (;;) {
		size_t len;

		text += strspn(text, " ");
		if (*text == '\0')
			return any;
		len = strcspn(text, " ");
		if (!is_option(text, len))
			return false;
		any = true;
		text += len;
	}
}
