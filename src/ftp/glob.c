#include "ftp/glob.h"

#include <stddef.h>
#include <string.h>

bool
glob_is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* The set that starts after '[': *end_r is moved behind its ']', or NULL when there is none. */
static bool
match_set(const char *set, unsigned char c, const char **end_r)
{
	bool negated = *set == '!' || *set == '^', found = false;
	const char *p = set + negated;

	*end_r = NULL;
	do {
		unsigned char low, high;

		if (*p == '\\' && p[1] != '\0')
			p++;
		if (*p == '\0')
			return false;
		low = high = (unsigned char)*p++;
		if (*p == '-' && p[1] != ']' && p[1] != '\0') {
			p++;
			if (*p == '\\' && p[1] != '\0')
				p++;
			high = (unsigned char)*p++;
		}
		found |= low <= c && c <= high;
	} while (*p != ']');
	*end_r = p + 1;
	return found != negated;
}

/* One element of the pattern against one character; *next_r is the pattern behind the element.
 * *unclosed is the first '[' known to have no end: none behind it has one, and none is looked for
 * again. */
static bool
match_one(const char *pattern, char c, const char **next_r, const char **unclosed)
{
	const char *end;

	*next_r = pattern + 1;
	switch (*pattern) {
	case '\0':
		return false;
	case '?':
		return true;
	case '[':
		if (*unclosed == NULL || pattern < *unclosed) {
			bool found = match_set(pattern + 1, (unsigned char)c, &end);

			if (end != NULL) {
				*next_r = end;
				return found;
			}
			*unclosed = pattern;
		}
		break;
	case '\\':
		if (pattern[1] != '\0') {
			*next_r = pattern + 2;
			return pattern[1] == c;
		}
		break;
	default:
		break;
	}
	return *pattern == c;
}

bool
glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *star_name = NULL, *unclosed = NULL, *next;

	if (*name == '.' && *pattern != '.' && !(pattern[0] == '\\' && pattern[1] == '.'))
		return false;
	/* Only the last star is ever tried again: what an earlier one could gain, the last one
	 * can. */
	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			star_name = name;
		} else if (match_one(pattern, *name, &next, &unclosed)) {
			pattern = next;
			name++;
		} else if (star != NULL) {
			pattern = star;
			name = ++star_name;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
