/* What the server tells of itself (RFC 959 section 4.1.3, RFC 2389). */
#ifndef FERRY_SERVER_COMMAND_CMD_INFO_H
#define FERRY_SERVER_COMMAND_CMD_INFO_H

#include "server/session/session.h"

void cmd_syst(struct session *s, char *arg);
void cmd_stat(struct session *s, char *arg);
void cmd_noop(struct session *s, char *arg);
void cmd_opts(struct session *s, char *arg);
void cmd_clnt(struct session *s, char *arg);
void cmd_csid(struct session *s, char *arg);

#endif
