/* Passwords and their crypt(5) hashes, by libcrypt.  Any thread may call these. */
#ifndef FERRY_STORE_PASSWORD_H
#define FERRY_STORE_PASSWORD_H

#include "store/account.h"

#include <stdbool.h>

/* A hash by libcrypt's preferred method, with a fresh salt.  False with errno. */
bool password_hash(const char *password, char hash_r[ACCOUNT_HASH_MAX]);

/* Whether the password is the one that was hashed.  What is no hash (empty, locked with '!' or '*',
 * cut short, of a method that libcrypt does not know) never matches, and takes as long as a fresh
 * hash. */
bool password_verify(const char *password, const char *hash);

/* Whether password_verify() could ever say yes to this hash. */
bool password_is_hash(const char *hash);

/* The name of the hash's method ("yescrypt", "sha512crypt", ...), "none" for what has not the form
 * of a hash.  It computes nothing, so that a list of many accounts is quick. */
const char *password_method(const char *hash);

#endif
