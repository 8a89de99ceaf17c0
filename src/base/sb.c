#include "base/sb.h"

#include <stdio.h>
#include <string.h>

void
sb_init(struct sb *s, char *buf, size_t cap)
{
	s->buf = buf;
	s->cap = cap;
	sb_reset(s);
}

void
sb_reset(struct sb *s)
{
	s->len = 0;
	s->cut = false;
	s->buf[0] = '\0';
}

void
sb_put(struct sb *s, const void *bytes, size_t len)
{
	if (s->cut || len >= s->cap - s->len) {
		s->cut = true;
		return;
	}
	memcpy(s->buf + s->len, bytes, len);
	s->len += len;
	s->buf[s->len] = '\0';
}

void
sb_putc(struct sb *s, char c)
{
	sb_put(s, &c, 1);
}

void
sb_puts(struct sb *s, const char *text)
{
	sb_put(s, text, strlen(text));
}

void
sb_vprintf(struct sb *s, const char *fmt, va_list ap)
{
	size_t room = s->cap - s->len;
	int n;

	n = s->cut ? -1 : vsnprintf(s->buf + s->len, room, fmt, ap);
	s->cut = n < 0 || (size_t)n >= room;
	s->len += s->cut ? 0 : (size_t)n;
	s->buf[s->len] = '\0';
}

void
sb_printf(struct sb *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_vprintf(s, fmt, ap);
	va_end(ap);
}

void
sb_putu(struct sb *s, unsigned long long n, unsigned width)
{
	char digits[64];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	while (sizeof(digits) - at < width && at > 0)
		digits[--at] = ' ';
	sb_put(s, digits + at, sizeof(digits) - at);
}
