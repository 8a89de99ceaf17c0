#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
fail(char *error, size_t error_len, const char *path, const char *why)
{
	int saved = errno;

	snprintf(error, error_len, "%s: %s", path, why);
	errno = saved;
	return false;
}

/* Whether nobody but root, and the caller, can put something else in the place of what is in that
 * directory. */
static bool
is_safe(int fd, struct stat *st_r)
{
	if (fstat(fd, st_r) == -1)
		return false;
	errno = EPERM;
	return (st_r->st_uid == 0 || st_r->st_uid == geteuid()) &&
	    ((st_r->st_mode & S_ISVTX) != 0 ||
		((st_r->st_mode & S_IWOTH) == 0 &&
		    ((st_r->st_mode & S_IWGRP) == 0 || st_r->st_gid == 0)));
}

/* The same of all that is above it: links may have led here by another way. */
static bool
is_safe_to_the_root(int fd, struct stat *st_r)
{
	int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), above;
	bool safe = at != -1, top = false;

	while (safe && !top && (safe = is_safe(at, st_r))) {
		struct stat up;

		above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		safe = above != -1 && fstat(above, &up) == 0;
		top = safe && up.st_dev == st_r->st_dev && up.st_ino == st_r->st_ino;
		close(at);
		at = above;
	}
	if (at != -1)
		close(at);
	return safe;
}

static bool
fail_unsafe(char *error, size_t error_len, const char *path, const struct stat *st)
{
	if (errno != EPERM)
		return fail(error, error_len, path, strerror(errno));
	snprintf(error, error_len,
	    "%s: a directory above it is uid %u's, or others may write there, and could put something "
	    "else in its place; let that be root's alone, or make this one yourself",
	    path, st->st_uid);
	errno = EPERM;
	return false;
}

/* Opens the directory that path is to be in, which is made where it is missing, and all above it.
 * Root, who gives away what it makes, makes nothing where others could take that away.  -1 after a
 * line in error. */
static int
open_parent(const char *path, char name_r[NAME_MAX + 1], char *error, size_t error_len)
{
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	bool check = geteuid() == 0;
	struct stat st = { 0 };

	for (const char *part = path + 1; at != -1; part += strspn(part, "/")) {
		size_t len = strcspn(part, "/");

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			break;
		}
		memcpy(name_r, part, len);
		name_r[len] = '\0';
		part += len;
		if (*part == '\0')
			return at;
		if (check && faccessat(at, name_r, F_OK, AT_SYMLINK_NOFOLLOW) == -1 &&
		    !is_safe_to_the_root(at, &st)) {
			(void)fail_unsafe(error, error_len, path, &st);
			close(at);
			return -1;
		}
		if (mkdirat(at, name_r, 0755) == -1 && errno != EEXIST)
			break;
		next = openat(at, name_r, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next == -1)
			break;
		close(at);
		at = next;
	}
	(void)fail(error, error_len, path, strerror(errno));
	if (at != -1)
		close(at);
	return -1;
}

/* Gives what was made its mode and owner.  In this order, for the mode of what is another's only
 * CAP_FOWNER may change. */
static bool
give(int fd, uid_t uid, gid_t gid, mode_t mode)
{
	return fchmod(fd, mode) == 0 && (geteuid() != 0 || fchown(fd, uid, gid) == 0);
}

/* In the open directory `at`. */
static bool
make_in(int at, const char *name, const char *path, uid_t uid, gid_t gid, mode_t mode, bool *made_r,
    struct stat *st_r, char *error, size_t error_len)
{
	struct stat above = { 0 };
	bool ok;
	int fd;

	*made_r = false;
	if (faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1) {
		if (geteuid() == 0 && !is_safe_to_the_root(at, &above))
			return fail_unsafe(error, error_len, path, &above);
		*made_r = mkdirat(at, name, 0700) == 0;
		if (!*made_r && errno != EEXIST)
			return fail(error, error_len, path, strerror(errno));
	}
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && (errno == ENOTDIR || errno == ELOOP))
		return fail(error, error_len, path,
		    "it is there already, and no directory (a symbolic link counts as none)");
	if (fd == -1)
		return fail(error, error_len, path, strerror(errno));
	ok = (!*made_r || give(fd, uid, gid, mode)) && fstat(fd, st_r) == 0;
	if (!ok) {
		(void)fail(error, error_len, path, strerror(errno));
		if (*made_r)
			(void)unlinkat(at, name, AT_REMOVEDIR);
	}
	close(fd);
	return ok;
}

bool
dir_make(const char *path, uid_t uid, gid_t gid, mode_t mode, bool *made_r, struct stat *st_r,
    char *error_r, size_t error_len)
{
	char name[NAME_MAX + 1];
	int at = open_parent(path, name, error_r, error_len), saved;
	bool ok;

	if (at == -1)
		return false;
	ok = make_in(at, name[0] == '\0' ? "." : name, path, uid, gid, mode, made_r, st_r, error_r,
	    error_len);
	saved = errno;
	close(at);
	errno = saved;
	return ok;
}

/* Whether something may be made in the open directory. */
static bool
can_make_in(int at, const char *path, char *error, size_t error_len)
{
	struct stat st = { 0 };

	if (geteuid() == 0 && !is_safe_to_the_root(at, &st))
		return fail_unsafe(error, error_len, path, &st);
	return faccessat(at, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
	    fail(error, error_len, path, strerror(errno));
}

bool
dir_can_make(const char *path, char *error_r, size_t error_len)
{
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next = at;
	char name[NAME_MAX + 1];
	bool ok = false;

	for (const char *part = path + strspn(path, "/"); next != -1 && *part != '\0';
	     part += strspn(part, "/")) {
		size_t len = strcspn(part, "/");

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			next = -1;
			break;
		}
		memcpy(name, part, len);
		name[len] = '\0';
		part += len;
		next = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next == -1)
			break;
		close(at);
		at = next;
	}
	/* A link to nowhere is in the way of what is to be made. */
	if (next != -1)
		ok = true;
	else if (at != -1 && errno == ENOENT &&
	    faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		ok = can_make_in(at, path, error_r, error_len);
	else
		(void)fail(error_r, error_len, path, strerror(errno));
	if (at != -1)
		close(at);
	return ok;
}
