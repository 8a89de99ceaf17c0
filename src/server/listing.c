#include "server/listing.h"

#include "base/clock.h"
#include "ftp/glob.h"
#include "server/reply.h"
#include "server/secure.h"
#include "server/send.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A directory whose names fit in one block is sorted, as people expect; a larger one is sent in the order
 * of the disk, block by block, so that memory stays flat and the first line comes at once. */
#define NAMES_BLOCK  (64 * 1024)
#define OUT_BLOCK    (64 * 1024)
#define DIRENT_LEAST 24         /* bytes of the shortest struct dirent64 that getdents64(2) gives */

/* One run over a directory. */
struct walk {
	struct session *s;
	const struct listing *l;
	struct entry_viewer viewer;
	time_t now;
	bool dir_writable;
	char *names;            /* [NAMES_BLOCK], as getdents64(2) fills it */
	struct sb out;          /* [OUT_BLOCK] */
	struct outlet outlet;
	enum transfer_result result;
};

struct entry_viewer
listing_viewer(const struct session *s)
{
	return (struct entry_viewer){ .uid = s->login.uid,
		.gid = s->login.gid,
		.name = s->login.name,
		.may_write = true };
}

bool
listing_stat(int dir, const char *name, struct stat *st)
{
	/* A link whose target is gone is shown as the link it is. */
	return fstatat(dir, name, st, 0) == 0 ||
	    ((errno == ENOENT || errno == ELOOP || errno == EACCES) &&
	        fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0);
}

/* ---- output ---- */

/* LIST is TYPE A or E and in the session's MODE; MLSD is TYPE I, and MODE S but for MODE Z, which clients
 * want for everything (RFC 1123 section 4.1.2.7, RFC 3659 section 7.2). */
static struct wire_form
listing_form(const struct walk *w)
{
	struct wire_form form = w->s->params.form;

	if (w->l->on_control)
		return (struct wire_form){ .type = WIRE_IMAGE };
	form.records = false;
	if (w->l->form == LISTING_MLSD && form.mode != WIRE_DEFLATE)
		form.mode = WIRE_STREAM;
	/* The lines have TYPE A's ends already. */
	if (w->l->form == LISTING_MLSD || form.type == WIRE_ASCII)
		form.type = WIRE_IMAGE;
	return form;
}

/* EBCDIC has one byte for the end of a line. */
static void
drop_crs(struct sb *sb)
{
	size_t len = 0;

	for (size_t i = 0; i < sb->len; i++)
		if (sb->buf[i] != '\r')
			sb->buf[len++] = sb->buf[i];
	sb->len = len;
}

static void
flush(struct walk *w, bool last)
{
	if (w->s->params.form.type == WIRE_EBCDIC && w->l->form != LISTING_MLSD)
		drop_crs(&w->out);
	if (w->result == TRANSFER_DONE) {
		(void)outlet_put(&w->outlet, w->out.buf, w->out.len, last);
		w->result = w->outlet.result;
	}
	sb_reset(&w->out);
}

/* On the control connection a line is a reply's. */
static void
flush_line(struct walk *w)
{
	size_t len = w->out.len;

	while (len > 0 && (w->out.buf[len - 1] == '\n' || w->out.buf[len - 1] == '\r'))
		len--;
	reply_line(w->s, "%.*s", (int)len, w->out.buf);
	sb_reset(&w->out);
	if (w->s->out_failed)
		w->result = TRANSFER_LOST;
}

static void
put_entry(struct walk *w, const struct entry *e)
{
	if (w->l->form == LISTING_LIST) {
		entry_put_list(&w->out, e, &w->viewer, w->now);
	} else if (w->l->form == LISTING_MLSD) {
		size_t start = w->out.len;

		entry_put_facts(&w->out, e, &w->viewer, w->s->params.facts);
		sb_puts(&w->out, "\r\n");
		if (w->out.cut)
			w->out.len = start;
	} else {
		size_t start = w->out.len;

		sb_puts(&w->out, e->name);
		sb_puts(&w->out, "\r\n");
		if (w->out.cut)
			w->out.len = start;
	}
}

