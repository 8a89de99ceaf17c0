/* ferryctl quota ...: what accounts may have and have. */
#ifndef FERRY_CTL_QUOTA_H
#define FERRY_CTL_QUOTA_H

#include "ctl/ctl.h"
#include "store/account.h"

#include <jansson.h>

int quota_show(const struct ctl *ctl);
int quota_set(const struct ctl *ctl);
int quota_recount(const struct ctl *ctl);

/* Takes over --quota and --quota-files where they are given.  False after saying what is wrong. */
bool quota_choose(const struct ctl *ctl, struct usage *quota);

#define QUOTA_TEXT_LEN 32

/* A limit for people, "none" for none, and for JSON, null then. */
const char *quota_limit_text(int64_t limit, char text_r[QUOTA_TEXT_LEN]);
json_t *quota_limit_json(int64_t limit);

#endif
