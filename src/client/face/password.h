/* Who to log in as, and with what: the address, FERRY_PASSWORD, ~/.netrc, the terminal, in this
 * order. */
#ifndef FERRY_CLIENT_FACE_PASSWORD_H
#define FERRY_CLIENT_FACE_PASSWORD_H

#include "client/engine/fail.h"
#include "client/engine/netrc.h"
#include "ftp/url.h"

#include <stdbool.h>
#include <stddef.h>

struct password {
	const struct url *url;          /* borrowed */
	int interrupt_fd;
	struct netrc netrc;
};

/* Reads what there is, without asking anybody yet.  A ~/.netrc that is needed and holds a password
 * for this host, but may be read by others, is FAIL_LOCAL with the command that cures it. */
int password_find(struct password *p, const struct url *url, int interrupt_fd, struct fail *f);

/* What people should know about where the password comes from, or NULL. */
const char *password_warning(const struct password *p);

/* The user's name; "anonymous" when nothing says another. */
const char *password_user(const struct password *p);

/* Whether there is nothing secret about the login. */
bool password_is_anonymous(const struct password *p);

/* For struct login; arg is the struct password.  The terminal is asked, without echo, when nothing
 * else knows. */
int password_get(void *arg, char *text, size_t cap, struct fail *f);
int password_account(void *arg, char *text, size_t cap, struct fail *f);

void password_clear(struct password *p);

#endif
