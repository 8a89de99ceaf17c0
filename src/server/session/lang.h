/* The languages of replies (RFC 2640 section 4).  Replies are written in English where they are
 * made; another language is a table from that text to its own, so that nothing is looked up for who
 * did not ask for it. */
#ifndef FERRY_SERVER_SESSION_LANG_H
#define FERRY_SERVER_SESSION_LANG_H

#include "base/sb.h"

#include <stdbool.h>
#include <stddef.h>

enum lang { LANG_EN, LANG_ZH, NLANGS };

/* Marks a text that comes to reply() from a variable, so that the tables can be proven complete. */
#define N_(text) text

/* The text in that language, with the same conversions of printf(3); itself where there is no
 * other. */
const char *lang_text(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* The language of a tag of RFC 1766, such as "en" or "zh-CN".  False: none that is here. */
bool lang_find(const char *tag, enum lang *lang_r);

/* Whether it has a tag's form. */
bool lang_is_tag(const char *text);

/* "EN*;ZH-CN", the star at the current one, for FEAT. */
void lang_put_feature(struct sb *out, enum lang current);

/* One table, sorted by the English text. */
struct lang_entry {
	const char *english, *text;
};

extern const struct lang_entry lang_zh[];
extern const size_t lang_zh_count;

#endif
