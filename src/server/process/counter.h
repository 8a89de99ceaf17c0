/* A process that counts what an account's files have: confined as a session of that account is, and
 * with nobody to talk to but the keeper. */
#ifndef FERRY_SERVER_PROCESS_COUNTER_H
#define FERRY_SERVER_PROCESS_COUNTER_H

#include "server/process/privilege.h"

#include <stdnoreturn.h>

/* Waits on SESSION_CHAN for the account that the keeper grants, enters its home, counts, says how
 * much, and ends. */
noreturn void counter_run(const struct privilege *privilege);

#endif
