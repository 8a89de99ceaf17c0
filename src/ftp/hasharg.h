/* Arguments of the commands that hash (protocol drafts and vendors' habits), and of RANG.  Each
 * function changes the text it is given and points into it. */
#ifndef FERRY_FTP_HASHARG_H
#define FERRY_FTP_HASHARG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hex digits of a SHA-256. */
#define HASHARG_SHA256_LEN 64

enum hasharg_kind {
	HASHARG_WHOLE,          /* a path, quoted; the whole file */
	HASHARG_RANGE,          /* a path, and where to begin and to end */
	HASHARG_BAD             /* a path, and something behind it that says no range */
};

struct hasharg {
	enum hasharg_kind kind;
	char *path;
	/* HASHARG_RANGE: the first byte, and the first behind the last; start <= end */
	uint64_t start, end;
};

/* Reads the argument of XCRC, XMD5, XSHA and the like as more than a bare path:
 *
 *     "path"   "path" start end   "path";start;end   "path", start, end
 *     path start end   path;start;end
 *
 * A quote inside quotes is doubled.  Behind the closing quote, blanks, commas and semicolons
 * divide; without quotes, one blank or one semicolon does.
 *
 * Vendors do not agree on the numbers.  Here both count from 0 and the end is behind the last byte,
 * as most do, so that "0 SIZE" is the whole file.  One number alone is HASHARG_BAD: some read it as
 * the end, some as the start, and a hash of the wrong bytes looks to the client like a broken file.
 *
 * False when the argument can only be a bare path.  A file whose name is the whole argument comes
 * first, whatever this says: the caller looks for that one before. */
bool hasharg_parse(char *arg, struct hasharg *out);

/* Reads "start end" of RANG (draft-bryan-ftp-range): both from 0, the end included.  "1 0" asks for
 * no range: *set_r false.  False for anything else. */
bool hasharg_parse_rang(char *arg, bool *set_r, uint64_t *start_r, uint64_t *end_r);

/* Reads "offset sha256 path" of SITE RESUME; the digits come back in small letters,
 * NUL-terminated. */
bool hasharg_parse_resume(char *arg, uint64_t *offset_r, char **sha256_r, char **path_r);

#endif
