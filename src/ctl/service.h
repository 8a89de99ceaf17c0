/* ferryctl reload: the server itself, found by its pid-file. */
#ifndef FERRY_CTL_SERVICE_H
#define FERRY_CTL_SERVICE_H

#include "ctl/ctl.h"

/* Checks the configuration as the server would, by ferryd -t, and makes the server read it again. */
int service_reload(const struct ctl *ctl);

#endif
