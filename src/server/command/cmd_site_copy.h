/* SITE CPFR, CPTO and COPY: copies inside the home. */
#ifndef FERRY_SERVER_COMMAND_CMD_SITE_COPY_H
#define FERRY_SERVER_COMMAND_CMD_SITE_COPY_H

#include "server/session/session.h"

void site_cpfr(struct session *s, char *arg);
void site_cpto(struct session *s, char *arg);
void site_copy(struct session *s, char *arg);

#endif
