#include "server/listener/roster.h"

#include <stdlib.h>
#include <string.h>

bool
roster_add(struct roster *r, const struct roster_row *row)
{
	if (r->count == r->cap) {
		size_t cap = r->cap == 0 ? 64 : r->cap * 2;
		void *bigger = reallocarray(r->rows, cap, sizeof(r->rows[0]));

		if (bigger == NULL)
			return false;
		r->rows = bigger;
		r->cap = cap;
	}
	r->rows[r->count++] = *row;
	return true;
}

/* From the end: those that are looked for most are young, and the young are there. */
struct roster_row *
roster_find(struct roster *r, pid_t pid)
{
	for (size_t i = r->count; i > 0; i--)
		if (r->rows[i - 1].pid == pid)
			return &r->rows[i - 1];
	return NULL;
}

struct roster_row *
roster_numbered(struct roster *r, uint64_t number)
{
	for (size_t i = r->count; i > 0; i--)
		if (r->rows[i - 1].number == number)
			return &r->rows[i - 1];
	return NULL;
}

void
roster_remove(struct roster *r, struct roster_row *row)
{
	*row = r->rows[--r->count];
}

size_t
roster_of(const struct roster *r, const union sock_addr *peer)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += sock_addr_same_host(&r->rows[i].peer, peer);
	return n;
}

void
roster_free(struct roster *r)
{
	free(r->rows);
	memset(r, 0, sizeof(*r));
}
