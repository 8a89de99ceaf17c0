#include "server/command/cmd_comb.h"

#include "base/clock.h"
#include "ftp/words.h"
#include "server/file/counted.h"
#include "server/file/path.h"
#include "server/file/plain.h"
#include "server/session/reply.h"
#include "server/transfer/copy.h"
#include "server/transfer/work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PARTS_MAX 100

/* One COMB.  All is opened and looked at before anything is changed. */
struct comb {
	char *target;
	char **parts;
	size_t count;           /* of parts */
	size_t opened;          /* of these, the first so many */
	int fds[PARTS_MAX];
	struct stat st[PARTS_MAX];
	int to;                 /* -1: not yet open */
	bool made;              /* the target is new */
	off_t size;             /* of the target before */
};

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether names may be taken from the directory that path stands in.  False with errno. */
static bool
may_remove(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (len >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(dir, path, len);
	dir[len] = '\0';
	return access(len == 0 ? "." : dir, W_OK | X_OK) == 0;
}

/* False after the reply. */
static bool
open_parts(struct session *s, struct comb *c)
{
	for (size_t i = 0; i < c->count; i++) {
		path_from_listed(c->parts[i]);
		c->fds[i] = plain_open(c->parts[i], PLAIN_READ, &c->st[i]);
		c->opened += c->fds[i] != -1;
		if (c->fds[i] == -1 || !may_remove(c->parts[i])) {
			reply_errno(s, errno, "COMB", c->parts[i]);
			return false;
		}
		for (size_t j = 0; j < i; j++) {
			if (is_same(&c->st[i], &c->st[j])) {
				reply(s, 553, "Two of the names are the same file.");
				return false;
			}
		}
	}
	return true;
}

/* False after the reply. */
static bool
open_target(struct session *s, struct comb *c)
{
	struct stat st = { 0 };

	path_parent_from_listed(c->target);
	if (!path_is_creatable(c->target)) {
		reply(s, 553, "Names with control characters are not made here.");
		return false;
	}
	c->to = plain_open(c->target, PLAIN_WRITE, &st);
	if (c->to == -1 && errno == ENOENT) {
		c->to = counted_make(s, c->target, false, 0666);
		c->made = c->to != -1;
	}
	if (c->to == -1) {
		reply_errno(s, errno, "COMB", c->target);
		return false;
	}
	c->size = st.st_size;
	for (size_t i = 0; i < c->count && !c->made; i++) {
		if (is_same(&st, &c->st[i])) {
			reply(s, 553, "Two of the names are the same file.");
			return false;
		}
	}
	return true;
}

/* The target as it was, unless another has written to it meanwhile: that is not ours to undo. */
static void
undo(struct session *s, const struct comb *c)
{
	uint64_t size = (uint64_t)c->size + s->transfer.bytes;
	struct stat now;
	int saved = errno;

	if (c->made)
		(void)counted_unmake(s, c->target, c->to, size);
	else if (fstat(c->to, &now) == 0 && (uint64_t)now.st_size == size)
		(void)counted_cut(s, c->to, (uint64_t)c->size);
	errno = saved;
}

static bool
append_parts(struct session *s, struct comb *c)
{
	enum transfer_result result = TRANSFER_DONE;

	work_begin(s, "COMB");
	for (size_t i = 0; i < c->count && result == TRANSFER_DONE; i++)
		result = copy_bytes(s, c->fds[i], c->to, (uint64_t)c->size + s->transfer.bytes);
	/* Some file systems say only now that there was no room. */
	if (result == TRANSFER_DONE && fdatasync(c->to) == -1)
		result = TRANSFER_LOCAL;
	if (result != TRANSFER_DONE)
		undo(s, c);
	return work_end(s, result, c->target);
}

static void
remove_parts(struct session *s, const struct comb *c)
{
	uint64_t size = (uint64_t)c->size + s->transfer.bytes;

	for (size_t i = 0; i < c->count; i++) {
		if (!counted_remove(s, AT_FDCWD, c->parts[i])) {
			reply_errno(s, errno, "COMB", c->parts[i]);
			return;
		}
		s->transfer = (struct session_transfer){ .what = "COMB", .started = clock_ms() };
		transfer_log(s, TRANSFER_DELETED, c->parts[i], true);
	}
	reply(s, 250, "Combined; the file has %llu bytes.", (unsigned long long)size);
}

void
cmd_comb(struct session *s, char *arg)
{
	char *words[PARTS_MAX + 1];
	struct comb c = { .to = -1 };
	size_t count = words_split(arg, words, PARTS_MAX + 1);

	if (count < 2 || count > PARTS_MAX + 1) {
		reply(s, 501,
		    "Usage: COMB target part..., up to %d, names with blanks in double quotes",
		    PARTS_MAX);
		return;
	}
	c.target = words[0];
	c.parts = words + 1;
	c.count = count - 1;
	if (open_parts(s, &c) && open_target(s, &c) && append_parts(s, &c))
		remove_parts(s, &c);
	if (c.to != -1)
		(void)counted_close(s, c.to);
	for (size_t i = 0; i < c.opened; i++)
		close(c.fds[i]);
}
