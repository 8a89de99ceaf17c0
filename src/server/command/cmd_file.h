/* Files that go (RFC 959 section 4.1.3). */
#ifndef FERRY_SERVER_COMMAND_CMD_FILE_H
#define FERRY_SERVER_COMMAND_CMD_FILE_H

#include "server/session/session.h"

void cmd_retr(struct session *s, char *arg);

#endif
