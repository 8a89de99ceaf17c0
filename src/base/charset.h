/* A character set other than UTF-8, by iconv(3).  It is opened while the system's tables are still
 * to be had, and converts later where there is no file system any more. */
#ifndef FERRY_BASE_CHARSET_H
#define FERRY_BASE_CHARSET_H

#include "base/sb.h"

struct charset;

/* NULL with the reason, a line for a person, in *why_r.  Refused is what this system does not know,
 * and what does not have ASCII in the place of ASCII: commands and paths could not be read in
 * it. */
struct charset *charset_open(const char *name, const char **why_r);
void charset_close(struct charset **c);        /* NULL is fine; leaves NULL */

/* text, which is in the character set, as UTF-8.  False with errno: EILSEQ when it is not in it,
 * E2BIG when it does not fit utf8_r[cap]. */
bool charset_decode(const struct charset *c, const char *text, char *utf8_r, size_t cap);

/* Adds text, which is in UTF-8 or ought to be; what the character set does not have becomes '?'. */
void charset_encode(const struct charset *c, const char *text, struct sb *out);

#endif
