#include "store/password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *prefix, *method;
} methods[] = {
	{ "$y$", "yescrypt" },
	{ "$gy$", "gost-yescrypt" },
	{ "$7$", "scrypt" },
	{ "$2a$", "bcrypt" },
	{ "$2b$", "bcrypt" },
	{ "$2x$", "bcrypt" },
	{ "$2y$", "bcrypt" },
	{ "$6$", "sha512crypt" },
	{ "$5$", "sha256crypt" },
	{ "$sha1$", "sha1crypt" },
	{ "$md5", "sunmd5" },
	{ "$1$", "md5crypt" },
	{ "$3$", "nt" },
	{ "_", "bsdicrypt" },
};

/* The letters of crypt(5)'s base64. */
static const char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The traditional form has no prefix: thirteen letters, or a multiple of eleven and two (bigcrypt). */
static bool
is_traditional(const char *hash)
{
	size_t len = strlen(hash);

	return len >= 13 && (len - 2) % 11 == 0 && strspn(hash, letters) == len;
}

const char *
password_method(const char *hash)
{
	if (!password_is_hash(hash))
		return "none";
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strncmp(hash, methods[i].prefix, strlen(methods[i].prefix)) == 0)
			return methods[i].method;
	return "descrypt";
}

/* libcrypt's work area; tens of kilobytes, too much for a thread's stack to hold for long. */
static bool
run_crypt(const char *password, const char *setting, char *hash_r, size_t cap)
{
	struct crypt_data *work = calloc(1, sizeof(*work));
	const char *hash;
	bool ok = false;

	if (work == NULL)
		return false;
	hash = crypt_rn(password, setting, work, (int)sizeof(*work));
	if (hash != NULL && hash[0] != '*' && strlen(hash) < cap) {
		memcpy(hash_r, hash, strlen(hash) + 1);
		ok = true;
	}
	explicit_bzero(work, sizeof(*work));
	free(work);
	return ok;
}

bool
password_hash(const char *password, char hash_r[ACCOUNT_HASH_MAX])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	return crypt_gensalt_rn(NULL, 0, NULL, 0, setting, (int)sizeof(setting)) != NULL &&
	    run_crypt(password, setting, hash_r, ACCOUNT_HASH_MAX);
}

bool
password_is_hash(const char *hash)
{
	char made[ACCOUNT_HASH_MAX];
	int known;

	if (hash[0] == '\0' || hash[0] == '!' || hash[0] == '*' || strlen(hash) >= ACCOUNT_HASH_MAX)
		return false;
	if (hash[0] != '$' && hash[0] != '_' && !is_traditional(hash))
		return false;
	known = crypt_checksalt(hash);
	if (known == CRYPT_SALT_INVALID || known == CRYPT_SALT_METHOD_DISABLED)
		return false;
	/* A setting without a hash behind it, or with a part of one, is no password at all: what libcrypt
	 * makes of it is longer. */
	return run_crypt("", hash, made, sizeof(made)) && strlen(made) == strlen(hash);
}

/* In a time that does not tell where they differ. */
static bool
equal(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned char differ = la != lb;

	for (size_t i = 0; i < la && i < lb; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

bool
password_verify(const char *password, const char *hash)
{
	char made[ACCOUNT_HASH_MAX];
	bool match;

	if (hash[0] == '\0' || hash[0] == '!' || hash[0] == '*')
		return false;
	if (hash[0] != '$' && hash[0] != '_' && !is_traditional(hash))
		return false;
	match = run_crypt(password, hash, made, sizeof(made)) && equal(made, hash);
	explicit_bzero(made, sizeof(made));
	return match;
}
