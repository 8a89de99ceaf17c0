#include "server/session/lang.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 1766: a primary tag and subtags of 1 to 8 letters or digits each. */
#define SUBTAG_MAX 8

static int
compare_english(const void *english, const void *entry)
{
	return strcmp(english, ((const struct lang_entry *)entry)->english);
}

const char *
lang_text(enum lang lang, const char *english)
{
	const struct lang_entry *found;

	if (lang != LANG_ZH)
		return english;
	found = bsearch(english, lang_zh, lang_zh_count, sizeof(lang_zh[0]), compare_english);
	return found == NULL ? english : found->text;
}

bool
lang_find(const char *tag, enum lang *lang_r)
{
	/* Simplified Chinese alone is there: zh-TW and zh-Hant are other languages to read. */
	static const struct {
		const char *tag;
		enum lang lang;
	} tags[] = {
		{ "EN", LANG_EN },
		{ "EN-GB", LANG_EN },
		{ "EN-US", LANG_EN },
		{ "ZH", LANG_ZH },
		{ "ZH-CN", LANG_ZH },
		{ "ZH-HANS", LANG_ZH },
		{ "ZH-HANS-CN", LANG_ZH },
		{ "ZH-SG", LANG_ZH },
	};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (strcasecmp(tag, tags[i].tag) == 0) {
			*lang_r = tags[i].lang;
			return true;
		}
	}
	return false;
}

bool
lang_is_tag(const char *text)
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (*text == '-' && len > 0)
			len = 0;
		else if (!isalnum((unsigned char)*text) || ++len > SUBTAG_MAX)
			return false;
	}
	return len > 0;
}

void
lang_put_feature(struct sb *out, enum lang current)
{
	static const char *const names[NLANGS] = { [LANG_EN] = "EN", [LANG_ZH] = "ZH-CN" };

	for (int i = 0; i < NLANGS; i++) {
		if (i > 0)
			sb_putc(out, ';');
		sb_puts(out, names[i]);
		if (i == (int)current)
			sb_putc(out, '*');
	}
}
