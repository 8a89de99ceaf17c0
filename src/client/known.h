/* The file of remembered certificates: a line for each host and port, "HOST PORT SHA256:AA:BB...". */
#ifndef FERRY_CLIENT_KNOWN_H
#define FERRY_CLIENT_KNOWN_H

#include "base/fingerprint.h"
#include "client/fail.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* ferry/known_hosts in XDG_CONFIG_HOME, else in ~/.config.  False: there is no place for it. */
bool known_path(char path[PATH_MAX]);

/* 1: the host's is in fingerprint_r, and *line_r says where; 0: nothing is known of it, also when there is no such file.
 * -1 with *f for a file that cannot be read, or with a line that is none. */
int known_find(const char *path, const char *host, uint16_t port, char fingerprint_r[FINGERPRINT_LEN],
    unsigned *line_r, struct fail *f);

/* Adds a line, and makes the file and its directories where they are missing, for the user alone. */
int known_add(const char *path, const char *host, uint16_t port, const char *fingerprint, struct fail *f);

#endif
