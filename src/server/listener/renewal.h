/* A listener that executes itself: what it goes on with. */
#ifndef FERRY_SERVER_LISTENER_RENEWAL_H
#define FERRY_SERVER_LISTENER_RENEWAL_H

#include "conf/conf.h"
#include "server/listener/certificate.h"
#include "server/listener/roster.h"
#include "server/listener/sockets.h"
#include "server/process/privilege.h"
#include "server/process/repeats.h"
#include "server/process/walls.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How often the listener has executed itself in the minute that began then. */
struct renewals {
	int64_t since;
	unsigned count;
};

/* What it starts with, in a sealed memory file (handover.h); behind it there stand nsessions of
 * struct roster_row. */
struct handover_listener {
	struct conf conf;
	/* users and the empty directory: nothing that may be gone is looked for */
	struct privilege privilege;
	struct sockets sockets;
	struct certificate certificate; /* but for its tls, which is made anew of what was kept */
	int own_stderr;
	struct walls walls;
	struct renewals renewals;
	struct repeats away, ended;     /* lines that were left out */
	int keeper_chan;
	pid_t keeper_pid;
	struct store_keeper keeper;
	uint64_t keeper_first;
	bool reaped;
	uint64_t next_number;
	size_t nsessions;
};

#endif
