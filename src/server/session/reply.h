/* Replies (RFC 959 section 4.2), in the language that LANG chose: the formats here are looked up in
 * the tables of lang.h, what is put into them is not.  They are gathered and sent before the
 * session next waits, so that what answers several commands at once is one packet.  Each returns
 * nothing: a reply that cannot be sent shows in the session's next wait. */
#ifndef FERRY_SERVER_SESSION_REPLY_H
#define FERRY_SERVER_SESSION_REPLY_H

#include "base/sb.h"
#include "server/session/session.h"

/* "code text": a reply of one line, or the last of several. */
void reply(struct session *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same of a text that a table has, marked there by N_(). */
void reply_text(struct session *s, int code, const char *text);

/* "code-text": the first of several. */
void reply_first(struct session *s, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A line in between; it starts with a blank, so that no text can look like an end. */
void reply_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The one place where an errno becomes a reply.  what names the action for the log, not for the
 * client. path: what it was done to, or NULL. */
void reply_errno(struct session *s, int error, const char *what, const char *path);

/* 257 with the path quoted (RFC 959 appendix II), and text behind it. */
void reply_path(struct session *s, const char *path, const char *text);

#endif
