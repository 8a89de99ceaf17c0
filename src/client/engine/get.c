#include "client/engine/get.h"

#include "base/amount.h"
#include "base/num.h"
#include "base/sb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_KEPT 200   /* bytes of a name that is too long for a suffix */

/* Of what is here already so much is fetched again: no server's word is taken for where it goes
 * on. */
#define SEAM 8192

/* The server's file as it is now. */
struct remote {
	bool has_size, has_mtime;
	uint64_t size;
	time_t mtime;
};

struct part {
	int fd;
	char target[PATH_MAX];  /* symbolic links resolved */
	char path[PATH_MAX];
	char info[PATH_MAX];
	bool was_target;        /* it has been the target, under the target's name */
};

static void
note(const struct get *g, const char *text)
{
	if (g->note != NULL)
		g->note(g->arg, text);
}

static int
ask_remote(struct conn *c, const struct get *g, struct remote *r, struct fail *f)
{
	int rc;

	memset(r, 0, sizeof(*r));
	if (conn_set_type(c, g->ascii ? 'A' : 'I', f) == -1)
		return -1;
	/* In TYPE A the size on the wire is another one, and costs servers a pass over the file. */
	if (!g->ascii) {
		rc = conn_size(c, g->remote, &r->size, f);
		if (rc == -1)
			return -1;
		r->has_size = rc == 1;
	}
	rc = conn_mdtm(c, g->remote, &r->mtime, f);
	if (rc == -1)
		return -1;
	r->has_mtime = rc == 1;
	return 0;
}

/* FNV-1a: names that differ only where they are cut off must not share a part file. */
static uint64_t
name_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
	return hash;
}

static bool
beside(char *out, const char *target, const char *suffix)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash == NULL ? target : slash + 1;
	struct sb text;

	sb_init(&text, out, PATH_MAX);
	sb_put(&text, target, (size_t)(name - target));
	if (strlen(name) + 1 + strlen(suffix) <= NAME_MAX)
		sb_printf(&text, ".%s%s", name, suffix);
	else
		sb_printf(
		    &text, ".%.*s.%016" PRIx64 "%s", NAME_KEPT, name, name_hash(name), suffix);
	return !text.cut;
}

static int
part_names(struct part *p, const char *target, struct fail *f)
{
	struct stat st;
	bool fits;

	if (stat(target, &st) == 0)
		fits = realpath(target, p->target) != NULL;
	else
		fits = snprintf(p->target, sizeof(p->target), "%s", target) < PATH_MAX;
	if (!fits || !beside(p->path, p->target, ".ferry-part") ||
	    !beside(p->info, p->target, ".ferry-info"))
		return fail_set(f, FAIL_LOCAL, "%s: the name is too long", target);
	return 0;
}

