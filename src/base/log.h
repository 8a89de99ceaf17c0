/* One log for a process: a file, standard error or syslog.  A line is one write(2), so lines of
 * several processes never mix; control characters are escaped, so that no text can forge a line. */
#ifndef FERRY_BASE_LOG_H
#define FERRY_BASE_LOG_H

#include <stdarg.h>

enum log_level { LOG_LV_ERROR, LOG_LV_WARNING, LOG_LV_INFO, LOG_LV_DEBUG };

/* Says where lines go from now on.  fd: written to, borrowed; -1: syslog (facility ftp).  Standard
 * error at INFO until the first call.  The log is the one thing a process has once, so its state is
 * log.c's own. */
void log_to(int fd, enum log_level level);

/* For who has started the program by hand and reads it at once: to standard error, without time and
 * process. */
void log_plainly(void);

/* Lines below the set level cost nothing.  The text is escaped: controls, and what is no UTF-8, as
 * \xHH.  A stranger's text comes quoted, see quote.h. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_vline(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
