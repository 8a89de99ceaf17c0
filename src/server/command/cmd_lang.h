/* LANG (RFC 2640 section 4). */
#ifndef FERRY_SERVER_COMMAND_CMD_LANG_H
#define FERRY_SERVER_COMMAND_CMD_LANG_H

#include "server/session/session.h"

void cmd_lang(struct session *s, char *arg);

#endif
