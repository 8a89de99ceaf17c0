/* From a host's name to a session: connecting, greeting, TLS, login, and what the server can do. */
#ifndef FERRY_CLIENT_ENGINE_LOGIN_H
#define FERRY_CLIENT_ENGINE_LOGIN_H

#include "client/engine/conn.h"

#include <stddef.h>
#include <stdint.h>

/* Asked for when the server wants it; fills text[cap].  Returns -1 with *f when there is none. */
struct login {
	const char *user;
	int (*password)(void *arg, char *text, size_t cap, struct fail *f);
	int (*account)(void *arg, char *text, size_t cap, struct fail *f);
	void *arg;
};

/* Tries each address of the host until one connects, reads its greeting, and begins TLS as the
 * options want it. */
int login_open(struct conn *c, const char *host, uint16_t port, struct fail *f);

/* USER, PASS and ACCT as far as the server asks; then FEAT, and OPTS UTF8 where it is listed; TLS
 * for data. */
int login_as(struct conn *c, const struct login *login, struct fail *f);

#endif
