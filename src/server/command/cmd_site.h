/* SITE and what belongs to it (RFC 959 section 4.1.3). */
#ifndef FERRY_SERVER_COMMAND_CMD_SITE_H
#define FERRY_SERVER_COMMAND_CMD_SITE_H

#include "server/session/session.h"

void cmd_site(struct session *s, char *arg);

/* HELP SITE: the list, or with a word that command's form. */
void site_help(struct session *s, const char *word);

/* The lines of FEAT. */
void site_features(struct session *s);

#endif
