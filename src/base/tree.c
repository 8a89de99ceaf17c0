#include "base/tree.h"

#include "base/sb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILLED_MOST    1000     /* then somebody works against us */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* One directory on the way down: who it is, for the way back up, and its name in the one above. */
struct level {
	dev_t dev;
	ino_t ino;
	char name[NAME_MAX + 1];
};

/* One descriptor is enough for a tree of any depth: the way up is "..", and must lead to where we
 * came from. */
struct remover {
	struct usage *sum;
	struct level *levels;
	size_t n, cap;
	unsigned filled;        /* directories that were filled again while they were emptied */
};

static bool
push(struct remover *r, const struct stat *st, const char *name)
{
	if (r->n == r->cap) {
		size_t cap = r->cap * 2 + 16;
		void *bigger = reallocarray(r->levels, cap, sizeof(r->levels[0]));

		if (bigger == NULL)
			return false;
		r->levels = bigger;
		r->cap = cap;
	}
	r->levels[r->n] = (struct level){ .dev = st->st_dev, .ino = st->st_ino };
	memcpy(r->levels[r->n++].name, name, strlen(name) + 1);
	return true;
}

/* Whether something is mounted on it. */
static bool
is_mount(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx) == 0 &&
	    (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* One's own is opened whatever its mode. */
static int
open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, OPEN_DIRECTORY);
	struct stat st;

	if (fd == -1 && errno == EACCES && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && fchmodat(dir, name, S_IRWXU, 0) == 0)
		fd = openat(dir, name, OPEN_DIRECTORY);
	return fd;
}

/* Goes into a directory: its descriptor takes the place of *dir. */
static bool
descend(struct remover *r, int *dir, const char *name)
{
	int fd = open_directory(*dir, name), error = 0;
	struct stat st;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1)
		error = errno;
	else if (st.st_dev != r->levels[0].dev || is_mount(fd))
		error = EBUSY;
	else if (!push(r, &st, name))
		error = ENOMEM;
	if (error != 0) {
		close(fd);
		errno = error;
		return false;
	}
	if ((st.st_mode & S_IRWXU) != S_IRWXU)
		(void)fchmod(fd, S_IRWXU);      /* where that is refused, so is what comes next */
	close(*dir);
	*dir = fd;
	return true;
}

/* Goes back up, and removes what is empty now. */
static bool
ascend(struct remover *r, int *dir)
{
	const struct level *from = &r->levels[r->n - 1], *to = from - 1;
	int fd = openat(*dir, "..", OPEN_DIRECTORY);
	struct stat st;

	if (fd == -1)
		return false;
	/* Somebody moved it: what is above it now is not ours to remove. */
	if (fstat(fd, &st) == -1 || st.st_dev != to->dev || st.st_ino != to->ino) {
		close(fd);
		errno = ESTALE;
		return false;
	}
	close(*dir);
	*dir = fd;
	/* What appeared in it meanwhile is found when it is gone into again. */
	if (unlinkat(fd, from->name, AT_REMOVEDIR) == -1 && errno != ENOENT &&
	    ((errno != ENOTEMPTY && errno != EEXIST) || ++r->filled > FILLED_MOST))
		return false;
	r->n--;
	return true;
}

static bool
remove_file(struct remover *r, int dir, const char *name)
{
	struct stat st;
	bool known = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (known && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return false;
	}
	if (unlinkat(dir, name, 0) == -1)
		return errno == ENOENT;
	if (known && S_ISREG(st.st_mode) && st.st_nlink == 1) {
		r->sum->files++;
		r->sum->bytes += st.st_size;
	}
	return true;
}

/* Removes files until a directory comes, whose name is kept then; "" in the end.  False with errno
 * at what stays, whose name is kept as well. */
static bool
remove_files(struct remover *r, int fd, char name_r[NAME_MAX + 1])
{
	int again = openat(fd, ".", OPEN_DIRECTORY), error = 0;
	DIR *dir = again == -1 ? NULL : fdopendir(again);
	const struct dirent *e;

	name_r[0] = '\0';
	if (dir == NULL) {
		error = errno;
		if (again != -1)
			close(again);
		errno = error;
		return false;
	}
	while (error == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    remove_file(r, fd, e->d_name))
			continue;
		error = errno;
		memcpy(name_r, e->d_name, strlen(e->d_name) + 1);
	}
	if (error == 0)
		error = errno;
	closedir(dir);
	errno = error;
	return error == 0 || error == EISDIR;
}

static bool
remove_all(struct remover *r, int *dir, char name_r[NAME_MAX + 1])
{
	for (;;) {
		if (!remove_files(r, *dir, name_r))
			return false;
		if (name_r[0] != '\0') {
			if (!descend(r, dir, name_r))
				return false;
			continue;
		}
		if (r->n == 1)
			return true;
		if (!ascend(r, dir))
			return false;
	}
}

static void
put_left(const struct remover *r, const char *name, char left_r[PATH_MAX])
{
	struct sb out;

	sb_init(&out, left_r, PATH_MAX);
	for (size_t i = 1; i < r->n; i++)
		sb_printf(&out, "%s%s", i == 1 ? "" : "/", r->levels[i].name);
	sb_printf(&out, "%s%s", r->n > 1 && name[0] != '\0' ? "/" : "", name);
}

bool
tree_remove(int dir, struct usage *sum_r, char left_r[PATH_MAX])
{
	struct remover r = { .sum = sum_r };
	char name[NAME_MAX + 1] = "";
	struct stat st;
	int fd, saved;
	bool ok;

	if (fstat(dir, &st) == 0 && (st.st_mode & S_IRWXU) != S_IRWXU)
		(void)fchmod(dir, S_IRWXU);
	fd = openat(dir, ".", OPEN_DIRECTORY);
	*sum_r = (struct usage){ 0 };
	left_r[0] = '\0';
	ok = fd != -1 && fstat(fd, &st) == 0 && push(&r, &st, "");
	if (ok)
		ok = remove_all(&r, &fd, name);
	saved = errno;
	if (!ok && r.n > 0)
		put_left(&r, name, left_r);
	free(r.levels);
	if (fd != -1)
		close(fd);
	errno = saved;
	return ok;
}
