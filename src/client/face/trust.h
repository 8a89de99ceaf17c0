/* Whether a server's certificate is to be trusted: by --pin, by what was remembered, by an
 * authority, by the person at the terminal.  Never silently. */
#ifndef FERRY_CLIENT_FACE_TRUST_H
#define FERRY_CLIENT_FACE_TRUST_H

#include "base/tls.h"
#include "client/engine/fail.h"

#include <stdbool.h>
#include <stdint.h>

struct trust {
	bool has_pin;
	char pin[FINGERPRINT_LEN];
	int interrupt_fd;
};

/* As struct conn_options has it; arg is the struct trust. */
int trust_judge(void *arg, const char *host, uint16_t port, const struct tls_peer *certificate,
    const char *problem, struct fail *f);

/* 1: the host has had TLS before, as was remembered; 0; -1 with *f. */
int trust_is_known(const char *host, uint16_t port, struct fail *f);

#endif
