/* ferryctl reload and status: the server itself, found by its pid-file. */
#ifndef FERRY_CTL_SERVICE_H
#define FERRY_CTL_SERVICE_H

#include "ctl/ctl.h"

/* Checks the configuration as the server would, by ferryd -t, and makes the server read it
 * again. */
int service_reload(const struct ctl *ctl);

/* Says whether the server runs, and if so since when, where it listens and how many sessions it
 * has.  Returns what the LSB has for that: 0, it runs; 3, it does not; 4, that cannot be known. */
int service_status(const struct ctl *ctl);

#endif
