/* Where ferryd's lines go, by its configuration. */
#ifndef FERRY_SERVER_PROCESS_LOGS_H
#define FERRY_SERVER_PROCESS_LOGS_H

#include "conf/conf.h"

#include <stdbool.h>

/* A log file, for appending, or a device such as /dev/null: made with mode 0640, never through a
 * symbolic link.  -1 after saying why. */
int logs_open(const char *path);

/* Whether the logs of the configuration can be opened, or made, as far as that can be told without
 * making them.  False after saying of each why not. */
bool logs_check(const struct conf *c);

/* The same, by making them. */
bool logs_try(const struct conf *c);

/* Puts the configured log into standard error's place, where every process of ferryd writes it, or
 * goes over to syslog.  own: a copy of standard error as it was when ferryd was started; it stays
 * the caller's.  False after saying why the file cannot be opened; the log then stays what it
 * was. */
bool logs_start(const struct conf *c, int own);

/* Takes level and kind from c; standard error is what it should be already. */
void logs_use(const struct conf *c);

/* Where standard error is a client's connection, and no place for words of ours: syslog instead. */
void logs_avoid_stderr(struct conf *c);

/* load_conf() for a process whose standard error nobody reads: each fault is an error in the
 * log. */
bool logs_load_conf(const char *path, const struct conf_options *options, struct conf *c);

#endif
