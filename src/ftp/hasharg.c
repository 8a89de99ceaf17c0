#include "ftp/hasharg.h"

#include "base/num.h"

#include <ctype.h>
#include <string.h>

/* No offset is above what a file can have, so adding one to it never wraps. */
#define OFFSET_MAX ((uint64_t)INT64_MAX)

static void
set_range(struct hasharg *out, const char *start, const char *end)
{
	bool good = num_parse(start, OFFSET_MAX, &out->start) &&
	    num_parse(end, OFFSET_MAX, &out->end) && out->start <= out->end;

	out->kind = good ? HASHARG_RANGE : HASHARG_BAD;
}

/* Undoes the quotes in place.  What follows the closing one; NULL when there is none. */
static char *
unquote(char *arg)
{
	char *to = arg, *from = arg + 1;

	for (; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"') {
			*to = '\0';
			return from;
		}
		*to++ = *from;
	}
	return NULL;
}

/* Cuts the next word off *text.  NULL when there is none. */
static char *
next_word(char **text)
{
	static const char separators[] = " ,;";
	char *word = *text + strspn(*text, separators);
	char *end = word + strcspn(word, separators);

	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return *word == '\0' ? NULL : word;
}

/* What stands behind a quoted path: nothing, or two numbers. */
static void
parse_behind(char *text, struct hasharg *out)
{
	bool divided = *text == '\0' || strchr(" ,;", *text) != NULL;
	char *start = next_word(&text), *end = next_word(&text);

	if (divided && start == NULL)
		out->kind = HASHARG_WHOLE;
	else if (divided && end != NULL && next_word(&text) == NULL)
		set_range(out, start, end);
}

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* "path start end" with that separator; the path may hold it too, so it is cut from the right. */
static bool
parse_bare(char *arg, char separator, struct hasharg *out)
{
	char *last = strrchr(arg, separator), *before;

	if (last == NULL || last == arg || !is_number(last + 1))
		return false;
	*last = '\0';
	before = strrchr(arg, separator);
	if (before == NULL || before == arg || !is_number(before + 1)) {
		out->kind = HASHARG_BAD;
		return true;
	}
	*before = '\0';
	set_range(out, before + 1, last + 1);
	return true;
}

bool
hasharg_parse(char *arg, struct hasharg *out)
{
	char *behind;

	*out = (struct hasharg){ .kind = HASHARG_BAD, .path = arg };
	if (*arg == '"') {
		if (strchr(arg + 1, '"') == NULL)
			return false;
		behind = unquote(arg);
		if (behind == NULL || *arg == '\0')
			return false;
		parse_behind(behind, out);
		return true;
	}
	return parse_bare(arg, ' ', out) || parse_bare(arg, ';', out);
}

bool
hasharg_parse_rang(char *arg, bool *set_r, uint64_t *start_r, uint64_t *end_r)
{
	char *end = strchr(arg, ' ');

	if (end == NULL)
		return false;
	*end++ = '\0';
	if (!num_parse(arg, OFFSET_MAX, start_r) || !num_parse(end, OFFSET_MAX, end_r))
		return false;
	*set_r = *start_r <= *end_r;
	return *set_r || (*start_r == 1 && *end_r == 0);
}

bool
hasharg_parse_resume(char *arg, uint64_t *offset_r, char **sha256_r, char **path_r)
{
	char *sha256 = strchr(arg, ' '), *path;

	if (sha256 == NULL)
		return false;
	*sha256++ = '\0';
	path = strchr(sha256, ' ');
	if (path == NULL || path - sha256 != HASHARG_SHA256_LEN || path[1] == '\0')
		return false;
	*path++ = '\0';
	for (char *p = sha256; *p != '\0'; p++) {
		if (!isxdigit((unsigned char)*p))
			return false;
		*p = (char)tolower((unsigned char)*p);
	}
	*sha256_r = sha256;
	*path_r = path;
	return num_parse(arg, OFFSET_MAX, offset_r);
}
