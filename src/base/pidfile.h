/* The file that holds the process id of a server that runs. */
#ifndef FERRY_BASE_PIDFILE_H
#define FERRY_BASE_PIDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum pidfile_state {
	PIDFILE_NONE,   /* there is no such file */
	PIDFILE_STALE,  /* the process that it names has gone, or is none of ours */
	PIDFILE_LIVE,   /* *pid_r is a ferryd that runs */
	PIDFILE_BAD     /* it is no file of ours: a line for a person is in error_r */
};

/* Only a plain file that root or this user wrote is believed, and never one behind a symbolic
 * link. */
enum pidfile_state pidfile_read(const char *path, pid_t *pid_r, char *error_r, size_t error_len);

/* Whether pidfile_write() could; writes nothing.  False with a line for a person in error_r. */
bool pidfile_can_write(const char *path, char *error_r, size_t error_len);

/* Puts this process's id there, in the place of what is there, at once and never through a link:
 * readers see the old file or the whole new one.  False with a line for a person in error_r. */
bool pidfile_write(const char *path, char *error_r, size_t error_len);

/* Removes it if it names this process. */
void pidfile_remove(const char *path);

#endif