/* Adds one entry; a full block is sent first. */
static void
emit(struct walk *w, const struct entry *e)
{
	put_entry(w, e);
	if (w->out.cut) {
		w->out.cut = false;
		w->out.buf[w->out.len] = '\0';
		flush(w, false);
		put_entry(w, e);
		w->out.cut = false;
	}
	if (w->l->on_control)
		flush_line(w);
}

/* ---- names ---- */

static bool
is_listed(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

static bool
is_wanted(const struct listing *l, const char *name)
{
	bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;

	if (!entry_is_listable(name))
		return false;
	if (l->pattern != NULL)
		return !dots && glob_match(l->pattern, name);
	/* MLSD shows all there is; its own lines for . and .. are made apart. */
	if (l->form == LISTING_MLSD)
		return !dots;
	return name[0] != '.' || l->hidden;
}

static void
emit_name(struct walk *w, const char *name)
{
	char shown[PATH_MAX + NAME_MAX + 1], target[PATH_MAX];
	struct entry e = { .name = name, .dir_writable = w->dir_writable };
	struct stat st;

	if (!is_wanted(w->l, name))
		return;
	if (w->l->prefix[0] != '\0') {
		struct sb sb;

		sb_init(&sb, shown, sizeof(shown));
		sb_puts(&sb, w->l->prefix);
		sb_puts(&sb, name);
		e.name = shown;
	}
	/* Names alone need no look at what they name. */
	if (w->l->form != LISTING_NLST) {
		if (w->l->form == LISTING_MLSD ? !listing_stat(w->l->dir, name, &st) :
		                                 fstatat(w->l->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return;
		if (!is_listed(st.st_mode))
			return;
		e.st = &st;
	}
	if (w->l->form == LISTING_LIST && S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(w->l->dir, name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		if (n > 0 && entry_is_listable(target))
			e.target = target;
	}
	emit(w, &e);
}

static void
emit_self(struct walk *w)
{
	struct stat st;
	struct entry e = { .name = ".", .st = &st, .kind = ENTRY_CDIR };

	if ((w->s->params.facts & FACT_TYPE) == 0)
		return;         /* without their type the two could not be told from names */
	if (fstat(w->l->dir, &st) == 0)
		emit(w, &e);
	e.name = "..";
	e.kind = ENTRY_PDIR;
	if (fstatat(w->l->dir, "..", &st, 0) == 0)
		emit(w, &e);
}

/* ---- the walk ---- */

/* Fills the block from the directory.  *all_r: it holds every name there is.  -1 with errno. */
static ssize_t
read_block(const struct walk *w, bool *all_r)
{
	size_t len = 0;

	*all_r = false;
	while (NAMES_BLOCK - len >= sizeof(struct dirent64)) {
		ssize_t n = getdents64(w->l->dir, w->names + len, NAMES_BLOCK - len);

		/* A directory that was deleted while someone stands in it has no names. */
		if (n == -1 && errno != ENOENT)
			return -1;
		if (n <= 0) {
			*all_r = true;
			break;
		}
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static const struct dirent64 *
entry_at(const struct walk *w, size_t at)
{
	return (const struct dirent64 *)(const void *)(w->names + at);
}

static int
compare_names(const void *a, const void *b)
{
	const struct dirent64 *const *x = a, *const *y = b;

	return strcmp((*x)->d_name, (*y)->d_name);
}

static void
emit_sorted(struct walk *w, size_t len)
{
	const struct dirent64 **names = malloc((len / DIRENT_LEAST + 1) * sizeof(names[0]));
	size_t count = 0;

	if (names == NULL) {
		w->result = TRANSFER_LOCAL;
		return;
	}
	for (size_t at = 0; at < len; at += entry_at(w, at)->d_reclen)
		names[count++] = entry_at(w, at);
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count && w->result == TRANSFER_DONE; i++)
		emit_name(w, names[i]->d_name);
	free(names);
}

static void
walk_directory(struct walk *w)
{
	bool all = false, first = true;

	w->dir_writable = faccessat(w->l->dir, ".", W_OK | X_OK, 0) == 0;
	if (w->l->form == LISTING_MLSD)
		emit_self(w);
	while (!all && w->result == TRANSFER_DONE) {
		ssize_t len = read_block(w, &all);

		if (len == -1) {
			w->result = TRANSFER_LOCAL;
			return;
		}
		if (all && first)
			emit_sorted(w, (size_t)len);
		else
			for (size_t at = 0; at < (size_t)len && w->result == TRANSFER_DONE;
			     at += entry_at(w, at)->d_reclen)
				emit_name(w, entry_at(w, at)->d_name);
		first = false;
	}
}

static void
emit_single(struct walk *w)
{
	char target[PATH_MAX];
	struct entry e = { .name = w->l->single, .st = &w->l->single_st };

	if (w->l->form == LISTING_LIST && S_ISLNK(e.st->st_mode)) {
		ssize_t n = readlink(w->l->single, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		if (n > 0 && entry_is_listable(target))
			e.target = target;
	}
	if (entry_is_listable(e.name))
		emit(w, &e);
}

enum transfer_result
listing_run(struct session *s, struct listing *l)
{
	struct walk w = { .s = s, .l = l, .viewer = listing_viewer(s), .now = clock_wall() };
	const struct wire_start start = { 0 };
	struct wire_form form = listing_form(&w);
	char *out = malloc(OUT_BLOCK);

	outlet_open(&w.outlet, s, &form, &start);
	w.result = w.outlet.result;
	if (w.result == TRANSFER_DONE && !l->on_control)
		w.result = secure_data(s);
	w.names = malloc(NAMES_BLOCK);
	if (w.names == NULL || out == NULL) {
		w.result = TRANSFER_LOCAL;
	} else if (w.result == TRANSFER_DONE) {
		sb_init(&w.out, out, OUT_BLOCK);
		if (l->single != NULL)
			emit_single(&w);
		else
			walk_directory(&w);
		if (!l->on_control)
			flush(&w, true);
	}
	(void)outlet_close(&w.outlet);
	free(w.names);
	free(out);
	return w.result;
}

/* ---- what to list ---- */

/* Takes "-la " and more such words off, unless a file of that very name is there. */
static char *
take_options(struct listing *l, char *path)
{
	struct stat st;

	while (path[0] == '-' && lstat(path, &st) == -1) {
		size_t len = strcspn(path, " ");

		l->hidden |= memchr(path, 'a', len) != NULL;
		path += len;
		while (*path == ' ')
			path++;
	}
	return path;
}

static bool
open_directory(struct listing *l, const char *path)
{
	l->dir = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	return l->dir != -1;
}

/* "dir/" of a path whose last part is something else, or "". */
static void
keep_prefix(struct listing *l, const char *path, size_t len)
{
	if (len > 0 && len < sizeof(l->prefix)) {
		memcpy(l->prefix, path, len);
		l->prefix[len] = '\0';
	}
}

/* A path with a pattern as its last part. */
static bool
open_pattern(struct listing *l, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (len >= sizeof(l->prefix)) {
		errno = ENAMETOOLONG;
		return false;
	}
	l->pattern = path + len;
	l->hidden = l->pattern[0] == '.';
	keep_prefix(l, path, len);
	return open_directory(l, len == 0 ? "." : l->prefix);
}

bool
listing_open(struct listing *l, enum listing_form form, char *path, bool options)
{
	*l = (struct listing){ .form = form, .dir = -1 };
	if (options)
		path = take_options(l, path);
	if (*path == '\0')
		return open_directory(l, ".");
	if (lstat(path, &l->single_st) == -1)
		return errno == ENOENT && options && glob_is_pattern(path) && open_pattern(l, path);
	if (open_directory(l, path)) {
		/* Each line of NLST must be a name that RETR takes from here. */
		if (form == LISTING_NLST) {
			size_t len = strlen(path);

			keep_prefix(l, path, len);
			if (l->prefix[0] != '\0' && path[len - 1] != '/' && len + 1 < sizeof(l->prefix))
				memcpy(l->prefix + len, "/", 2);
		}
		return true;
	}
	if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
		return false;
	l->single = path;
	return true;
}

void
listing_close(struct listing *l)
{
	if (l->dir != -1)
		close(l->dir);
	l->dir = -1;
}
