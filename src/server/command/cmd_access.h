/* Access control (RFC 959 section 4.1.1). */
#ifndef FERRY_SERVER_COMMAND_CMD_ACCESS_H
#define FERRY_SERVER_COMMAND_CMD_ACCESS_H

#include "server/session/session.h"

void cmd_user(struct session *s, char *arg);
void cmd_pass(struct session *s, char *arg);
void cmd_acct(struct session *s, char *arg);
void cmd_host(struct session *s, char *arg);
void cmd_rein(struct session *s, char *arg);
void cmd_quit(struct session *s, char *arg);

/* A session that has entered a home cannot leave it: the connection goes back to the listener, for
 * a fresh session, whose first words are the reply. */
void access_give_back(struct session *s, enum ipc_revive_how how);

/* Forgets what USER, TYPE, REST and all the others set (RFC 959 section 4.1.1, REIN). */
void access_reset(struct session *s);

#endif
