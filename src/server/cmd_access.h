/* Access control (RFC 959 section 4.1.1). */
#ifndef FERRY_SERVER_CMD_ACCESS_H
#define FERRY_SERVER_CMD_ACCESS_H

#include "server/session.h"

void cmd_user(struct session *s, char *arg);
void cmd_pass(struct session *s, char *arg);
void cmd_acct(struct session *s, char *arg);
void cmd_host(struct session *s, char *arg);
void cmd_rein(struct session *s, char *arg);
void cmd_quit(struct session *s, char *arg);

#endif
