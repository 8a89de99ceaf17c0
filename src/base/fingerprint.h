/* Fingerprints of certificates: their SHA-256 as hexadecimal digits, in pairs with colons
 * between. */
#ifndef FERRY_BASE_FINGERPRINT_H
#define FERRY_BASE_FINGERPRINT_H

#include <stdbool.h>

#define FINGERPRINT_LEN (32 * 3)        /* the NUL included */

/* Reads "SHA256:" or "sha256 Fingerprint=", which may be missing, and 64 hexadecimal digits, with
 * colons or without.  False: it is none, and what is in fingerprint_r means nothing. */
bool fingerprint_parse(const char *text, char fingerprint_r[FINGERPRINT_LEN]);

#endif
