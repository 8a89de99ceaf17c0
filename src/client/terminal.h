/* Questions to the person at the terminal, whatever standard input and output are. */
#ifndef FERRY_CLIENT_TERMINAL_H
#define FERRY_CLIENT_TERMINAL_H

#include "base/sb.h"
#include "client/fail.h"

#include <stdbool.h>
#include <stddef.h>

/* The terminal, to be closed by close(2); -1: there is none. */
int terminal_open(void);

/* Asks, and reads one line into text[cap], without its end; what is typed is shown when echo is true.  -1 with *f:
 * FAIL_USAGE when it is longer, FAIL_LOGIN when the terminal has nothing more to say. */
int terminal_ask(int tty, const struct sb *question, bool echo, int interrupt_fd, char *text, size_t cap,
    struct fail *f);

#endif
