#include "server/command/cmd_site_tree.h"

#include "ftp/name.h"
#include "ftp/words.h"
#include "server/file/change.h"
#include "server/file/counted.h"
#include "server/file/path.h"
#include "server/session/reply.h"
#include "server/transfer/work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories in one another that SITE RMDIR goes into; each holds a descriptor. */
#define DEPTH_MAX 64

/* Names removed between two looks at the control connection. */
#define NAMES_CHUNK 256

/* ---- MKDIR ---- */

/* path and what is missing above it, as mkdir -p does.  False with errno. */
static bool
make_path(char *path)
{
	struct stat st;

	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (!change_make_directory(path) && errno != EEXIST) {
			*p = '/';
			return false;
		}
		*p = '/';
	}
	if (change_make_directory(path))
		return true;
	if (errno != EEXIST || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return errno == EEXIST;
	errno = EEXIST;
	return false;
}

void
site_mkdir(struct session *s, char *arg)
{
	char full[PATH_MAX];

	path_parent_from_listed(arg);
	if (!path_is_creatable(arg)) {
		reply(s, 553, "Names with control characters are not made here.");
	} else if (!path_in_full(arg, full)) {
		if (errno == ENOENT)
			reply_errno(s, errno, "SITE MKDIR", arg);
		else
			reply(s, 553, "The path would be too long.");
	} else if (!make_path(arg)) {
		reply_errno(s, errno, "SITE MKDIR", arg);
	} else {
		reply(s, 200, "The directory is there.");
	}
}

/* ---- RMDIR ---- */

struct removal {
	struct session *s;
	dev_t dev;              /* what is mounted in the tree stays */
	unsigned count;
	bool too_deep;
};

static enum transfer_result empty_directory(struct removal *r, int fd, unsigned depth);

/* Opens a directory for emptying, and no link to one.  -1 with errno. */
static int
open_directory(int parent, const char *name, struct stat *st)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int saved;

	if (fd == -1 || fstat(fd, st) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static enum transfer_result
remove_directory(struct removal *r, int parent, const char *name, unsigned depth)
{
	enum transfer_result result;
	struct stat st;
	int fd;

	if (depth == DEPTH_MAX) {
		r->too_deep = true;
		errno = EMLINK;
		return TRANSFER_LOCAL;
	}
	fd = open_directory(parent, name, &st);
	if (fd == -1)
		return TRANSFER_LOCAL;
	if (st.st_dev != r->dev) {
		close(fd);
		errno = EBUSY;
		return TRANSFER_LOCAL;
	}
	result = empty_directory(r, fd, depth + 1);
	if (result == TRANSFER_DONE && !change_remove_directory(parent, name))
		return TRANSFER_LOCAL;
	return result;
}

static enum transfer_result
remove_entry(struct removal *r, int parent, const struct dirent *e, unsigned depth)
{
	if (e->d_type != DT_DIR) {
		if (counted_remove(r->s, parent, e->d_name) || errno == ENOENT)
			return TRANSFER_DONE;
		/* Some file systems do not tell what is a directory. */
		if (errno != EISDIR)
			return TRANSFER_LOCAL;
	}
	return remove_directory(r, parent, e->d_name, depth);
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Once through the directory.  *removed_r: something went. */
static enum transfer_result
remove_entries(struct removal *r, DIR *dir, unsigned depth, bool *removed_r)
{
	enum transfer_result result = TRANSFER_DONE;
	const struct dirent *e;

	*removed_r = false;
	rewinddir(dir);
	while (result == TRANSFER_DONE && (errno = 0, e = readdir(dir)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		result = remove_entry(r, dirfd(dir), e, depth);
		*removed_r = true;
		if (result == TRANSFER_DONE && ++r->count % NAMES_CHUNK == 0)
			result = work_hear(r->s);
	}
	return result == TRANSFER_DONE && errno != 0 ? TRANSFER_LOCAL : result;
}

/* Takes fd over. */
static enum transfer_result
empty_directory(struct removal *r, int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	enum transfer_result result;
	bool removed;
	int saved;

	if (dir == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return TRANSFER_LOCAL;
	}
	/* Where names go while it is read, a file system may pass some over. */
	do
		result = remove_entries(r, dir, depth, &removed);
	while (result == TRANSFER_DONE && removed);
	saved = errno;
	closedir(dir);
	errno = saved;
	return result;
}

/* The name at the end of path, without slashes behind it.  NULL for what names a place and not a
 * thing in it. */
static const char *
last_name(char *path)
{
	size_t len = strlen(path);
	const char *name;

	while (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	name = strrchr(path, '/');
	name = name == NULL ? path : name + 1;
	return *name == '\0' || is_dots(name) ? NULL : name;
}

void
site_rmdir(struct session *s, char *arg)
{
	struct removal r = { .s = s };
	enum transfer_result result;
	struct stat st;

	path_from_listed(arg);
	if (last_name(arg) == NULL) {
		reply(s, 553, "Give the directory's own name.");
		return;
	}
	if (lstat(arg, &st) == -1) {
		reply_errno(s, errno, "SITE RMDIR", arg);
		return;
	}
	r.dev = st.st_dev;
	work_begin(s, "SITE RMDIR");
	result = remove_directory(&r, AT_FDCWD, arg, 0);
	if (r.too_deep)
		reply(s, 550,
		    "More than %d directories in one another; remove the inner ones first.",
		    DEPTH_MAX);
	else if (work_end(s, result, arg))
		reply(s, 200, "Removed, with all that was in it.");
}

/* ---- SYMLINK ---- */

/* The full name of a directory.  False with errno. */
static bool
full_name(int dir, char name_r[PATH_MAX])
{
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok = here != -1 && fchdir(dir) == 0;
	int saved;

	if (ok) {
		ok = getcwd(name_r, PATH_MAX) != NULL;
		saved = errno;
		ok = fchdir(here) == 0 && ok;
		errno = saved;
	}
	saved = errno;
	if (here != -1)
		close(here);
	errno = saved;
	return ok;
}

/* Makes the link `name` in dir. */
static void
make_link(struct session *s, const char *target, int dir, const char *name)
{
	char full[PATH_MAX], text[PATH_MAX];

	bool known = full_name(dir, full);

	if (known && !name_link_text(target, full, text, sizeof(text)))
		reply(s, 550,
		    "A link may lead only to what is in its own directory or below: it could be moved.");
	else if (!known || !change_make_link(text, dir, name))
		reply_errno(s, errno, "SITE SYMLINK", name);
	else
		reply(s, 200, "Link made, to %s.", text);
}

/* In the chroot no link leads out, but other programs follow it too.  A link that climbs would lead
 * out of the home as soon as it, or a directory above it, is moved up; so none that we make
 * climbs. */
void
site_symlink(struct session *s, char *arg)
{
	char *words[2], *slash;
	const char *name;
	int dir;

	if (words_split(arg, words, 2) != 2) {
		reply(
		    s, 501, "Usage: SITE SYMLINK target link, names with blanks in double quotes");
		return;
	}
	path_parent_from_listed(words[1]);
	name = last_name(words[1]);
	if (name == NULL || !name_is_creatable(words[0]) || !path_is_creatable(words[1])) {
		reply(s, 553, "That is no name for a link.");
		return;
	}
	slash = strrchr(words[1], '/');
	if (slash != NULL)
		*slash = '\0';
	dir = open(slash == NULL    ? "."
		: slash == words[1] ? "/"
				    : words[1],
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1) {
		reply_errno(s, errno, "SITE SYMLINK", words[1]);
		return;
	}
	make_link(s, words[0], dir, name);
	close(dir);
}
