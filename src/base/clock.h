/* Time that only moves forward, for deadlines; and the one on the wall. */
#ifndef FERRY_BASE_CLOCK_H
#define FERRY_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_NEVER INT64_MAX   /* a deadline that does not come */

/* Milliseconds since some fixed moment; 1 or more. */
int64_t clock_ms(void);

/* The second that it is, to the point: time(2) may lag behind what a file that was made just now
 * says. */
time_t clock_wall(void);

/* What poll(2) wants for a deadline: -1 for CLOCK_NEVER, 0 for one that is past, else what is left,
 * rounded up and bounded to an int. */
int clock_poll_timeout(int64_t deadline);

#endif
