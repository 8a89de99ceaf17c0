/* Amounts of bytes, for people; num_parse_size() reads them. */
#ifndef FERRY_BASE_AMOUNT_H
#define FERRY_BASE_AMOUNT_H

#include "base/sb.h"

#include <stdint.h>

#define AMOUNT_LEN 32

/* Adds "999 B", "1.5 KiB", "230 MiB": never more than there is, in at most nine characters. */
void amount_put(struct sb *out, uint64_t bytes);

/* The same as a text of its own, text_r; below zero: "0 B". */
const char *amount_text(int64_t bytes, char text_r[AMOUNT_LEN]);

/* The word behind an exact number of them: "byte" or "bytes". */
const char *amount_word(uint64_t bytes);

#endif
