/* How often logins of an address have failed lately.  A table of fixed size: an attacker with many
 * addresses makes it forget, never grow. */
#ifndef FERRY_SERVER_KEEPER_FAILURES_H
#define FERRY_SERVER_KEEPER_FAILURES_H

#include "base/sock.h"

#include <stdint.h>

#define FAILURES_SLOTS  1024
#define FAILURES_FORGET (15 * 60 * 1000)        /* milliseconds without a failure */

struct failures {
	struct {
		unsigned char key[SOCK_GROUP_LEN];
		unsigned count;
		int64_t last;
	} slot[FAILURES_SLOTS];
	uint64_t seed;                  /* nobody outside can choose what collides */
};

void failures_init(struct failures *f);

/* Counts one more of this address and returns its number, 1 for the first. */
unsigned failures_add(struct failures *f, const union sock_addr *peer, int64_t now);

/* How many are remembered. */
unsigned failures_get(const struct failures *f, const union sock_addr *peer, int64_t now);

#endif
