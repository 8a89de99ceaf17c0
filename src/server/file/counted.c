#include "server/file/counted.h"

#include "server/file/lease.h"
#include "server/file/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOOK_FLAGS (O_NOFOLLOW | PLAIN_FLAGS)

/* How often a name may become another file's between two looks at it. */
#define TRIES 16

static bool
lock(int fd)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX);
	while (rc == -1 && errno == EINTR);
	return rc == 0;
}

static void
unlock(int fd)
{
	int saved = errno;

	(void)flock(fd, LOCK_UN);
	errno = saved;
}

static void
close_quietly(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

/* ---- what makes a file longer ---- */

/* By how much a file of that size grows with n bytes at `at`, holes included. */
static uint64_t
growth(uint64_t size, uint64_t at, uint64_t n)
{
	uint64_t end = (at == COUNTED_END ? size : at) + n;

	return n > 0 && end > size ? end - size : 0;
}

bool
counted_begin(struct counted *c, struct session *s, int fd, uint64_t at, size_t len, size_t *room_r)
{
	struct stat st;

	*c = (struct counted){ .s = s, .fd = fd, .at = at };
	*room_r = len;
	if (!s->lease.limited)
		return true;
	for (bool asked = false;; asked = true) {
		uint64_t need, left;

		if (!lease_begin(s) || !lock(fd))
			return false;
		if (fstat(fd, &st) == -1) {
			unlock(fd);
			return false;
		}
		need = growth((uint64_t)st.st_size, at, len);
		left = s->lease.left.bytes > 0 ? (uint64_t)s->lease.left.bytes : 0;
		/* What is left over the file's end and a hole before it; what lies before the end
		 * costs nothing. */
		if (need > left && asked && need - left < len)
			*room_r = len - (size_t)(need - left);
		else if (need > left) {
			unlock(fd);
			if (!lease_stretch(s, (int64_t)need))
				return false;
			continue;
		}
		break;
	}
	c->on = true;
	c->size = (uint64_t)st.st_size;
	c->nameless = st.st_nlink == 0;
	return true;
}

void
counted_end(struct counted *c, ssize_t n)
{
	int64_t more;

	if (!c->on)
		return;
	if (n > 0) {
		more = (int64_t)growth(c->size, c->at, (uint64_t)n);
		lease_count(c->s, more, 0);
		/* Who took its name away has counted what it had then. */
		if (c->nameless)
			c->s->lease.unseen.bytes += more;
	}
	unlock(c->fd);
}

ssize_t
counted_write(struct session *s, int fd, uint64_t at, const void *bytes, size_t len)
{
	struct counted c;
	size_t room;
	ssize_t n;

	if (!counted_begin(&c, s, fd, at, len, &room))
		return -1;
	n = write(fd, bytes, room);
	counted_end(&c, n);
	return n;
}

/* ---- what makes it shorter ---- */

bool
counted_cut(struct session *s, int fd, uint64_t size)
{
	struct stat st;
	bool ok;

	if (!s->lease.limited)
		return ftruncate(fd, (off_t)size) == 0;
	if (!lease_begin(s) || !lock(fd))
		return false;
	ok = fstat(fd, &st) == 0 && ftruncate(fd, (off_t)size) == 0;
	if (ok && st.st_nlink > 0) {
		lease_count(s, (int64_t)size - st.st_size, 0);
	} else if (ok) {
		int64_t less = st.st_size - (int64_t)size;

		if (less > s->lease.unseen.bytes)
			less = s->lease.unseen.bytes;
		s->lease.unseen.bytes -= less;
		lease_count(s, -less, 0);
	}
	unlock(fd);
	return ok;
}

int
counted_close(struct session *s, int fd)
{
	/* Nobody sees it any more, and now its bytes are free. */
	lease_count(s, -s->lease.unseen.bytes, 0);
	s->lease.unseen = (struct usage){ 0 };
	return close(fd);
}

/* ---- what makes files ---- */

static bool
is_there(const char *path)
{
	int saved = errno;
	struct stat st;
	bool there = lstat(path, &st) == 0;

	errno = saved;
	return there;
}

/* Whether a link stands there whose target does not. */
static bool
is_promise(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static int
flags_for(bool append)
{
	return O_WRONLY | (append ? O_APPEND : 0) | PLAIN_FLAGS;
}

int
counted_make(struct session *s, const char *path, bool append, mode_t mode)
{
	int fd;

	/* One that is there needs no place for another. */
	if (!lease_hold(s, 0, 1)) {
		errno = errno == EDQUOT && is_there(path) ? EEXIST : errno;
		return -1;
	}
	fd = plain_open_any(AT_FDCWD, path, flags_for(append) | O_CREAT | O_EXCL, mode);
	if (fd != -1)
		lease_count(s, 0, 1);
	return fd;
}

int
counted_take(struct session *s, const char *path, bool append, mode_t mode)
{
	int fd;

	if (!s->lease.limited)
		return plain_open_any(AT_FDCWD, path, flags_for(append) | O_CREAT, mode);
	fd = plain_open_any(AT_FDCWD, path, flags_for(append), mode);
	if (fd != -1 || errno != ENOENT || !is_promise(path))
		return fd;
	/* Two may do so at once, and nobody could tell who made it. */
	if (!lease_hold(s, 0, 1))
		return -1;
	fd = plain_open_any(AT_FDCWD, path, flags_for(append) | O_CREAT, mode);
	if (fd != -1) {
		lease_count(s, 0, 1);
		lease_doubt(s);
	}
	return fd;
}

ssize_t
counted_copy_range(struct session *s, int from, off_t *read_at, int to, off_t *write_at, size_t len)
{
	struct counted c;
	size_t room;
	ssize_t n;

	if (!counted_begin(&c, s, to, (uint64_t)*write_at, len, &room))
		return -1;
	n = copy_file_range(from, read_at, to, write_at, room, 0);
	counted_end(&c, n);
	return n;
}

bool
counted_clone(struct session *s, int from, int to, uint64_t len)
{
	struct counted c;
	size_t room;
	bool ok;

	if (!counted_begin(&c, s, to, 0, len, &room))
		return false;
	ok = room == len && ioctl(to, FICLONE, from) == 0;
	counted_end(&c, ok ? (ssize_t)len : -1);
	return ok;
}

/* ---- what takes names away ---- */

/* A plain file that has a name. */
struct named {
	int dir;
	const char *path;
	/* -1: it is none, or may neither be read nor written; then nobody writes it */
	int fd;
	struct stat st;
};

/* False with errno when there is nothing of that name. */
static bool
look(struct named *n, int dir, const char *path)
{
	*n = (struct named){ .dir = dir, .path = path, .fd = -1 };
	if (fstatat(dir, path, &n->st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (!S_ISREG(n->st.st_mode))
		return true;
	n->fd = plain_open_any(dir, path, O_RDONLY | LOOK_FLAGS, 0);
	if (n->fd == -1 && errno == EACCES)
		n->fd = plain_open_any(dir, path, O_WRONLY | LOOK_FLAGS, 0);
	return true;
}

/* Whether the name is the locked file's; nobody changes that while it is locked. */
static bool
is_named(struct named *n)
{
	struct stat st;

	if (n->fd == -1)
		return true;
	return fstat(n->fd, &n->st) == 0 &&
	    fstatat(n->dir, n->path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == n->st.st_dev &&
	    st.st_ino == n->st.st_ino;
}

static void
count_gone(struct session *s, const struct named *n)
{
	/* By its other names the file is still there. */
	if (S_ISREG(n->st.st_mode) && n->st.st_nlink == 1)
		lease_count(s, -n->st.st_size, -1);
}

/* Not EBUSY, which for the kernel is what never passes. */
static bool
not_settled(void)
{
	errno = EAGAIN;
	return false;
}

bool
counted_remove(struct session *s, int dir, const char *path)
{
	if (!s->lease.limited)
		return unlinkat(dir, path, 0) == 0;
	for (int i = 0; i < TRIES; i++) {
		struct named n;
		bool ok = false;

		if (!lease_begin(s) || !look(&n, dir, path))
			return false;
		if (n.fd != -1 && !lock(n.fd)) {
			close_quietly(n.fd);
			return false;
		}
		if (!is_named(&n)) {
			close_quietly(n.fd);
			continue;
		}
		ok = unlinkat(dir, path, 0) == 0;
		if (ok)
			count_gone(s, &n);
		close_quietly(n.fd);
		return ok;
	}
	return not_settled();
}

bool
counted_unmake(struct session *s, const char *path, int fd, uint64_t size)
{
	struct stat mine, named;
	bool ok;

	if (!lease_begin(s) || !lock(fd))
		return false;
	ok = fstat(fd, &mine) == 0 && lstat(path, &named) == 0;
	if (ok &&
	    (mine.st_dev != named.st_dev || mine.st_ino != named.st_ino ||
		(uint64_t)mine.st_size != size)) {
		errno = EEXIST;
		ok = false;
	}
	ok = ok && unlink(path) == 0;
	if (ok && mine.st_nlink == 1)
		lease_count(s, -mine.st_size, -1);
	unlock(fd);
	return ok;
}

static bool
is_same(const struct named *a, const struct named *b)
{
	return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
}

/* In an order that is the same for all, or two could wait for each other. */
static bool
lock_both(const struct named *a, const struct named *b)
{
	bool swap = a->st.st_dev != b->st.st_dev ? a->st.st_dev > b->st.st_dev
						 : a->st.st_ino > b->st.st_ino;
	const struct named *first = swap ? b : a, *second = swap ? a : b;

	return (first->fd == -1 || lock(first->fd)) && (second->fd == -1 || lock(second->fd));
}

/* rename(2) to a name that must be free, where the file system can promise that. */
static bool
rename_to_free(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return true;
	return errno == EINVAL && rename(from, to) == 0;
}

/* One try.  *again_r: the names have become others meanwhile. */
static bool
rename_once(struct session *s, const char *from, const char *to, bool *again_r)
{
	struct named source, target = { .fd = -1 };
	bool replaces, ok = false;

	*again_r = false;
	if (!lease_begin(s) || !look(&source, AT_FDCWD, from))
		return false;
	replaces = look(&target, AT_FDCWD, to);
	if (!replaces && errno != ENOENT) {
		close_quietly(source.fd);
		return false;
	}
	if (replaces && is_same(&source, &target)) {
		/* Two names of one file: rename(2) leaves both. */
		ok = rename(from, to) == 0;
	} else if (!lock_both(&source, &target)) {
		ok = false;
	} else if (!is_named(&source) || (replaces && !is_named(&target))) {
		*again_r = true;
	} else if (replaces) {
		ok = rename(from, to) == 0;
		if (ok)
			count_gone(s, &target);
	} else {
		ok = rename_to_free(from, to);
		*again_r = !ok && errno == EEXIST;
	}
	close_quietly(source.fd);
	close_quietly(target.fd);
	return ok;
}

bool
counted_rename(struct session *s, const char *from, const char *to)
{
	bool again = true;

	if (!s->lease.limited)
		return rename(from, to) == 0;
	for (int i = 0; i < TRIES && again; i++)
		if (rename_once(s, from, to, &again))
			return true;
	return again ? not_settled() : false;
}
