/* Digests of bytes, as they come. */
#ifndef FERRY_BASE_DIGEST_H
#define FERRY_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1, DIGEST_MD5, DIGEST_CRC32, NDIGESTS };

/* Hex digits of the longest one, and the NUL. */
#define DIGEST_HEX_MAX 129

struct digest;

/* Makes libcrypto ready, without its configuration file, so that digest_start() needs no file and
 * hardly any memory in this process and in those that are forked from it.  False when it lacks one
 * of the kinds. */
bool digest_init(void);

/* "SHA-256", "SHA-512", "SHA-1", "MD5" or "CRC32", as IANA's registry of hash functions and the
 * draft of HASH name them. */
const char *digest_name(enum digest_kind kind);

/* The kind of that name, in any case.  False when there is none. */
bool digest_find(const char *name, enum digest_kind *kind_r);

/* A digest of no bytes yet; NULL without memory, or where this libcrypto forbids the kind. */
struct digest *digest_start(enum digest_kind kind);

/* Another one that has seen the same bytes; NULL without memory. */
struct digest *digest_copy(const struct digest *d);

void digest_add(struct digest *d, const void *bytes, size_t len);

/* Writes the digest in small hex digits, frees *d and makes it NULL.  False when libcrypto
 * failed. */
bool digest_end(struct digest **d, char hex_r[DIGEST_HEX_MAX]);

/* Takes NULL, and leaves NULL. */
void digest_free(struct digest **d);

#endif
