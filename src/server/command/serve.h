/* A session from the greeting to its end: the loop. */
#ifndef FERRY_SERVER_COMMAND_SERVE_H
#define FERRY_SERVER_COMMAND_SERVE_H

#include "server/session/session.h"

#include <stdnoreturn.h>

/* Speaks on SESSION_CONTROL and SESSION_CHAN until the end, which is the process's. */
noreturn void serve_run(const struct session_env *env);

/* The same with a struct session of the caller's, all zeros; returns at the end. */
void serve_session(struct session *s, const struct session_env *env);

#endif
