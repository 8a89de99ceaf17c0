/* SITE and what belongs to it (RFC 959 section 4.1.3). */
#ifndef FERRY_SERVER_CMD_SITE_H
#define FERRY_SERVER_CMD_SITE_H

#include "server/session.h"

void cmd_site(struct session *s, char *arg);

/* HELP SITE: its lines between the first and the last, or one line of help of a word.  False: no such word. */
void site_help(struct session *s);
bool site_help_word(struct session *s, const char *word);

#endif
