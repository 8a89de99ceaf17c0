/* Questions to a person at a terminal, and lines of secrets from anywhere. */
#ifndef FERRY_BASE_TERMINAL_H
#define FERRY_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The person's own terminal, whatever standard input and output are; to be closed by close(2).  -1:
 * there is none. */
int terminal_open(void);

/* Reads one line from fd into line_r[cap], without its end, and nothing behind it.  0, or -1 with
 * errno and line_r wiped: ENODATA at the end of input, EMSGSIZE for one that does not fit, EILSEQ
 * for one with a NUL. */
int terminal_read_line(int fd, char *line_r, size_t cap);

/* Asks, and reads one line in the same way; what is typed is shown when echo is true.  EINTR, too:
 * the terminal's interrupt key was typed, for which the caller does what a signal would, or
 * interrupt_fd (-1: none) is readable.  However it ends, the terminal is as it was. */
int terminal_ask(int tty, const char *question, bool echo, int interrupt_fd, char *line_r,
    size_t cap);

#endif
