#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

struct digest {
	EVP_MD_CTX *evp;        /* NULL: CRC32 */
	unsigned long crc;
	bool failed;
};

static const struct {
	const char *name;
	const EVP_MD *(*evp)(void);
} kinds[NDIGESTS] = {
	[DIGEST_SHA256] = { "SHA-256", EVP_sha256 },
	[DIGEST_SHA512] = { "SHA-512", EVP_sha512 },
	[DIGEST_SHA1] = { "SHA-1", EVP_sha1 },
	[DIGEST_MD5] = { "MD5", EVP_md5 },
	[DIGEST_CRC32] = { "CRC32", NULL },
};

bool
digest_init(void)
{
	bool ok = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;

	/* What is used once, libcrypto keeps. */
	for (int i = 0; ok && i < NDIGESTS; i++) {
		struct digest *d = digest_start((enum digest_kind)i);

		ok = d != NULL;
		digest_free(&d);
	}
	return ok;
}

const char *
digest_name(enum digest_kind kind)
{
	return kinds[kind].name;
}

bool
digest_find(const char *name, enum digest_kind *kind_r)
{
	for (int i = 0; i < NDIGESTS; i++) {
		if (strcasecmp(kinds[i].name, name) == 0) {
			*kind_r = (enum digest_kind)i;
			return true;
		}
	}
	return false;
}

struct digest *
digest_start(enum digest_kind kind)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (d == NULL || kinds[kind].evp == NULL)
		return d;
	d->evp = EVP_MD_CTX_new();
	if (d->evp == NULL || EVP_DigestInit_ex(d->evp, kinds[kind].evp(), NULL) != 1)
		digest_free(&d);
	return d;
}

struct digest *
digest_copy(const struct digest *d)
{
	struct digest *copy = calloc(1, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	copy->crc = d->crc;
	copy->failed = d->failed;
	if (d->evp == NULL)
		return copy;
	copy->evp = EVP_MD_CTX_new();
	if (copy->evp == NULL || EVP_MD_CTX_copy_ex(copy->evp, d->evp) != 1)
		digest_free(&copy);
	return copy;
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (d->evp == NULL)
		d->crc = crc32_z(d->crc, bytes, len);
	else if (EVP_DigestUpdate(d->evp, bytes, len) != 1)
		d->failed = true;
}

bool
digest_end(struct digest **d, char hex_r[DIGEST_HEX_MAX])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok = !(*d)->failed;

	if ((*d)->evp == NULL)
		snprintf(hex_r, DIGEST_HEX_MAX, "%08lx", (*d)->crc);
	else
		ok = ok && EVP_DigestFinal_ex((*d)->evp, bytes, &len) == 1;
	for (unsigned i = 0; ok && i < len; i++)
		snprintf(hex_r + (size_t)2 * i, 3, "%02x", bytes[i]);
	digest_free(d);
	return ok;
}

void
digest_free(struct digest **d)
{
	if (*d != NULL)
		EVP_MD_CTX_free((*d)->evp);
	free(*d);
	*d = NULL;
}
