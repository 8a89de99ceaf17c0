/* Patterns of LIST and NLST. */
#ifndef FERRY_FTP_GLOB_H
#define FERRY_FTP_GLOB_H

#include <stdbool.h>

/* Whether text holds any of * ? [ at all. */
bool glob_is_pattern(const char *text);

/* Matches a whole name: * ? [a-z] [!a-z]; a backslash takes the next character as it is; an
 * unclosed [ is itself.  A name with a leading dot is matched only by a pattern with one.  No
 * braces, no '/'.  Time is at most the product of both lengths, whatever the pattern. */
bool glob_match(const char *pattern, const char *name);

#endif
