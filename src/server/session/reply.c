#include "server/session/reply.h"

#include "base/amount.h"
#include "base/log.h"
#include "base/quote.h"
#include "ftp/name.h"
#include "server/session/control.h"
#include "server/session/link.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* A reply's text: a path of whose every byte name_put_listed() makes three, and words around it. */
#define TEXT_MAX (3 * PATH_MAX + 1024)

static void
put_byte(struct session *s, char c)
{
	if (s->out.len == sizeof(s->out.buf))
		control_flush(s);
	s->out.buf[s->out.len++] = c;
}

/* As Telnet has it (RFC 854): 255 is doubled, a CR inside a name is CR NUL.  An LF would end the
 * line and let a name forge a reply, so it is shown as '?'. */
static void
put_text(struct session *s, const char *text)
{
	for (; *text != '\0'; text++) {
		put_byte(s, *text == '\n' ? '?' : *text);
		if ((unsigned char)*text == 255)
			put_byte(s, *text);
		else if (*text == '\r')
			put_byte(s, '\0');
	}
	put_byte(s, '\r');
	put_byte(s, '\n');
}

static void
put_encoded(struct session *s, const char *text)
{
	char encoded[2 * TEXT_MAX];
	struct sb sb;

	sb_init(&sb, encoded, sizeof(encoded));
	charset_encode(session_charset(s), text, &sb);
	put_text(s, encoded);
}

static void __attribute__((format(printf, 4, 0)))
put_line(struct session *s, int code, char separator, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];
	struct sb sb;

	sb_init(&sb, text, sizeof(text));
	sb_vprintf(&sb, lang_text(s->lang, fmt), ap);
	if (code != 0) {
		put_byte(s, (char)('0' + code / 100));
		put_byte(s, (char)('0' + code / 10 % 10));
		put_byte(s, (char)('0' + code % 10));
	}
	put_byte(s, separator);
	if (session_charset(s) != NULL)
		put_encoded(s, sb.buf);
	else
		put_text(s, sb.buf);
}

void
reply(struct session *s, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(s, code, ' ', fmt, ap);
	va_end(ap);
}

void
reply_text(struct session *s, int code, const char *text)
{
	reply(s, code, "%s", lang_text(s->lang, text));
}

void
reply_first(struct session *s, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(s, code, '-', fmt, ap);
	va_end(ap);
}

void
reply_line(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(s, 0, ' ', fmt, ap);
	va_end(ap);
}

void
reply_path(struct session *s, const char *path, const char *text)
{
	char buf[TEXT_MAX], listed[TEXT_MAX];
	struct sb sb;

	/* A CR can be sent in a reply, but an LF never. */
	if (strchr(path, '\n') != NULL) {
		sb_init(&sb, listed, sizeof(listed));
		name_put_listed(&sb, path);
		path = listed;
	}
	sb_init(&sb, buf, sizeof(buf));
	name_put_quoted(&sb, path);
	sb_putc(&sb, ' ');
	sb_puts(&sb, text);
	reply(s, 257, "%s", sb.buf);
}

/* A client repeats what is 4yz (RFC 959 section 4.2.1), some for ever: so that is for what passes
 * by itself. */
static const struct {
	int error, code;
	const char *text;
} rows[] = {
	{ EACCES, 550, N_("Permission denied.") },
	{ EAGAIN, 450, N_("It is in use; try again later.") },
	/* Of a root, a mount point, or a name that is "." in the end. */
	{ EBUSY, 550, N_("The system holds it; it can be neither moved nor removed.") },
	{ EDQUOT, 552, N_("Storage allocation exceeded.") },
	{ EEXIST, 550, N_("It exists already.") },
	{ EFBIG, 552, N_("The file would become larger than allowed here.") },
	/* Some file systems want UTF-8, and some none of certain characters. */
	{ EILSEQ, 553, N_("That name or place is not possible.") },
	{ EINVAL, 553, N_("That name or place is not possible.") },
	{ EISDIR, 550, N_("It is a directory.") },
	{ ELOOP, 550, N_("Too many symbolic links.") },
	{ EMLINK, 550, N_("Too many links.") },
	{ ENAMETOOLONG, 553, N_("The name is too long.") },
	{ ENODEV, 550, N_("It is not a plain file.") },
	{ ENOENT, 550, N_("No such file or directory.") },
	/* An encrypted directory whose key is not there. */
	{ ENOKEY, 550, N_("Permission denied.") },
	{ ENOSPC, 452, N_("The disk is full.") },
	{ ENOTDIR, 550, N_("It is not a directory.") },
	{ ENOTEMPTY, 550, N_("The directory is not empty.") },
	{ ENXIO, 550, N_("It is not a plain file.") },
	{ EOPNOTSUPP, 550, N_("The file system there cannot do that.") },
	{ EPERM, 550, N_("Permission denied.") },
	{ EROFS, 550, N_("This place is read-only.") },
	{ ETXTBSY, 450, N_("It is in use; try again later.") },
	{ EXDEV, 550, N_("It cannot be moved across file systems.") },
};

/* Whether EDQUOT is Ferry's and not the file system's. */
static bool
is_refused_lease(const struct session *s)
{
	return s->lease.limited && s->lease.refusal.status != LEASED_FREE;
}

/* 552 with figures, or 450, in a transfer 451, where it may soon be granted. */
static void
reply_to_refusal(struct session *s)
{
	const struct session_lease *l = &s->lease;
	const struct usage *limit = &l->refusal.limit, *used = &l->refusal.used;
	char has[AMOUNT_LEN], may[AMOUNT_LEN], more[AMOUNT_LEN];

	switch (l->refusal.status) {
	case LEASED_FULL:
		if (l->refused > 0)
			reply(s, 552, "%s of %s used, this needs %s more.",
			    amount_text(used->bytes, has), amount_text(limit->bytes, may),
			    amount_text(l->refused, more));
		else if (limit->files >= 0 && used->files >= limit->files)
			reply(s, 552, "%lld of %lld files used, there is no place for another.",
			    (long long)used->files, (long long)limit->files);
		else
			reply(s, 552, "%s of %s used, there is no room for more.",
			    amount_text(used->bytes, has), amount_text(limit->bytes, may));
		break;
	case LEASED_COUNTING:
		reply(s, s->transfer.running ? 451 : 450,
		    "Your files are being counted; try again in a moment.");
		break;
	default:
		reply(s, 451,
		    "Your quota cannot be looked at; the administrator finds the cause in the log.");
	}
}
void
reply_errno(struct session *s, int error, const char *what, const char *path)
{
	struct quote q;

	if (error == EDQUOT && is_refused_lease(s)) {
		reply_to_refusal(s);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].error == error) {
			reply_text(s, rows[i].code, rows[i].text);
			return;
		}
	}
	link_note(s, LOG_LV_ERROR, "%s %s: %s", what, path == NULL ? "" : quote(&q, path),
	    strerror(error));
	reply(s, 451, "Local error; the administrator finds it in the log.");
}
