/* Why something did not work: a kind for programs, words for people. */
#ifndef FERRY_CLIENT_ENGINE_FAIL_H
#define FERRY_CLIENT_ENGINE_FAIL_H

#include <stdbool.h>

enum fail_kind {
	FAIL_NONE,
	FAIL_MEMORY,
	FAIL_USAGE,             /* asked for what cannot be */
	FAIL_CONNECT,           /* no such host, or nobody answers there */
	FAIL_PROTOCOL,          /* the server does not greet, or does not speak FTP */
	FAIL_LOGIN,
	FAIL_REFUSED,           /* the server said no */
	FAIL_LOCAL,             /* a file on this side */
	FAIL_BROKEN,            /* begun and not ended well */
	FAIL_TIMEOUT,
	/* no TLS where it must be, or with one who has not proven who it is */
	FAIL_TLS,
	FAIL_INTERRUPTED
};

struct fail {
	enum fail_kind kind;
	int code;               /* of the server's reply, or 0 */
	char text[1024];        /* without control characters, never a password */
};

/* Fills *f and returns -1; what does not fit the text is cut off. */
int fail_set(struct fail *f, enum fail_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a reply's code. */
int fail_reply(struct fail *f, enum fail_kind kind, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Fills *f for a wait that ended badly, errno being EINTR (told to stop), ETIMEDOUT (kind is
 * FAIL_TIMEOUT then) or anything else (kind as given). */
int fail_errno(struct fail *f, enum fail_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What a question to a person came to, rc and errno being terminal_ask()'s: 0, or fills *f and
 * returns -1. */
int fail_asking(int rc, struct fail *f);

#endif
