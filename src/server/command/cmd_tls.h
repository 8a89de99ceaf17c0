/* AUTH, PBSZ, PROT and their like (RFC 2228, RFC 4217). */
#ifndef FERRY_SERVER_COMMAND_CMD_TLS_H
#define FERRY_SERVER_COMMAND_CMD_TLS_H

#include "server/session/session.h"

void cmd_adat(struct session *s, char *arg);
void cmd_auth(struct session *s, char *arg);
void cmd_ccc(struct session *s, char *arg);
void cmd_pbsz(struct session *s, char *arg);
void cmd_prot(struct session *s, char *arg);

/* MIC, CONF and ENC: protection of single commands, which TLS has no use for. */
void cmd_protected(struct session *s, char *arg);

/* Sends the 234, and starts TLS and the session anew.  protect: as after PROT P. */
void tls_begin(struct session *s, bool protect);

#endif
