#include "base/tally.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP 1024       /* files between two calls of each */

/* A file with more names than one. */
struct linked {
	dev_t dev;
	ino_t ino;
	off_t size;
};

/* The directories still to be read are kept by path, one text behind the other's NUL: one
 * descriptor is enough for a tree of any form. */
struct tally {
	int top;
	struct usage sum;
	bool (*each)(void *context, const struct usage *sum);
	void *context;
	unsigned step;
	char *paths;
	size_t len, cap;
	struct linked *linked;
	size_t nlinked, linked_cap;
};

static bool
push_path(struct tally *t, const char *parent, const char *name)
{
	size_t parent_len = parent[0] == '.' && parent[1] == '\0' ? 0 : strlen(parent);
	size_t name_len = strlen(name), need = parent_len + 1 + name_len + 1;

	if (need > PATH_MAX + (parent_len == 0)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (t->cap - t->len < need) {
		size_t cap = t->cap * 2 + need + 4096;
		char *bigger = realloc(t->paths, cap);

		if (bigger == NULL)
			return false;
		t->paths = bigger;
		t->cap = cap;
	}
	memcpy(t->paths + t->len, parent, parent_len);
	t->len += parent_len;
	if (parent_len > 0)
		t->paths[t->len++] = '/';
	memcpy(t->paths + t->len, name, name_len + 1);
	t->len += name_len + 1;
	return true;
}

/* Takes the last one.  False when there is none. */
static bool
pop_path(struct tally *t, char path_r[PATH_MAX])
{
	size_t end = t->len, start;

	if (end == 0)
		return false;
	for (start = end - 1; start > 0 && t->paths[start - 1] != '\0'; start--)
		continue;
	memcpy(path_r, t->paths + start, end - start);
	t->len = start;
	return true;
}

static bool
keep_linked(struct tally *t, const struct stat *st)
{
	if (t->nlinked == t->linked_cap) {
		size_t cap = t->linked_cap * 2 + 64;
		void *bigger = reallocarray(t->linked, cap, sizeof(t->linked[0]));

		if (bigger == NULL)
			return false;
		t->linked = bigger;
		t->linked_cap = cap;
	}
	t->linked[t->nlinked++] = (struct linked){ st->st_dev, st->st_ino, st->st_size };
	return true;
}

static bool
count_entry(struct tally *t, const char *path, int dir, const struct dirent *e)
{
	struct stat st;

	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return true;
	if (e->d_type == DT_DIR)
		return push_path(t, path, e->d_name);
	if (e->d_type != DT_REG && e->d_type != DT_UNKNOWN)
		return true;
	if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT;
	if (S_ISDIR(st.st_mode))
		return push_path(t, path, e->d_name);
	if (!S_ISREG(st.st_mode))
		return true;
	if (st.st_nlink > 1)
		return keep_linked(t, &st);
	t->sum.bytes += st.st_size;
	t->sum.files++;
	if (++t->step % STEP == 0 && !t->each(t->context, &t->sum)) {
		errno = ECANCELED;
		return false;
	}
	return true;
}

static bool
count_directory(struct tally *t, const char *path)
{
	int fd = openat(t->top, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), saved;
	const struct dirent *e;
	bool ok = true;
	DIR *dir;

	/* What has gone meanwhile, or is somebody else's, holds nothing of this account's. */
	if (fd == -1)
		return errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return false;
	}
	while (ok && (errno = 0, e = readdir(dir)) != NULL)
		ok = count_entry(t, path, fd, e);
	ok = ok && errno == 0;
	saved = errno;
	closedir(dir);
	errno = saved;
	return ok;
}

static int
compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void
add_linked(struct tally *t)
{
	if (t->nlinked > 1)
		qsort(t->linked, t->nlinked, sizeof(t->linked[0]), compare_linked);
	for (size_t i = 0; i < t->nlinked; i++) {
		if (i > 0 && compare_linked(&t->linked[i - 1], &t->linked[i]) == 0)
			continue;
		t->sum.bytes += t->linked[i].size;
		t->sum.files++;
	}
}

bool
tally_tree(int dir, bool (*each)(void *context, const struct usage *sum), void *context,
    struct usage *sum_r)
{
	struct tally t = { .top = dir, .each = each, .context = context };
	char path[PATH_MAX] = ".";       /* the one name that no path below it begins with */
	bool ok;
	int saved;

	do
		ok = count_directory(&t, path);
	while (ok && pop_path(&t, path));
	if (ok) {
		add_linked(&t);
		*sum_r = t.sum;
		ok = each(context, &t.sum);
		if (!ok)
			errno = ECANCELED;
	}
	saved = errno;
	free(t.paths);
	free(t.linked);
	errno = saved;
	return ok;
}
