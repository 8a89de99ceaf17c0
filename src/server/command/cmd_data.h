/* Parameters of transfers (RFC 959 section 4.1.2, RFC 2428). */
#ifndef FERRY_SERVER_COMMAND_CMD_DATA_H
#define FERRY_SERVER_COMMAND_CMD_DATA_H

#include "server/session/session.h"

void cmd_type(struct session *s, char *arg);
void cmd_stru(struct session *s, char *arg);
void cmd_mode(struct session *s, char *arg);
void cmd_rest(struct session *s, char *arg);
void cmd_port(struct session *s, char *arg);
void cmd_pasv(struct session *s, char *arg);
void cmd_eprt(struct session *s, char *arg);
void cmd_epsv(struct session *s, char *arg);
void cmd_abor(struct session *s, char *arg);

#endif
