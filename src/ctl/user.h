/* ferryctl user ...: the accounts. */
#ifndef FERRY_CTL_USER_H
#define FERRY_CTL_USER_H

#include "ctl/ctl.h"

int user_add(const struct ctl *ctl);
int user_set(const struct ctl *ctl);
int user_passwd(const struct ctl *ctl);
int user_del(const struct ctl *ctl);
int user_list(const struct ctl *ctl);
int user_show(const struct ctl *ctl);

#endif
