/* SITE MKDIR, RMDIR and SYMLINK. */
#ifndef FERRY_SERVER_COMMAND_CMD_SITE_TREE_H
#define FERRY_SERVER_COMMAND_CMD_SITE_TREE_H

#include "server/session/session.h"

void site_mkdir(struct session *s, char *arg);
void site_rmdir(struct session *s, char *arg);
void site_symlink(struct session *s, char *arg);

#endif
