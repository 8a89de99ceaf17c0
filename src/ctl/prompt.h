/* Secrets and questions, from a terminal or from standard input. */
#ifndef FERRY_CTL_PROMPT_H
#define FERRY_CTL_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_SECRET_MAX 512   /* the NUL included */

/* A secret: asked twice without echo on a terminal, else one line of standard input.  what:
 * "Password for alice".  False after saying on standard error what was wrong. */
bool prompt_secret(const char *what, char secret_r[PROMPT_SECRET_MAX]);

/* A question that only "y" or "yes" answers with yes.  False, too, where there is no terminal to
 * ask on. */
bool prompt_yes(const char *question);

#endif
