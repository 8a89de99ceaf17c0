#include "client/engine/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct fail *f, enum fail_kind kind, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static void
fill(struct fail *f, enum fail_kind kind, int code, const char *fmt, va_list ap)
{
	f->kind = kind;
	f->code = code;
	if (vsnprintf(f->text, sizeof(f->text), fmt, ap) < 0)
		f->text[0] = '\0';
	/* Servers' words and files' names end up here, and this ends up on terminals and in
	 * logs. */
	for (char *p = f->text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

int
fail_set(struct fail *f, enum fail_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(f, kind, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_reply(struct fail *f, enum fail_kind kind, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(f, kind, code, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_errno(struct fail *f, enum fail_kind kind, const char *fmt, ...)
{
	int error = errno;
	size_t len;
	va_list ap;

	if (error == EINTR)
		return fail_set(f, FAIL_INTERRUPTED, "interrupted");
	va_start(ap, fmt);
	fill(f, error == ETIMEDOUT ? FAIL_TIMEOUT : kind, 0, fmt, ap);
	va_end(ap);
	len = strlen(f->text);
	snprintf(f->text + len, sizeof(f->text) - len, ": %s",
	    error == ETIMEDOUT ? "no answer in time" : strerror(error));
	return -1;
}

int
fail_asking(int rc, struct fail *f)
{
	if (rc == 0)
		return 0;
	switch (errno) {
	case EMSGSIZE:
		return fail_set(f, FAIL_USAGE, "the answer is too long");
	case EILSEQ:
		return fail_set(f, FAIL_USAGE, "the answer holds a NUL byte");
	case ENODATA:
		return fail_set(f, FAIL_LOGIN, "no answer was given");
	default:
		return fail_errno(f, FAIL_LOCAL, "cannot use the terminal");
	}
}
