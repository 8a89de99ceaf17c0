/* SITE IDLE, UMASK and WHO: the session itself, and the account's others. */
#ifndef FERRY_SERVER_COMMAND_CMD_SITE_SESSION_H
#define FERRY_SERVER_COMMAND_CMD_SITE_SESSION_H

#include "server/session/session.h"

void site_idle(struct session *s, char *arg);
void site_umask(struct session *s, char *arg);
void site_who(struct session *s, char *arg);

#endif
