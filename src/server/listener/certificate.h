/* The listener's certificates: loaded before a session needs them, and again when their files
 * change.  Sessions that run keep what they began with. */
#ifndef FERRY_SERVER_LISTENER_CERTIFICATE_H
#define FERRY_SERVER_LISTENER_CERTIFICATE_H

#include "base/tls.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

/* A certificate and a key each, and the authorities of clients'. */
#define CERTIFICATE_FILES (2 * CONF_CERTIFICATES_MAX + 1)

struct certificate {
	struct tls_context *tls;        /* NULL: there is no TLS */
	struct stat seen[CERTIFICATE_FILES];            /* when they were last looked at */
	/* sealed memory files of what they held then; -1: none */
	int kept[CERTIFICATE_FILES];
	char hosts[CONF_HOSTS_MAX][CONF_TEXT_MAX];      /* host-names */
	int64_t look_again;             /* not before */
};

void certificate_init(struct certificate *cert);

/* Loads what the configuration names, in place of what was there; nothing where it names nothing.
 * False, with a line for people in error_r, and what was there stays. */
bool certificate_load(
    struct certificate *cert, const struct conf *c, char *error_r, size_t error_len);

/* For a listener that has executed itself: loads what was kept, whatever has become of the files,
 * expired or not.  False with a line for people in error_r; there is no TLS then until
 * certificate_refresh() finds the files good. */
bool certificate_resume(
    struct certificate *cert, const struct conf *c, char *error_r, size_t error_len);

/* Loads them again where a file has changed; looks at them once a second at most.  What is wrong
 * with them is logged, once, and what was there stays. */
void certificate_refresh(struct certificate *cert, const struct conf *c);

/* For people: a line for each certificate with fingerprint and days left, and one that says who
 * does the records. */
void certificate_describe(const struct certificate *cert, const struct conf *c, FILE *out);

void certificate_free(struct certificate *cert);

#endif
