/* Listings (RFC 959 section 4.1.3, RFC 3659 section 7). */
#ifndef FERRY_SERVER_COMMAND_CMD_LIST_H
#define FERRY_SERVER_COMMAND_CMD_LIST_H

#include "server/session/session.h"

void cmd_list(struct session *s, char *arg);
void cmd_nlst(struct session *s, char *arg);
void cmd_mlsd(struct session *s, char *arg);
void cmd_mlst(struct session *s, char *arg);

/* STAT with a path: the listing of LIST on the control connection. */
void list_on_control(struct session *s, char *arg);

#endif
