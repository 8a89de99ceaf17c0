#include "ftp/param.h"

#include "base/num.h"

#include <ctype.h>
#include <string.h>

/* What follows the letter of A and E.  '\0' for what is no format. */
static char
parse_format(const char *text)
{
	char c;

	if (*text == '\0')
		return 'N';
	c = (char)toupper((unsigned char)text[1]);
	if (text[0] != ' ' || c == '\0' || text[2] != '\0' || strchr("NTC", c) == NULL)
		return '\0';
	return c;
}

enum param_status
param_parse_type(const char *text, struct param_type *type_r)
{
	struct param_type t = { .letter = (char)toupper((unsigned char)text[0]) };
	const char *rest = t.letter == '\0' ? text : text + 1;
	enum param_status status = PARAM_OK;

	switch (t.letter) {
	case 'A':
	case 'E':
		t.format = parse_format(rest);
		status = t.format == '\0' ? PARAM_SYNTAX : PARAM_OK;
		break;
	case 'I':
		status = *rest == '\0' ? PARAM_OK : PARAM_SYNTAX;
		break;
	case 'L':
		rest += *rest == ' ';
		if (!num_parse(rest, 255, &t.bits) || t.bits == 0)
			status = PARAM_SYNTAX;
		else
			status = t.bits == 8 ? PARAM_OK : PARAM_ELSEWHERE;
		break;
	default:
		status = param_parse_letter(text) == '\0' ? PARAM_SYNTAX : PARAM_ELSEWHERE;
	}
	*type_r = t;
	return status;
}

char
param_parse_letter(const char *text)
{
	return text[0] != '\0' && text[1] == '\0' ? (char)toupper((unsigned char)text[0]) : '\0';
}
