#include "store/password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

/* What crypt(5) says of each method: how its hashes begin, and how many letters they end with after
 * the last '$' (or, for those with no '$' there, how long they are). */
static const struct {
	const char *prefix, *method;
	bool whole;
	size_t length;
} methods[] = {
	{ "$y$", "yescrypt", false, 43 },
	{ "$gy$", "gost-yescrypt", false, 43 },
	{ "$7$", "scrypt", false, 43 },
	{ "$2a$", "bcrypt", true, 60 },
	{ "$2b$", "bcrypt", true, 60 },
	{ "$2x$", "bcrypt", true, 60 },
	{ "$2y$", "bcrypt", true, 60 },
	{ "$6$", "sha512crypt", false, 86 },
	{ "$5$", "sha256crypt", false, 43 },
	{ "$sha1$", "sha1crypt", false, 28 },
	{ "$md5", "sunmd5", false, 22 },
	{ "$1$", "md5crypt", false, 22 },
	{ "$3$", "nt", false, 32 },
	{ "_", "bsdicrypt", true, 20 },
};

/* The letters of crypt(5)'s base64. */
static const char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The traditional form has no prefix: thirteen letters, or a multiple of eleven and two
 * (bigcrypt). */
static bool
is_traditional(const char *hash)
{
	size_t len = strlen(hash);

	return len >= 13 && (len - 2) % 11 == 0 && strspn(hash, letters) == len;
}

/* Whether libcrypt, as it is here, takes the hash's method and letters.  It says so of a setting
 * alone, too, so that a hash that is cut short passes: hence the lengths above. */
static bool
is_known(const char *hash)
{
	int verdict = crypt_checksalt(hash);

	return verdict != CRYPT_SALT_INVALID && verdict != CRYPT_SALT_METHOD_DISABLED;
}

const char *
password_method(const char *hash)
{
	const char *last = strrchr(hash, '$');
	size_t len = strlen(hash);

	if (len >= ACCOUNT_HASH_MAX || !is_known(hash))
		return "none";
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strncmp(hash, methods[i].prefix, strlen(methods[i].prefix)) != 0)
			continue;
		if (!methods[i].whole)
			len = last == NULL ? 0 : strlen(last + 1);
		return len == methods[i].length ? methods[i].method : "none";
	}
	return is_traditional(hash) ? "descrypt" : "none";
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
	char made[ACCOUNT_HASH_MAX], probe[ACCOUNT_HASH_MAX] = "";

	if (strcmp(password_method(hash), "none") == 0)
		return false;
	/* bigcrypt has eleven letters for each eight of the password. */
	if (is_traditional(hash))
		memset(probe, 'x', (strlen(hash) - 2) / 11 * 8);
	/* What libcrypt makes of a hash that is none, for all that it has the form, is of another
	 * length. */
	return run_crypt(probe, hash, made, sizeof(made)) && strlen(made) == strlen(hash);
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

	/* libcrypt takes a setting alone for a hash.  The time must not tell which accounts are
	 * locked. */
	if (strcmp(password_method(hash), "none") == 0) {
		(void)password_hash(password, made);
		explicit_bzero(made, sizeof(made));
		return false;
	}
	match = run_crypt(password, hash, made, sizeof(made)) && equal(made, hash);
	explicit_bzero(made, sizeof(made));
	return match;
}
