#include "server/keeper/failures.h"

#include <string.h>
#include <sys/random.h>

#define PROBES 8

void
failures_init(struct failures *f)
{
	memset(f, 0, sizeof(*f));
	/* Without entropy the seed stays 0: the table still counts. */
	(void)!getrandom(&f->seed, sizeof(f->seed), GRND_NONBLOCK);
}

static size_t
hash(const struct failures *f, const unsigned char key[SOCK_GROUP_LEN])
{
	uint64_t h = f->seed ^ 0xcbf29ce484222325U;

	for (size_t i = 0; i < SOCK_GROUP_LEN; i++)
		h = (h ^ key[i]) * 0x100000001b3U;
	return (size_t)(h ^ h >> 32);
}

/* The slot of key, or -1. */
static int
find(const struct failures *f, const unsigned char key[SOCK_GROUP_LEN], int64_t now)
{
	size_t start = hash(f, key);

	for (size_t i = 0; i < PROBES; i++) {
		size_t at = (start + i) % FAILURES_SLOTS;

		if (f->slot[at].count > 0 && now - f->slot[at].last < FAILURES_FORGET &&
		    memcmp(f->slot[at].key, key, SOCK_GROUP_LEN) == 0)
			return (int)at;
	}
	return -1;
}

unsigned
failures_get(const struct failures *f, const union sock_addr *peer, int64_t now)
{
	unsigned char key[SOCK_GROUP_LEN];
	int at;

	sock_addr_group(peer, key);
	at = find(f, key, now);
	return at == -1 ? 0 : f->slot[at].count;
}

unsigned
failures_add(struct failures *f, const union sock_addr *peer, int64_t now)
{
	unsigned char key[SOCK_GROUP_LEN];
	size_t start, oldest;
	int at;

	sock_addr_group(peer, key);
	at = find(f, key, now);
	if (at == -1) {
		start = hash(f, key);
		oldest = start % FAILURES_SLOTS;
		for (size_t i = 1; i < PROBES; i++) {
			size_t other = (start + i) % FAILURES_SLOTS;

			if (f->slot[other].last < f->slot[oldest].last)
				oldest = other;
		}
		at = (int)oldest;
		memcpy(f->slot[at].key, key, SOCK_GROUP_LEN);
		f->slot[at].count = 0;
	}
	f->slot[at].last = now;
	if (f->slot[at].count < UINT32_MAX)
		f->slot[at].count++;
	return f->slot[at].count;
}
