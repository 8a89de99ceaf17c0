/* ALLO, AVBL, SITE QUOTA: how much there is room for. */
#ifndef FERRY_SERVER_COMMAND_CMD_QUOTA_H
#define FERRY_SERVER_COMMAND_CMD_QUOTA_H

#include "server/session/session.h"

void cmd_allo(struct session *s, char *arg);
void cmd_avbl(struct session *s, char *arg);
void site_quota(struct session *s, char *arg);

#endif
