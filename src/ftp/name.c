#include "ftp/name.h"

#include <string.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool
name_is_account(const char *name)
{
	static const char allowed[] = ALPHANUMERIC "._@+-";
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_ACCOUNT_MAX && name[0] != '.' && name[0] != '-' &&
	    strspn(name, allowed) == len;
}

/* Without the '/' behind which iconv(3) takes more than a name. */
bool
name_is_charset(const char *name)
{
	static const char allowed[] = ALPHANUMERIC "._:+-";
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_CHARSET_MAX && strspn(name, allowed) == len;
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

bool
name_is_listable(const char *name)
{
	return strpbrk(name, "\r\n") == NULL;
}

/* What stands for a byte of a component that is not listable; NULL: itself. */
static const char *
listed_byte(char c)
{
	return c == '\r' ? "%0D" : c == '\n' ? "%0A" : c == '%' ? "%25" : NULL;
}

void
name_put_listed(struct sb *out, const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		bool listable = strcspn(path, "\r\n") >= len;

		for (size_t i = 0; i < len; i++) {
			const char *text = listable ? NULL : listed_byte(path[i]);

			if (text != NULL)
				sb_puts(out, text);
			else
				sb_putc(out, path[i]);
		}
		path += len;
		if (*path == '/')
			sb_putc(out, *path++);
	}
}

/* The byte that the first three of listed[len] stand for; '\0': none. */
static char
byte_of_listed(const char *listed, size_t len)
{
	static const char bytes[] = "\r\n%";

	for (const char *byte = bytes; len >= 3 && *byte != '\0'; byte++)
		if (memcmp(listed, listed_byte(*byte), 3) == 0)
			return *byte;
	return '\0';
}

bool
name_from_listed(const char *listed, size_t len, char *name_r, size_t cap)
{
	bool unlistable = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = listed[i];

		if (c == '\r' || c == '\n' || n + 1 >= cap)
			return false;
		if (c == '%') {
			c = byte_of_listed(listed + i, len - i);
			if (c == '\0')
				return false;
			unlistable |= c != '%';
			i += 2;
		}
		name_r[n++] = c;
	}
	name_r[n] = '\0';
	return unlistable;
}

/* The next component of *path that is neither empty nor ".": *len_r bytes, 0 at the end. */
static const char *
next_component(const char **path, size_t *len_r)
{
	const char *part;

	do {
		part = *path + strspn(*path, "/");
		*len_r = strcspn(part, "/");
		*path = part + *len_r;
	} while (*len_r == 1 && *part == '.');
	return part;
}

bool
name_link_text(const char *target, const char *dir, char *text_r, size_t cap)
{
	bool absolute = target[0] == '/';
	const char *part, *above;
	size_t len, above_len;
	struct sb sb;

	sb_init(&sb, text_r, cap);
	above = next_component(&dir, &above_len);
	while (part = next_component(&target, &len), len > 0) {
		if (len == 2 && memcmp(part, "..", 2) == 0)
			return false;
		if (absolute && above_len > 0) {
			if (len != above_len || memcmp(part, above, len) != 0)
				return false;
			above = next_component(&dir, &above_len);
			continue;
		}
		if (sb.len > 0)
			sb_putc(&sb, '/');
		sb_put(&sb, part, len);
	}
	if (absolute && above_len > 0)
		return false;
	if (sb.len == 0)
		sb_putc(&sb, '.');
	return !sb.cut;
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
