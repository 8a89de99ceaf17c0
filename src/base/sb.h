/* A bounded string builder: whole pieces or none, one check at the end. */
#ifndef FERRY_BASE_SB_H
#define FERRY_BASE_SB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct sb {
	char *buf;      /* always NUL-terminated; borrowed from whoever called sb_init() */
	size_t cap;     /* bytes in buf, the NUL included */
	size_t len;     /* bytes used, the NUL not counted */
	bool cut;       /* a piece did not fit: it and all later ones are left out */
};

/* Makes an empty string in buf[cap], cap >= 1. */
void sb_init(struct sb *s, char *buf, size_t cap);

/* Empties the string and forgets an earlier cut. */
void sb_reset(struct sb *s);

/* Each of these adds its whole piece, or nothing and sets s->cut. */
void sb_putc(struct sb *s, char c);
void sb_puts(struct sb *s, const char *text);
void sb_put(struct sb *s, const void *bytes, size_t len);
void sb_printf(struct sb *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sb_vprintf(struct sb *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Adds n in decimal, on the left filled up with blanks to width (0: none). */
void sb_putu(struct sb *s, unsigned long long n, unsigned width);

#endif
