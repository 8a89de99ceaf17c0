/* An account as the store keeps it and as the keeper hands it on. */
#ifndef FERRY_STORE_ACCOUNT_H
#define FERRY_STORE_ACCOUNT_H

#include "base/fingerprint.h"
#include "base/usage.h"
#include "ftp/name.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ACCOUNT_HASH_MAX 384    /* CRYPT_OUTPUT_SIZE of libxcrypt */

struct account {
	int64_t id;
	char name[NAME_ACCOUNT_MAX + 1];
	char hash[ACCOUNT_HASH_MAX];    /* crypt(5); what cannot be one never matches */
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX];
	bool enabled;
	char charset[NAME_CHARSET_MAX + 1];     /* of its old clients; empty: none */
	char certificate[FINGERPRINT_LEN];  /* of the client that needs no password; empty: none */
	/* the most it may have; USAGE_UNLIMITED in either: no limit */
	struct usage quota;
};

/* Whether what it has is counted and limited. */
static inline bool
account_is_limited(const struct account *a)
{
	return a->quota.bytes >= 0 || a->quota.files >= 0;
}

#endif
