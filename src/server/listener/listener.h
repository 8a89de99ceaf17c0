/* The listener: accepts, counts, forks, reaps.  It may do everything, so it reads nothing that
 * comes from the network. */
#ifndef FERRY_SERVER_LISTENER_LISTENER_H
#define FERRY_SERVER_LISTENER_LISTENER_H

#include "conf/conf.h"
#include "server/listener/args.h"

/* Runs until told to end, or, from inetd, until its connection ends.  Returns the exit status. */
int listener_run(const struct listener_args *args, const struct conf *c);

#endif
