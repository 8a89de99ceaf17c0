/* What /proc shows of other processes. */
#ifndef FERRY_BASE_PROCESS_H
#define FERRY_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCESS_NAME_LEN 32

/* Its name, with nothing in it that a terminal would act on.  False when it has gone. */
bool process_name(pid_t pid, char name_r[PROCESS_NAME_LEN]);

/* Whether it is a ferryd that runs, and no keeper or session of one. */
bool process_is_listener(pid_t pid);

/* How many children it has whose command line begins with that. */
size_t process_count_children(pid_t pid, const char *beginning);

#endif
