/* The configuration's file and the options of the command line: each fault is one line for people,
 * and none ends the reading. */
#ifndef FERRY_CONF_READ_H
#define FERRY_CONF_READ_H

#include "conf/conf.h"
#include "conf/keys.h"

#include <stdbool.h>
#include <stdio.h>

struct read_context {
	struct conf *c;
	const char *path;       /* of the file */
	FILE *errors;
	bool failed;            /* there was a fault */
};

/* Without must_exist no file is an empty one. */
void read_file(struct read_context *x, bool must_exist);

void read_options(struct read_context *x, const struct conf_options *options);

/* A fault: the text is no value of the key.  where: the place of it. */
void read_fault(struct read_context *x, const char *where, const struct key *key, const char *text);

#endif