static int
part_open(struct part *p, struct fail *f)
{
	struct stat st;

	/* Never through a link that somebody else may have put there. */
	p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	if (p->fd == -1 || fstat(p->fd, &st) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot write %s", p->path);
	if (!S_ISREG(st.st_mode))
		return fail_set(f, FAIL_LOCAL, "%s is in the way", p->path);
	if (flock(p->fd, LOCK_EX | LOCK_NB) == -1)
		return fail_set(f, FAIL_LOCAL, "%s is being fetched already", p->target);
	return 0;
}

static void
put_number(struct sb *out, bool known, long long value)
{
	if (known)
		sb_printf(out, "%lld", value);
	else
		sb_putc(out, '-');
}

static void
info_text(const struct remote *r, char *text, size_t cap)
{
	struct sb out;

	sb_init(&out, text, cap);
	sb_puts(&out, "size ");
	put_number(&out, r->has_size, (long long)r->size);
	sb_puts(&out, " time ");
	put_number(&out, r->has_mtime, (long long)r->mtime);
	sb_putc(&out, '\n');
}

static int
info_write(const struct part *p, const struct remote *r, struct fail *f)
{
	char text[96];
	size_t len;
	ssize_t written;
	int fd;

	info_text(r, text, sizeof(text));
	len = strlen(text);
	fd = open(p->info, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot write %s", p->info);
	written = write(fd, text, len);
	if (close(fd) == -1 || written != (ssize_t)len)
		return fail_errno(f, FAIL_LOCAL, "cannot write %s", p->info);
	return 0;
}

/* Whether the part was begun from the file as the server has it now.  Without any record it was
 * not. */
static bool
info_matches(const struct part *p, const struct remote *r)
{
	char now[96], then[96];
	ssize_t n;
	int fd;

	info_text(r, now, sizeof(now));
	fd = open(p->info, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return false;
	n = read(fd, then, sizeof(then));
	close(fd);
	return n == (ssize_t)strlen(now) && memcmp(now, then, (size_t)n) == 0;
}

enum decision { FETCH_ALL, FETCH_REST, FETCH_NOTHING };

/* What to do with `local` bytes that may be the beginning of the server's file. */
static enum decision
compare_sizes(const struct get *g, const struct remote *r, uint64_t local)
{
	if (!r->has_size) {
		/* Then what RETR sends from there on is all there is to go by. */
		return FETCH_REST;
	}
	if (local > r->size) {
		note(g, "the local file is larger than the server's: starting over");
		return FETCH_ALL;
	}
	return local == r->size ? FETCH_NOTHING : FETCH_REST;
}

/* A file of the target's name and no part: somebody else's beginning, or an old whole one. */
static enum decision
consider_target(const struct get *g, const struct remote *r, const struct stat *st)
{
	/* What was fetched of the present file was written after it was last changed. */
	if (r->has_mtime && st->st_mtime < r->mtime) {
		note(g, "the server's file is newer than the local one: starting over");
		return FETCH_ALL;
	}
	return compare_sizes(g, r, (uint64_t)st->st_size);
}

/* Opens the part and says in *offset_r from where to go on.  *decision_r FETCH_NOTHING with
 * *in_place_r: the target itself is whole. */
static int
part_begin(struct part *p, const struct get *g, const struct remote *r, enum decision *decision_r,
    bool *in_place_r, struct fail *f)
{
	struct stat part, target;

	*decision_r = FETCH_ALL;
	*in_place_r = false;
	if (part_open(p, f) == -1)
		return -1;
	if (!g->resume)
		return 0;
	if (fstat(p->fd, &part) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot read %s", p->path);
	if (part.st_size > 0) {
		if (!info_matches(p, r))
			note(g,
			    "the server's file has changed since the part was begun: starting over");
		else
			*decision_r = compare_sizes(g, r, (uint64_t)part.st_size);
		return 0;
	}
	if (stat(p->target, &target) == -1 || !S_ISREG(target.st_mode) ||
	    (target.st_size == 0 && r->size != 0))
		return 0;
	*decision_r = consider_target(g, r, &target);
	*in_place_r = *decision_r == FETCH_NOTHING;
	if (*decision_r != FETCH_REST)
		return 0;
	/* It becomes the part, and has its name again when it is whole. */
	close(p->fd);
	p->fd = -1;
	if (rename(p->target, p->path) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot rename %s", p->target);
	p->was_target = true;
	return part_open(p, f);
}

/* What is here is no beginning of the server's file.  One that was the target is that again, until
 * a new one is whole. */
static int
part_renew(struct part *p, struct fail *f)
{
	if (!p->was_target) {
		if (ftruncate(p->fd, 0) == -1 || lseek(p->fd, 0, SEEK_SET) == -1)
			return fail_errno(f, FAIL_LOCAL, "cannot empty %s", p->path);
		return 0;
	}
	close(p->fd);
	p->fd = -1;
	p->was_target = false;
	if (rename(p->path, p->target) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot rename %s", p->path);
	return part_open(p, f);
}

static void
part_remove(const struct part *p)
{
	(void)unlink(p->path);
	(void)unlink(p->info);
}

/* Moves the bytes from offset on.  *why_not_r: why that cannot be, when they must come from the
 * beginning, or NULL. */
static int
fetch(struct conn *c, struct get *g, const struct remote *r, int fd, const char **why_not_r,
    struct fail *f)
{
	struct transfer t = { .verb = "RETR",
		.path = g->remote,
		.local = g->target,
		.ascii = g->ascii,
		.offset = g->offset,
		.seam = g->offset < SEAM ? g->offset : SEAM,
		.progress = g->progress,
		.progress_arg = g->arg };
	uint64_t whole;
	int rc;

	t.now.total = r->size;
	t.now.total_known = r->has_size;
	rc = transfer_receive(c, &t, fd, f);
	*why_not_r = NULL;
	if (rc == -1 && t.restart_refused)
		*why_not_r = "the server cannot go on from there: starting over";
	else if (rc == -1 && t.differs)
		*why_not_r = "what is here is not the beginning of the server's file: starting over";
	g->moved = t.now.moved;
	if (rc == -1 || g->ascii || !t.now.total_known)
		return rc;
	whole = g->offset + g->moved;
	if (whole == t.now.total)
		return 0;
	/* A log that has grown meanwhile is no broken transfer, if the server says so too. */
	if (whole > t.now.total && conn_size(c, g->remote, &t.now.total, f) == 1 &&
	    whole == t.now.total)
		return 0;
	return fail_set(f, FAIL_BROKEN, "%" PRIu64 " %s came, but the file has %" PRIu64, whole,
	    amount_word(whole), t.now.total);
}

static int
part_finish(struct part *p, const struct remote *r, struct fail *f)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = r->mtime } };

	/* A file system that keeps no such time still keeps the file. */
	if (r->has_mtime)
		(void)futimens(p->fd, times);
	if (rename(p->path, p->target) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot rename %s to %s", p->path, p->target);
	(void)unlink(p->info);
	return 0;
}

static int
fetch_part(struct conn *c, struct get *g, const struct remote *r, struct part *p,
    enum decision decision, struct fail *f)
{
	char text[PATH_MAX + 128];
	const char *why_not = NULL;
	off_t at = 0;
	int rc;

	if (decision == FETCH_REST)
		at = lseek(p->fd, 0, SEEK_END);
	else if (ftruncate(p->fd, 0) == -1)
		at = -1;
	if (at == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot prepare %s", p->path);
	g->offset = (uint64_t)at;
	rc = info_write(p, r, f);
	if (rc == 0)
		rc = fetch(c, g, r, p->fd, &why_not, f);
	if (rc == -1 && why_not != NULL) {
		note(g, why_not);
		if (part_renew(p, f) == -1)
			return -1;
		g->offset = 0;
		if (c->fd != -1)
			rc = fetch(c, g, r, p->fd, &why_not, f);
	}
	if (rc == 0)
		return part_finish(p, r, f);
	at = lseek(p->fd, 0, SEEK_END);
	if (at <= 0) {
		part_remove(p);
	} else if (!g->ascii) {
		snprintf(text, sizeof(text), "%lld %s kept in %s; get -c goes on from there",
		    (long long)at, at == 1 ? "byte is" : "bytes are", p->path);
		note(g, text);
	}
	return -1;
}

int
get_file(struct conn *c, struct get *g, struct fail *f)
{
	struct part p = { .fd = -1 };
	enum decision decision;
	struct remote r;
	bool in_place;
	int rc;

	g->moved = g->offset = 0;
	g->was_whole = false;
	if (part_names(&p, g->target, f) == -1 || ask_remote(c, g, &r, f) == -1)
		return -1;
	rc = part_begin(&p, g, &r, &decision, &in_place, f);
	if (rc == 0 && decision == FETCH_NOTHING) {
		g->was_whole = true;
		if (!r.has_mtime)
			note(g,
			    "the sizes are the same; the server tells nothing else by which to know the file");
		if (in_place)
			part_remove(&p);
		else
			rc = part_finish(&p, &r, f);
	} else if (rc == 0) {
		rc = fetch_part(c, g, &r, &p, decision, f);
	}
	if (p.fd != -1)
		close(p.fd);
	return rc;
}

int
get_stream(struct conn *c, struct get *g, int fd, struct fail *f)
{
	struct remote r = { .has_size = false };
	const char *why_not;
	int rc;

	g->moved = g->offset = 0;
	g->was_whole = false;
	if (conn_set_type(c, g->ascii ? 'A' : 'I', f) == -1)
		return -1;
	if (!g->ascii) {
		rc = conn_size(c, g->remote, &r.size, f);
		if (rc == -1)
			return -1;
		r.has_size = rc == 1;
	}
	return fetch(c, g, &r, fd, &why_not, f);
}
