/* The keeper: accounts, passwords and the transfer log, for all sessions of one listener.  It runs
 * as a user of its own, without the network. */
#ifndef FERRY_SERVER_KEEPER_KEEPER_H
#define FERRY_SERVER_KEEPER_KEEPER_H

#include "server/process/handover.h"

/* Runs until the listener and all sessions are gone; returns the exit status.  On failure to start
 * it says on the log why; the listener sees its channel close. */
int keeper_run(const struct handover_keeper *start);

#endif
