#include "client/face/ls.h"

#include "base/amount.h"
#include "base/sb.h"
#include "client/engine/list.h"
#include "client/face/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	struct mlst m;
	char *name;             /* the item's own, m.name is the same */
};

struct items {
	struct item *items;
	size_t n, cap;
};

static int
keep(void *arg, const struct mlst *m, struct fail *f)
{
	struct items *all = arg;
	struct item *more;
	char *name;

	if (all->n == all->cap) {
		size_t cap = all->cap == 0 ? 64 : all->cap * 2;

		more = realloc(all->items, cap * sizeof(*more));
		if (more == NULL)
			return fail_set(f, FAIL_MEMORY, "out of memory");
		all->items = more;
		all->cap = cap;
	}
	name = strdup(m->name);
	if (name == NULL)
		return fail_set(f, FAIL_MEMORY, "out of memory");
	all->items[all->n] = (struct item){ .m = *m, .name = name };
	all->items[all->n++].m.name = name;
	return 0;
}

static int
print_line(void *arg, const char *line, struct fail *f)
{
	(void)arg;
	(void)f;
	show_print(stdout, line);
	putchar('\n');
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->m.name, ((const struct item *)b)->m.name);
}

static const char *
mark(const struct mlst *m)
{
	return m->kind == MLST_DIR ? "/" : m->kind == MLST_LINK ? "@" : "";
}

static void
print_time(const struct mlst *m, bool seconds)
{
	char text[64];
	struct tm tm;
	size_t len = 0;

	/* A time this machine cannot break down is as good as none. */
	if (m->has_mtime && localtime_r(&m->mtime, &tm) != NULL)
		len = seconds ? strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) :
		                strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	printf("%*s  ", seconds ? 19 : 16, len > 0 ? text : "-");
}

static void
print_short(const struct mlst *m)
{
	char text[32];
	struct sb size;

	sb_init(&size, text, sizeof(text));
	if (m->has_size && m->kind != MLST_DIR)
		amount_put(&size, m->size);
	else
		sb_putc(&size, '-');
	printf("%10s  ", text);
	print_time(m, false);
}

/* A column of at least eight characters. */
static void
print_owner(const char *owner)
{
	char text[256];
	struct sb out;

	sb_init(&out, text, sizeof(text));
	for (size_t at = show_cut(&out, owner[0] != '\0' ? owner : "-", 24); at < 8; at++)
		sb_putc(&out, ' ');
	printf("%s  ", text);
}

static char
kind_letter(enum mlst_kind kind)
{
	switch (kind) {
	case MLST_FILE:
		return '-';
	case MLST_DIR:
		return 'd';
	case MLST_LINK:
		return 'l';
	default:
		return '?';
	}
}

static void
print_long(const struct mlst *m)
{
	char mode[] = "?rwxrwxrwx";

	mode[0] = kind_letter(m->kind);
	for (unsigned i = 0; i < 9; i++) {
		if (!m->has_mode)
			mode[1 + i] = '?';
		else if ((m->mode & (0400U >> i)) == 0)
			mode[1 + i] = '-';
	}
	printf("%s  ", mode);
	print_owner(m->owner);
	print_owner(m->group);
	if (m->has_size && m->kind != MLST_DIR)
		printf("%12" PRIu64 "  ", m->size);
	else
		printf("%12s  ", "-");
	print_time(m, true);
}

static void
print_items(struct items *all, enum ls_style style)
{
	if (all->n > 0)
		qsort(all->items, all->n, sizeof(*all->items), by_name);
	for (size_t i = 0; i < all->n; i++) {
		const struct mlst *m = &all->items[i].m;

		if (style == LS_LONG)
			print_long(m);
		else if (style == LS_SHORT)
			print_short(m);
		show_print(stdout, m->name);
		puts(style == LS_NAMES ? "" : mark(m));
	}
}

int
ls_print(struct conn *c, const char *path, enum ls_style style, uint64_t *skipped_r, struct fail *f)
{
	struct items all = { .items = NULL };
	struct list l = { .path = path, .details = style == LS_LONG,
		.names_only = style == LS_NAMES, .entry = keep, .line = print_line,
		.arg = &all };
	int rc;

	rc = list_read(c, &l, f);
	if (rc == 0)
		print_items(&all, style);
	*skipped_r = l.skipped;
	for (size_t i = 0; i < all.n; i++)
		free(all.items[i].name);
	free(all.items);
	if ((fflush(stdout) == EOF || ferror(stdout)) && rc == 0)
		rc = fail_errno(f, FAIL_LOCAL, "cannot write the listing");
	return rc;
}
