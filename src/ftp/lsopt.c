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

void
lsopt_take(struct lsopt *o, const char *word, size_t len)
{
	static const struct {
		const char *word;
		char letter;
	} words[] = { { "--all", 'a' }, { "--almost-all", 'A' }, { "--directory", 'd' }, { "--recursive", 'R' },
		{ "--reverse", 'r' } };

	if (len < 2 || word[0] != '-' || word[1] != '-') {
		for (size_t i = 1; i < len; i++)
			take_letter(o, word[i]);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && memcmp(word, words[i].word, len) == 0)
			take_letter(o, words[i].letter);
}
