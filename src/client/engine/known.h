/* The file of what is remembered of servers: a line for each host and port, "HOST PORT
 * SHA256:AA:BB..." for a certificate that a person has confirmed, "HOST PORT TLS" for one that had
 * TLS, whoever vouched for it. */
#ifndef FERRY_CLIENT_ENGINE_KNOWN_H
#define FERRY_CLIENT_ENGINE_KNOWN_H

#include "base/fingerprint.h"
#include "client/engine/fail.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* ferry/known_hosts in XDG_CONFIG_HOME, else in ~/.config.  False: there is no place for it. */
bool known_path(char path[PATH_MAX]);

enum known {
	KNOWN_NOTHING,          /* also when there is no such file */
	KNOWN_TLS,
	KNOWN_CERTIFICATE       /* fingerprint_r is filled, and *line_r says where */
};

/* What is known of the host, as enum known; -1 with *f for a file that cannot be read, or with a
 * line that is none. */
int known_find(const char *path, const char *host, uint16_t port,
    char fingerprint_r[FINGERPRINT_LEN], unsigned *line_r, struct fail *f);

/* Adds a line; fingerprint NULL: that it has TLS.  Makes the file and its directories where they
 * are missing, for the user alone. */
int known_add(
    const char *path, const char *host, uint16_t port, const char *fingerprint, struct fail *f);

#endif
