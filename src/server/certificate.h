/* The listener's certificate: loaded before a session needs it, and again when its files change.  Sessions that
 * run keep what they began with. */
#ifndef FERRY_SERVER_CERTIFICATE_H
#define FERRY_SERVER_CERTIFICATE_H

#include "base/tls.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct certificate {
	struct tls_context *tls;        /* NULL: there is no TLS */
	struct stat seen[2];            /* its files, when they were last looked at */
	int64_t look_again;             /* not before */
};

/* Loads what the configuration names, in place of what was there; nothing where it names nothing.  False,
 * with a line for people in error_r, and what was there stays. */
bool certificate_load(struct certificate *cert, const struct conf *c, char *error_r, size_t error_len);

/* Loads it again where its files have changed; looks at them once a second at most.  What is wrong with them
 * is logged, once, and what was there stays. */
void certificate_refresh(struct certificate *cert, const struct conf *c);

/* One line for people: fingerprint, days left, and who does the records. */
void certificate_describe(const struct certificate *cert, const struct conf *c, char *text_r, size_t len);

void certificate_free(struct certificate *cert);

#endif
