#include "ftp/name.h"

#include <string.h>

bool
name_is_account(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_ACCOUNT_MAX && name[0] != '.' && name[0] != '-' &&
	    strspn(name, allowed) == len;
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

bool
name_is_creatable(const char *path)
{
	for (; *path != '\0'; path++)
		if (is_control((unsigned char)*path))
			return false;
	return true;
}

void
name_put_quoted(struct sb *out, const char *path)
{
	sb_putc(out, '"');
	for (; *path != '\0'; path++) {
		if (*path == '"')
			sb_putc(out, '"');
		sb_putc(out, *path);
	}
	sb_putc(out, '"');
}

bool
name_parse_257(const char *text, char *path_r, size_t cap)
{
	const char *p = strchr(text, '"');
	bool quoted = p != NULL, closed = !quoted;
	size_t len = 0;

	for (p = quoted ? p + 1 : text; *p != '\0'; p++) {
		if (quoted && *p == '"' && *++p != '"') {
			closed = true;
			break;
		}
		if (!quoted && *p == ' ')
			break;
		if (is_control((unsigned char)*p) || len + 1 >= cap)
			return false;
		path_r[len++] = *p;
	}
	if (len == 0 || !closed)
		return false;
	path_r[len] = '\0';
	return true;
}
