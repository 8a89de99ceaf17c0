/* ~/.netrc: who to be on which machine. */
#ifndef FERRY_CLIENT_ENGINE_NETRC_H
#define FERRY_CLIENT_ENGINE_NETRC_H

#include <stdbool.h>
#include <stddef.h>

#define NETRC_VALUE_MAX 256     /* the NUL included */

struct netrc {
	bool has_login, has_password, has_account;
	char login[NETRC_VALUE_MAX];
	char password[NETRC_VALUE_MAX];
	char account[NETRC_VALUE_MAX];
};

enum netrc_status {
	NETRC_NONE,     /* nothing about this host */
	NETRC_FOUND,
	NETRC_SYNTAX    /* *line_r says where */
};

/* Looks for the first "machine HOST" entry, or "default", in text[len].  user: an entry with
 * another login does not count; NULL: any does.  Values may stand in double quotes, where \ takes
 * the next character as it is; '#' begins a comment where a keyword may stand; macdef and its lines
 * are skipped.  Call netrc_clear() after use. */
enum netrc_status netrc_find(const char *text, size_t len, const char *host, const char *user,
    struct netrc *n, unsigned *line_r);

/* Forgets the passwords for good. */
void netrc_clear(struct netrc *n);

#endif
