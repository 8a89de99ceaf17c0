/* Files that come (RFC 959 section 4.1.3). */
#ifndef FERRY_SERVER_COMMAND_CMD_STORE_H
#define FERRY_SERVER_COMMAND_CMD_STORE_H

#include "server/session/session.h"

void cmd_stor(struct session *s, char *arg);
void cmd_stou(struct session *s, char *arg);
void cmd_appe(struct session *s, char *arg);

#endif
