/* Names in the file system (RFC 959 section 4.1.3, RFC 3659). */
#ifndef FERRY_SERVER_COMMAND_CMD_PATH_H
#define FERRY_SERVER_COMMAND_CMD_PATH_H

#include "server/session/session.h"

void cmd_cwd(struct session *s, char *arg);
void cmd_cdup(struct session *s, char *arg);
void cmd_pwd(struct session *s, char *arg);
void cmd_mkd(struct session *s, char *arg);
void cmd_rmd(struct session *s, char *arg);
void cmd_dele(struct session *s, char *arg);
void cmd_rnfr(struct session *s, char *arg);
void cmd_rnto(struct session *s, char *arg);
void cmd_size(struct session *s, char *arg);

#endif
