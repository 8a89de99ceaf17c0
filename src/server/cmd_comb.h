/* COMB: several files become one. */
#ifndef FERRY_SERVER_CMD_COMB_H
#define FERRY_SERVER_CMD_COMB_H

#include "server/session.h"

void cmd_comb(struct session *s, char *arg);

#endif
