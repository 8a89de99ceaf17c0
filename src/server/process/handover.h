/* State that crosses execve(2): the keeper and the listener execute ferryd anew, each for an
 * address layout of its own, and find in a sealed memory file what they go on with. */
#ifndef FERRY_SERVER_PROCESS_HANDOVER_H
#define FERRY_SERVER_PROCESS_HANDOVER_H

#include "conf/conf.h"
#include "server/process/privilege.h"
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

/* A sealed memory file that holds both pieces (the second may be empty).  -1 with errno. */
int handover_write(const void *first, size_t first_len, const void *second, size_t second_len);

/* Whether fd is such a file, and not what somebody called ferryd with. */
bool handover_is_file(int fd);

/* Reads exactly len bytes at offset.  False when the file does not hold them. */
bool handover_read(int fd, size_t offset, void *bytes, size_t len);

/* Executes this very program (opened at the start by handover_program()).  keep names the
 * descriptors that stay open; -1 among them is passed over.  Returns only on failure, with
 * errno. */
void handover_exec(int program, char *const argv[], const int *keep, size_t nkeep);

/* A descriptor on this program's file, so that it can be executed after it was replaced on disk or
 * out of a root without /proc.  -1 with errno. */
int handover_program(void);

#endif
