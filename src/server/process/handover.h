/* State that crosses execve(2): the keeper and the listener execute ferryd anew, each for an address
 * layout of its own, and find in a sealed memory file what they go on with. */
#ifndef FERRY_SERVER_PROCESS_HANDOVER_H
#define FERRY_SERVER_PROCESS_HANDOVER_H

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
#include <sys/types.h>

/* What the keeper starts with.  Descriptors are inherited under these numbers; -1: none. */
struct handover_keeper {
	struct conf conf;
	struct privilege privilege;
	int chan;               /* to the listener */
	int transfer_log;       /* the log itself is standard error, or syslog */
	struct store_keeper before;     /* the keeper that this one follows; lock -1: none */
};

/* How often the listener has executed itself in the minute that began then. */
struct renewals {
	int64_t since;
	unsigned count;
};

/* What a listener that executes itself starts with; behind it in the file stand nsessions of
 * struct roster_row. */
struct handover_listener {
	struct conf conf;
	struct privilege privilege;     /* users and the empty directory: nothing that may be gone is looked for */
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

/* A sealed memory file that holds both pieces (the second may be empty).  -1 with errno. */
int handover_write(const void *first, size_t first_len, const void *second, size_t second_len);

/* Whether fd is such a file, and not what somebody called ferryd with. */
bool handover_is_file(int fd);

/* Reads exactly len bytes at offset.  False when the file does not hold them. */
bool handover_read(int fd, size_t offset, void *bytes, size_t len);

/* Executes this very program (opened at the start by handover_program()).  keep names the descriptors
 * that stay open; -1 among them is passed over.  Returns only on failure, with errno. */
void handover_exec(int program, char *const argv[], const int *keep, size_t nkeep);

/* A descriptor on this program's file, so that it can be executed after it was replaced on disk or out
 * of a root without /proc.  -1 with errno. */
int handover_program(void);

#endif
