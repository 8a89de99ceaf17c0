/* How ferryd was called. */
#ifndef FERRY_SERVER_LISTENER_ARGS_H
#define FERRY_SERVER_LISTENER_ARGS_H

#include "conf/conf.h"
#include "server/listener/sockets.h"

#include <stdbool.h>
#include <stddef.h>

/* What SIGHUP reads again. */
struct listener_args {
	const char *conf_path;          /* NULL: the default */
	struct conf_options options;
	bool inetd;                     /* standard input is the one connection to serve */
	bool no_stderr;                 /* so is standard error: syslog is what it is otherwise */
	bool ftps;                      /* whose client begins with TLS */
	/* listening sockets from systemd, see notify_listen_fds() */
	size_t passed;
	bool passed_tls[SOCKETS_MAX];   /* clients begin with TLS there */
	int resume;                     /* -1, or the file of a struct handover_listener */
};

#endif
