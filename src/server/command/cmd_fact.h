/* Times and modes of files, and the room for more (RFC 3659 section 3, draft-somers-ftp-mfxx). */
#ifndef FERRY_SERVER_COMMAND_CMD_FACT_H
#define FERRY_SERVER_COMMAND_CMD_FACT_H

#include "server/session/session.h"

void cmd_mdtm(struct session *s, char *arg);
void cmd_mfct(struct session *s, char *arg);
void cmd_mff(struct session *s, char *arg);
void cmd_mfmt(struct session *s, char *arg);

#endif
