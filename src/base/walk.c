#include "base/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK        (64 * 1024)
#define DIRENT_LEAST 24         /* bytes of the shortest struct dirent64 that getdents64(2) gives */

/* A name and what it is sorted by. */
struct item {
	int64_t key;
	uint32_t fraction;
	uint32_t at;            /* of its type and name in the names */
};

/* One directory. */
struct reader {
	struct walk *w;
	int dir;
	char *block;            /* [BLOCK], as getdents64(2) fills it */
	size_t len;
	bool all;               /* no more blocks follow */
	bool began;
	bool stopped;           /* by pause() */
};

/* ---- blocks ---- */

/* The next block, as full as it gets; none, as the last, when pause() wants it so.  False with
 * errno. */
static bool
read_block(struct reader *r)
{
	r->len = 0;
	r->all = r->stopped =
	    r->stopped || (r->began && r->w->pause != NULL && !r->w->pause(r->w->ctx));
	if (r->stopped)
		return true;
	r->began = true;
	while (BLOCK - r->len >= sizeof(struct dirent64)) {
		ssize_t n = getdents64(r->dir, r->block + r->len, BLOCK - r->len);

		/* A directory that was deleted while someone stands in it has no names. */
		if (n == -1 && errno != ENOENT)
			return false;
		if (n <= 0) {
			r->all = true;
			break;
		}
		r->len += (size_t)n;
	}
	return true;
}

static bool
rewind_blocks(struct reader *r)
{
	return lseek(r->dir, 0, SEEK_SET) != -1;
}

static const struct dirent64 *
entry_at(const struct reader *r, size_t at)
{
	return (const struct dirent64 *)(const void *)(r->block + at);
}

/* ---- the order of names, of one block ---- */

static int
compare_names(const void *a, const void *b)
{
	const struct dirent64 *const *x = a, *const *y = b;

	return strcmp((*x)->d_name, (*y)->d_name);
}

static bool
give_block_sorted(struct reader *r)
{
	const struct dirent64 **names = malloc((r->len / DIRENT_LEAST + 1) * sizeof(names[0]));
	bool more = true;
	size_t count = 0;

	if (names == NULL)
		return false;
	for (size_t at = 0; at < r->len; at += entry_at(r, at)->d_reclen)
		names[count++] = entry_at(r, at);
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count && more; i++)
		more = r->w->each(r->w->ctx, names[i]->d_name, names[i]->d_type);
	free(names);
	return true;
}

/* ---- other orders ---- */

/* How many names there are, and the bytes they take; beyond what there is room for it is not
 * counted on.  False with errno. */
static bool
measure(struct reader *r, size_t *count_r, size_t *names_r)
{
	*count_r = *names_r = 0;
	do {
		if (!read_block(r))
			return false;
		for (size_t at = 0; at < r->len; at += entry_at(r, at)->d_reclen) {
			*count_r += 1;
			*names_r += strlen(entry_at(r, at)->d_name) + 2;
		}
	} while (!r->all && *count_r * sizeof(struct item) + *names_r <= r->w->room);
	return true;
}

/* Names, each behind its type, and what they are sorted by. */
struct sorting {
	struct item *items;
	char *names;
	size_t count, count_max, len, len_max;
};

static void
take_item(struct reader *r, struct sorting *s, const struct dirent64 *e)
{
	size_t len = strlen(e->d_name) + 2;
	struct item *item = &s->items[s->count];
	struct stat st = { .st_size = 0 };

	/* What has come since it was measured is left out; what has gone is not there to be listed.
	 * What cannot be looked at is there, and counts as the oldest and smallest. */
	if (s->count == s->count_max || s->len_max - s->len < len ||
	    (r->w->order != WALK_BY_NAME &&
	        fstatat(r->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT))
		return;
	item->key = r->w->order == WALK_BY_TIME ? st.st_mtim.tv_sec
	    : r->w->order == WALK_BY_SIZE       ? st.st_size
						: 0;
	item->fraction = r->w->order == WALK_BY_TIME ? (uint32_t)st.st_mtim.tv_nsec : 0;
	item->at = (uint32_t)s->len;
	s->names[s->len] = (char)e->d_type;
	memcpy(s->names + s->len + 1, e->d_name, len - 1);
	s->len += len;
	s->count++;
}

static int
compare_items(const void *a, const void *b, void *names)
{
	const struct item *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	if (x->fraction != y->fraction)
		return x->fraction > y->fraction ? -1 : 1;
	return strcmp((const char *)names + x->at + 1, (const char *)names + y->at + 1);
}

/* False with errno. */
static bool
fill(struct reader *r, struct sorting *s)
{
	do {
		if (!read_block(r))
			return false;
		for (size_t at = 0; at < r->len; at += entry_at(r, at)->d_reclen)
			take_item(r, s, entry_at(r, at));
	} while (!r->all);
	return true;
}

static bool
give_sorted(struct reader *r, size_t count, size_t names_len)
{
	struct sorting s = { .count_max = count, .len_max = names_len };
	bool ok = false, more = true;
	size_t taken = count * sizeof(s.items[0]) + names_len;

	s.items = malloc(count * sizeof(s.items[0]) + 1);
	s.names = malloc(names_len + 1);
	r->w->room -= taken;
	if (s.items != NULL && s.names != NULL && rewind_blocks(r) && fill(r, &s)) {
		ok = true;
		qsort_r(s.items, s.count, sizeof(s.items[0]), compare_items, s.names);
		for (size_t i = 0; i < s.count && more; i++) {
			const char *name =
			    s.names + s.items[r->w->reverse ? s.count - 1 - i : i].at;

			more = r->w->each(r->w->ctx, name + 1, (unsigned char)*name);
		}
	}
	r->w->room += taken;
	free(s.items);
	free(s.names);
	return ok;
}

/* ---- the walk ---- */

static bool
give_unsorted(struct reader *r)
{
	bool more = true;

	for (;;) {
		for (size_t at = 0; at < r->len && more; at += entry_at(r, at)->d_reclen)
			more =
			    r->w->each(r->w->ctx, entry_at(r, at)->d_name, entry_at(r, at)->d_type);
		if (r->all || !more)
			return true;
		if (!read_block(r))
			return false;
	}
}

static bool
walk_blocks(struct reader *r)
{
	bool plain = r->w->order == WALK_BY_NAME && !r->w->reverse;
	size_t count, names;

	if (!plain) {
		if (!measure(r, &count, &names))
			return false;
		if (count * sizeof(struct item) + names <= r->w->room)
			return give_sorted(r, count, names);
		r->w->unsorted = true;
		if (!rewind_blocks(r))
			return false;
	}
	if (!read_block(r))
		return false;
	return plain && r->all ? give_block_sorted(r) : give_unsorted(r);
}

bool
walk_directory(struct walk *w, int dir)
{
	struct reader r = { .w = w, .dir = dir, .block = malloc(BLOCK) };
	bool ok = r.block != NULL && rewind_blocks(&r) && walk_blocks(&r);
	int saved = errno;

	free(r.block);
	errno = saved;
	return ok;
}
