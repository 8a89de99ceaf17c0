/* The configuration as a whole: defaults, the file, the command line, in this order. */
#ifndef FERRY_CONF_LOAD_H
#define FERRY_CONF_LOAD_H

#include "conf/conf.h"

#include <stdbool.h>
#include <stdio.h>

/* Fills *c: the defaults (for root, or for an ordinary user), then the file, then the options.
 * path NULL means FERRY_CONFIG_FILE if that exists.  False, after writing to errors one line for
 * each fault, as "FILE:LINE: KEY: what was wrong; what was expected". */
bool load_conf(struct conf *c, const char *path, const struct conf_options *options, FILE *errors);

/* The keys with kind, default and one line of help each, for ferryd --help-config and the tests. */
void load_print_keys(FILE *out);

#endif
