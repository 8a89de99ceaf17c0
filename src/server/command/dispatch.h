/* From a line of the control connection to the command that it names. */
#ifndef FERRY_SERVER_COMMAND_DISPATCH_H
#define FERRY_SERVER_COMMAND_DISPATCH_H

#include "server/session/session.h"

/* Runs one line of the control connection, line being changed. */
void dispatch_run(struct session *s, char *line);

#endif
