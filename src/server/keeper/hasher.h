/* Threads that verify passwords, so that no slow hash holds up the keeper's loop. */
#ifndef FERRY_SERVER_KEEPER_HASHER_H
#define FERRY_SERVER_KEEPER_HASHER_H

#include "server/process/ipc.h"
#include "store/account.h"

#include <stdbool.h>
#include <stddef.h>

#define HASHER_QUEUE 256        /* jobs that may wait; more are refused */

struct hasher;

struct hasher_job {
	void *owner;                            /* the caller's; comes back untouched */
	char password[IPC_PASSWORD_MAX];        /* wiped when the job is done */
	char hash[ACCOUNT_HASH_MAX];            /* wiped then, too */
	bool match;                             /* the answer */
};

/* Starts so many threads.  NULL with errno. */
struct hasher *hasher_start(unsigned threads);

/* Readable (poll) when hasher_result() has something. */
int hasher_fd(const struct hasher *h);

/* Takes the job over.  False when the queue is full: the job stays the caller's. */
bool hasher_submit(struct hasher *h, struct hasher_job *job);

/* A job that is done, now the caller's to free; NULL when there is none. */
struct hasher_job *hasher_result(struct hasher *h);

#endif
