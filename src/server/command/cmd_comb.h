/* COMB: several files become one. */
#ifndef FERRY_SERVER_COMMAND_CMD_COMB_H
#define FERRY_SERVER_COMMAND_CMD_COMB_H

#include "server/session/session.h"

void cmd_comb(struct session *s, char *arg);

#endif
