/* What must be right for ferryd to serve.  A start and ferryd -t run the same list, so that what
 * the one finds the other finds too, in the same words. */
#ifndef FERRY_SERVER_LISTENER_PREFLIGHT_H
#define FERRY_SERVER_LISTENER_PREFLIGHT_H

#include "conf/conf.h"
#include "server/listener/args.h"
#include "server/listener/certificate.h"
#include "server/listener/sockets.h"
#include "server/process/charsets.h"
#include "server/process/privilege.h"

#include <stdbool.h>

/* Found by the checks; a start goes on with it. */
struct preflight {
	const struct listener_args *args;
	const struct conf *conf;
	bool test;                      /* for ferryd -t, perhaps beside a server that runs */
	bool has_users;
	bool confined;
	struct sockets sockets;         /* from inetd, and for a test: none */
	struct certificate certificate;
	struct charsets charsets;
	struct privilege privilege;
};

/* Runs all checks, as the users that a start would use, and makes nothing that stays.  It confines
 * this process as the listener is confined, so only what a listener may do can come after it.
 * False after saying on the log all that is wrong, each with the key, or the file, and the cure.
 * In any case *p is to be freed. */
bool preflight_run(
    struct preflight *p, const struct listener_args *args, const struct conf *conf, bool test);

/* What the start has not taken out of *p. */
void preflight_free(struct preflight *p);

/* Loads what conf names.  sockets: that systemd has passed, or that are open.  False after saying
 * on the log all that is wrong; then *cert is what it was. */
bool preflight_certificate(struct certificate *cert, const struct listener_args *args,
    const struct sockets *sockets, const struct conf *conf);

/* The same for character sets, while the system's tables can be read: sessions have no file system
 * to read them from. */
bool preflight_charsets(struct charsets *charsets_r, const struct conf *conf);

#endif
