#include "server/command/cmd_store.h"

#include "server/file/counted.h"
#include "server/file/lease.h"
#include "server/file/path.h"
#include "server/file/plain.h"
#include "server/session/reply.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/part.h"
#include "server/transfer/receive.h"
#include "server/transfer/secure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Names that STOU tries before it gives up. */
#define UNIQUE_TRIES 1000

/* Links that are followed to where a file would be made; the kernel follows more, and has the last
 * word. */
#define LINKS_MAX 8

/* What an upload goes by. */
struct upload {
	const char *what;       /* the command */
	const char *hint;       /* STOU: what the name begins with; else NULL */
	char *path;             /* STOU: the name's place, [PATH_MAX] */
	bool append;
	int fd;                 /* -1: the file is still to be made */
	struct part part;
	uint64_t size;          /* of the file before */
};

/* ---- before the data connection: nothing is made, and nothing cut off ---- */

/* The link's target, as a name from here.  False with errno. */
static bool
follow(char name[PATH_MAX])
{
	char target[PATH_MAX], *slash = strrchr(name, '/');
	size_t room = slash == NULL ? 0 : (size_t)(slash + 1 - name);
	ssize_t n = readlink(name, target, sizeof(target));

	if (n == -1)
		return false;
	if (target[0] == '/')
		room = 0;
	if (room + (size_t)n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(name + room, target, (size_t)n);
	name[room + (size_t)n] = '\0';
	return true;
}

/* Whether that directory takes one more name: it may be another's, deleted already, or on a disk
 * that has no more. */
static bool
takes_names(const char *dir)
{
	struct statvfs fs;
	struct stat st;

	if (access(dir, W_OK | X_OK) == -1 || stat(dir, &st) == -1 || statvfs(dir, &fs) == -1)
		return false;
	errno = st.st_nlink == 0 ? ENOENT : ENOSPC;
	return st.st_nlink > 0 && (fs.f_files == 0 || fs.f_favail > 0);
}

/* Whether a file could be made there, as far as a look can tell.  False with errno. */
static bool
could_make(const char *path)
{
	char name[PATH_MAX], *slash;
	struct stat st;
	int links = 0;

	if (memccpy(name, path, '\0', sizeof(name)) == NULL) {
		errno = ENAMETOOLONG;
		return false;
	}
	while (lstat(name, &st) == 0) {
		if (!S_ISLNK(st.st_mode))
			return true;    /* somebody has made it a moment ago */
		if (++links > LINKS_MAX || !follow(name))
			return false;
	}
	if (errno != ENOENT)
		return false;
	slash = strrchr(name, '/');
	if (slash == NULL)
		return takes_names(".");
	if (slash == name)
		return takes_names("/");
	*slash = '\0';
	return takes_names(name);
}

/* EILSEQ: a name that would hold control characters. */
static void
reply_to_failure(struct session *s, int error, const struct upload *u)
{
	if (error == EILSEQ)
		reply(s, 553, "Names with control characters are not made here.");
	else
		reply_errno(s, error, u->what, u->path);
}

/* Opens what is there, or finds that it can be made.  False with errno. */
static bool
find(struct upload *u)
{
	struct stat st;

	u->fd = plain_open(u->path, u->append ? PLAIN_APPEND : PLAIN_WRITE, &st);
	if (u->fd != -1 || errno != ENOENT)
		return u->fd != -1;
	if (!path_is_creatable(u->path)) {
		errno = EILSEQ;
		return false;
	}
	return could_make(u->path);
}

/* Finds where the upload starts.  REST can only point into what is there: a hole would be glued in
 * (RFC 3659 section 5).  False after the reply. */
static bool
plan(struct session *s, struct upload *u)
{
	struct stat st = { .st_size = 0 };

	if (u->fd != -1 && fstat(u->fd, &st) == -1) {
		reply_errno(s, errno, u->what, u->path);
		return false;
	}
	u->size = (uint64_t)st.st_size;
	if (!part_find(s, u->size, false, &u->part))
		return false;
	if (u->append)
		u->part.start.offset = u->size;
	return true;
}

/* Where the quota has no room for a single byte, or for one more file, it is said before any byte
 * is sent.  False after the reply. */
static bool
has_room(struct session *s, const struct upload *u)
{
	/* What is cut off, or written over, makes its own room. */
	if ((u->fd != -1 || lease_hold(s, 0, 1)) &&
	    (u->size > u->part.start.offset || lease_stretch(s, 1)))
		return true;
	reply_errno(s, errno, u->what, u->path);
	return false;
}

/* ---- with it ---- */

/* The first of NAME, NAME.1, NAME.2, ... that is free.  -1 with errno. */
static int
make_unique(struct session *s, const char *hint, char name_r[PATH_MAX])
{
	int fd = -1;

	for (int i = 0; i < UNIQUE_TRIES && fd == -1; i++) {
		int n = i == 0 ? snprintf(name_r, PATH_MAX, "%s", hint) :
		                 snprintf(name_r, PATH_MAX, "%s.%d", hint, i);

		if (n >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = counted_make(s, name_r, false, 0666);
		if (fd == -1 && errno != EEXIST)
			return -1;
	}
	return fd;
}

/* Makes the file, or takes the one that somebody else has made meanwhile.  -1 with errno. */
static int
make(struct session *s, const struct upload *u)
{
	int fd = counted_make(s, u->path, u->append, 0666), saved;
	struct stat st;

	if (fd != -1 || errno != EEXIST)
		return fd;
	/* This follows a link to a file that is yet to be, and makes that. */
	fd = counted_take(s, u->path, u->append, 0666);
	if (fd == -1 || plain_stat(fd, &st))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Places the file's end and offset there.  What lies behind is replaced: a file that is cut there
 * tells by its size what is good of it, also when this upload breaks.  But RANG leaves all that is
 * outside of it.  False after the reply. */
static bool
seek_and_cut(struct session *s, const struct upload *u)
{
	uint64_t start = u->part.start.offset;
	bool cut = u->part.end == UINT64_MAX && u->size != start;

	if ((!cut || counted_cut(s, u->fd, start)) &&
	    (u->append || start == 0 || lseek(u->fd, (off_t)start, SEEK_SET) != -1))
		return true;
	reply_errno(s, errno, u->what, u->path);
	return false;
}

/* Whether the name is still that file's. */
static bool
is_named(const struct upload *u)
{
	struct stat named, opened;

	return stat(u->path, &named) == 0 && fstat(u->fd, &opened) == 0 &&
	    named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* Has the file there and ready, now that its bytes can come.  False after the reply. */
static bool
prepare(struct session *s, struct upload *u)
{
	/* Into a file that has lost its name since the first look, bytes would be lost. */
	if (u->fd != -1 && u->hint == NULL && !is_named(u)) {
		(void)counted_close(s, u->fd);
		u->fd = -1;
	}
	if (u->fd == -1 && (u->fd = make(s, u)) == -1) {
		reply_errno(s, errno, u->what, u->path);
		return false;
	}
	/* Others may have changed it since the first look. */
	if (!plan(s, u))
		return false;
	/* The hash of a part in the middle is none of the file. */
	if (u->part.end == UINT64_MAX)
		hashmem_upload_begin(s, u->fd, u->path, u->part.start.offset);
	return seek_and_cut(s, u);
}

/* A name that was made for STOU, for an upload of which no byte can come, goes again. */
static void
give_up(struct session *s, const struct upload *u)
{
	int saved = errno;

	if (u->hint != NULL && u->fd != -1)
		(void)counted_unmake(s, u->path, u->fd, 0);
	errno = saved;
}

/* Brings the bytes into the file, whose end is told by transfer_end(). */
static void
receive(struct session *s, struct upload *u, const char *words)
{
	char extra[HASHMEM_RECEIPT_MAX];
	enum transfer_result result = secure_data(s);

	if (result != TRANSFER_DONE) {
		give_up(s, u);
	} else if (prepare(s, u)) {
		result = receive_file(s, u->fd, &u->part.start, u->part.end, u->append);
	} else {
		hashmem_upload_end(s, u->fd);
		transfer_cancel(s);
		return;
	}
	hashmem_upload_end(s, u->fd);
	words = hashmem_receipt(s, u->fd, words, extra);
	/* Some file systems say only now that there was no room. */
	if (u->fd != -1 && counted_close(s, u->fd) == -1 && result == TRANSFER_DONE)
		result = TRANSFER_LOCAL;
	u->fd = -1;
	s->lease.reserved = 0;
	transfer_end(s, result, TRANSFER_IN, u->path, words);
}

/* Nothing that is there is touched before the data connection stands and, under PROT P, is known to
 * be the client's. */
static void
store(struct session *s, struct upload *u)
{
	char words[PATH_MAX + 16];

	if (!plan(s, u) || !has_room(s, u) || !transfer_begin(s, u->what))
		return;
	if (u->hint == NULL) {
		reply(s, 150, "Send it.");
		receive(s, u, NULL);
		return;
	}
	/* The name is part of the 150 (RFC 1123 section 4.1.2.9), so it is made before. */
	u->fd = make_unique(s, u->hint, u->path);
	if (u->fd == -1) {
		reply_errno(s, errno, u->what, u->hint);
		transfer_cancel(s);
		return;
	}
	reply(s, 150, "FILE: %s", u->path);
	snprintf(words, sizeof(words), "FILE: %s", u->path);
	receive(s, u, words);
}

static void
store_named(struct session *s, const char *what, char *path, bool append)
{
	/* After REST or RANG the place is what they say (RFC 3659 section 5.3). */
	bool at_end =
	    append && s->params.rest == 0 && !s->params.rest_foreign && !s->params.range.set;
	struct upload u = { .what = what, .path = path, .append = at_end, .fd = -1 };

	if (!transfer_ready(s))
		return;
	if (find(&u))
		store(s, &u);
	else
		reply_to_failure(s, errno, &u);
	if (u.fd != -1)
		(void)counted_close(s, u.fd);
}

void
cmd_stor(struct session *s, char *arg)
{
	store_named(s, "STOR", arg, false);
}

void
cmd_appe(struct session *s, char *arg)
{
	store_named(s, "APPE", arg, true);
}

void
cmd_stou(struct session *s, char *arg)
{
	char name[PATH_MAX];
	struct upload u = {
		.what = "STOU", .hint = *arg == '\0' ? "file" : arg, .path = name, .fd = -1
	};

	if (!transfer_ready(s))
		return;
	if (s->params.rest != 0 || s->params.rest_foreign || s->params.range.set) {
		reply(s, 554, "A new file has nothing to resume.");
		return;
	}
	if (memccpy(name, u.hint, '\0', sizeof(name)) == NULL)
		errno = ENAMETOOLONG;
	else if (!path_is_creatable(name))
		errno = EILSEQ;
	else if (could_make(name)) {
		store(s, &u);
		if (u.fd != -1)
			(void)counted_close(s, u.fd);
		return;
	}
	u.path = arg;
	reply_to_failure(s, errno, &u);
}
