/* The values of keys: from text, into struct conf, kind by kind. */
#ifndef FERRY_CONF_VALUE_H
#define FERRY_CONF_VALUE_H

#include "base/sb.h"
#include "conf/conf.h"
#include "conf/keys.h"

#include <stdbool.h>

/* Takes the text for the key's field; of a list, as one more item or several.  False when it is no
 * such value. */
bool value_set(struct conf *c, const struct key *key, const char *text);

/* Whether several values may come, each of which is added. */
bool value_is_list(enum kind kind);

/* Empties a list. */
void value_clear(struct conf *c, const struct key *key);

/* What would have been right, for people. */
void value_put_expected(struct sb *out, const struct key *key);

#endif
