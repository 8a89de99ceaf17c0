/* Numbers from text: the whole text or nothing, never a sign, a blank or trailing junk. */
#ifndef FERRY_BASE_NUM_H
#define FERRY_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits and nothing else, 0..max.  False, and *value_r untouched, for anything else. */
bool num_parse(const char *text, uint64_t max, uint64_t *value_r);

/* The same in octal (file modes). */
bool num_parse_octal(const char *text, uint64_t max, uint64_t *value_r);

/* The same, for the first len bytes of text (no NUL needed). */
bool num_parse_len(const char *text, size_t len, uint64_t max, uint64_t *value_r);

/* "90", "90s", "5m", "2h", "1d" to milliseconds; max in milliseconds as well. */
bool num_parse_duration(const char *text, uint64_t max_ms, uint64_t *ms_r);

/* "1000", "64K", "10M", "2G", "1T" (powers of 1024) to bytes. */
bool num_parse_size(const char *text, uint64_t max, uint64_t *bytes_r);

#endif
