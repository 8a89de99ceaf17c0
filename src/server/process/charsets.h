/* The character sets of old clients that accounts may have. */
#ifndef FERRY_SERVER_PROCESS_CHARSETS_H
#define FERRY_SERVER_PROCESS_CHARSETS_H

#include "base/charset.h"
#include "conf/conf.h"

/* Those of conf.client_charsets, in its order.  The listener opens them, and each session has them
 * in its memory. */
struct charsets {
	struct charset *sets[CONF_CHARSETS_MAX];
	char names[CONF_CHARSETS_MAX][CONF_TEXT_MAX];
};

/* False with a line for a person in error_r, and nothing left open. */
bool charsets_open(struct charsets *all, const struct conf *c, char *error_r, size_t error_len);
void charsets_close(struct charsets *all);

/* The one of that name, in either case, or NULL. */
const struct charset *charsets_find(const struct charsets *all, const char *name);

#endif
