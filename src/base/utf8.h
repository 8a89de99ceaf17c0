/* UTF-8 (RFC 3629), for texts that may be anything. */
#ifndef FERRY_BASE_UTF8_H
#define FERRY_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at text has, 1 to 4; 0 where there is none: overlong forms,
 * surrogates and what lies beyond U+10FFFF are none.  Not for the empty string. */
size_t utf8_length(const char *text);

/* Whether the character of so many bytes, or with 0 the byte that is none, would make a terminal do
 * something else than to show it: controls of either kind, C0 and C1, and what is no UTF-8. */
bool utf8_is_unsafe(const char *text, size_t length);

#endif
