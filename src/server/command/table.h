/* The one table of commands: FEAT, HELP, the 502s and every check before a handler are read off
 * it. */
#ifndef FERRY_SERVER_COMMAND_TABLE_H
#define FERRY_SERVER_COMMAND_TABLE_H

#include "server/command/command.h"

#include <stdbool.h>

/* Whether this server, as it is set up, has it. */
bool table_is_on(const struct session *s, const struct command *c);

/* The row of a verb in upper case, or NULL. */
const struct command *table_find(const char *verb);

void cmd_feat(struct session *s, char *arg);
void cmd_help(struct session *s, char *arg);

#endif
