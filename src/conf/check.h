/* What no key alone can tell. */
#ifndef FERRY_CONF_CHECK_H
#define FERRY_CONF_CHECK_H

#include "conf/read.h"

/* Each fault is a line, and x->failed then. */
void check_together(struct read_context *x);

#endif
