/* Dates of the protocol: time-val (RFC 3659 section 2.3) and the column of a listing. */
#ifndef FERRY_FTP_TIME_H
#define FERRY_FTP_TIME_H

#include "base/sb.h"

#include <stdbool.h>
#include <time.h>

/* "YYYYMMDDHHMMSS" with an optional ".fff", UTC, every field within its bounds (29 February only in
 * a leap year; second 60 counts as the next minute's first).  Exactly len bytes of text are
 * read. */
bool time_parse_val(const char *text, size_t len, time_t *time_r);

/* The same with the seconds left out as well: "YYYYMMDDHHMM[SS]" (SITE UTIME). */
bool time_parse_minutes(const char *text, size_t len, time_t *time_r);

/* The same as time_parse_val(), of a clock that many minutes ahead of UTC: "YYYYMMDDHHMMSS+120"
 * (the old form of MDTM that sets a time); without a sign and minutes it is UTC. */
bool time_parse_zoned(const char *text, size_t len, time_t *time_r);

/* Adds "YYYYMMDDHHMMSS", UTC; a year outside 0..9999 is taken as the nearest. */
void time_put_val(struct sb *out, time_t t);

/* Twelve characters, UTC: "Mmm dd hh:mm" for the last 182 days, else "Mmm dd  yyyy". */
void time_put_list(struct sb *out, time_t t, time_t now);

#endif
