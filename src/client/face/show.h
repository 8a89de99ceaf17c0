/* Text of strangers on a terminal: nothing in it may steer the terminal or mislead the eye. */
#ifndef FERRY_CLIENT_FACE_SHOW_H
#define FERRY_CLIENT_FACE_SHOW_H

#include "base/sb.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Adds text, with control characters, marks that turn the direction of writing and bytes that are
 * no character of the locale as \xHH.  Returns how many columns it takes. */
size_t show_text(struct sb *out, const char *text);

/* How many columns that would be. */
size_t show_columns(const char *text);

/* The same in at most columns columns; a longer text ends with "..". */
size_t show_cut(struct sb *out, const char *text, size_t columns);

/* Writes text, however long, in that form. */
void show_print(FILE *out, const char *text);

/* Adds "0:07", "12:34", "1:02:03"; what is 100 hours and more is "long". */
void show_duration(struct sb *out, uint64_t seconds);

#endif
