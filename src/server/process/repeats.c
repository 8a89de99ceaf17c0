#include "server/process/repeats.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

void
repeats_init(struct repeats *r, unsigned most)
{
	memset(r, 0, sizeof(*r));
	r->most = most;
}

static bool
is_over(int64_t since, int64_t now)
{
	return now - since >= REPEATS_MS;
}

/* The row of that group, else a free one, or NULL.  Nobody is put out for another: it would be told
 * of with a line, and who has addresses enough could cause those without bound. */
static struct repeats_row *
find(struct repeats *r, const unsigned char group[SOCK_GROUP_LEN], int64_t now)
{
	struct repeats_row *unused = NULL;

	for (size_t i = 0; i < REPEATS_ROWS; i++) {
		struct repeats_row *row = &r->row[i];

		if (row->told > 0 && row->left_out == 0 && is_over(row->since, now))
			row->told = 0;
		if (row->told > 0 && memcmp(row->group, group, SOCK_GROUP_LEN) == 0)
			return row;
		if (row->told == 0 && unused == NULL)
			unused = row;
	}
	return unused;
}

bool
repeats_add(struct repeats *r, const union sock_addr *peer, int64_t now)
{
	unsigned char group[SOCK_GROUP_LEN];
	struct repeats_row *row;

	sock_addr_group(peer, group);
	row = find(r, group, now);
	if (row == NULL) {
		if (r->others.left_out++ == 0)
			r->others.since = now;
		return false;
	}
	if (row->told == 0) {
		memcpy(row->group, group, SOCK_GROUP_LEN);
		(void)sock_addr_text(peer, row->peer);
		row->left_out = 0;
		row->since = now;
	}
	if (row->told < r->most) {
		row->told++;
		return true;
	}
	if (row->left_out++ == 0)
		r->waiting++;
	return false;
}

bool
repeats_due(struct repeats *r, int64_t now, struct repeats_sum *sum_r)
{
	for (size_t i = 0; i < REPEATS_ROWS && r->waiting > 0; i++) {
		struct repeats_row *row = &r->row[i];

		if (row->told == 0 || row->left_out == 0 || !is_over(row->since, now))
			continue;
		*sum_r = (struct repeats_sum){ .left_out = row->left_out };
		memcpy(sum_r->peer, row->peer, sizeof(sum_r->peer));
		row->left_out = 0;
		r->waiting--;
		row->since = now;
		row->told = 1;          /* the line with the number is one of the minute's */
		return true;
	}
	if (r->others.left_out == 0 || !is_over(r->others.since, now))
		return false;
	*sum_r = (struct repeats_sum){ .left_out = r->others.left_out, .others = true };
	r->others.left_out = 0;
	return true;
}

int64_t
repeats_next(const struct repeats *r)
{
	int64_t next = r->others.left_out > 0 ? r->others.since + REPEATS_MS : CLOCK_NEVER;

	for (size_t i = 0; i < REPEATS_ROWS && r->waiting > 0; i++) {
		const struct repeats_row *row = &r->row[i];

		if (row->told > 0 && row->left_out > 0 && row->since + REPEATS_MS < next)
			next = row->since + REPEATS_MS;
	}
	return next;
}

void
repeats_log(struct repeats *r, int64_t now, const char *what)
{
	struct repeats_sum sum;

	while (repeats_due(r, now, &sum)) {
		if (sum.others)
			log_warning("%s: %llu more, of other addresses", what,
			    (unsigned long long)sum.left_out);
		else
			log_warning("%s peer=%s: %llu more", what, sum.peer,
			    (unsigned long long)sum.left_out);
	}
}
