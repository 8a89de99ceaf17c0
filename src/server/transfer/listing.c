#include "server/transfer/listing.h"

#include "base/clock.h"
#include "base/walk.h"
#include "ftp/glob.h"
#include "ftp/name.h"
#include "server/file/path.h"
#include "server/session/reply.h"
#include "server/transfer/secure.h"
#include "server/transfer/send.h"
#include "server/transfer/work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_BLOCK (64 * 1024)

/* What -t, -S and -r may take to sort; directories with more come in the order of the disk. */
#define SORT_ROOM (8 * 1024 * 1024)

/* Directories in one another that -R goes into; each holds a descriptor and a block of names. */
#define DEPTH_MAX 32

/* A directory that is being listed. */
struct level {
	int dir;
	unsigned depth;
	bool dir_writable;
	bool descending;        /* its names are out: now those in its directories */
};

/* One listing. */
struct run {
	struct session *s;
	struct listing *l;
	struct entry_viewer viewer;
	time_t now;
	struct walk walk;
	const struct level *level;
	char where_buf[2 * PATH_MAX];
	struct sb where;        /* the level's path, with a slash at its end, or empty */
	bool began;             /* a line is out */
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
	/* A link whose target is gone, or cannot be reached, is shown as the link it is. */
	return fstatat(dir, name, st, 0) == 0 || fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- output ---- */

/* LIST is TYPE A or E and in the session's MODE; MLSD is TYPE I, and MODE S but for MODE Z, which
 * clients want for everything (RFC 1123 section 4.1.2.7, RFC 3659 section 7.2). */
static struct wire_form
listing_form(const struct run *w)
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
flush(struct run *w, bool last)
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
flush_line(struct run *w)
{
	size_t len = w->out.len;

	while (len > 0 && (w->out.buf[len - 1] == '\n' || w->out.buf[len - 1] == '\r'))
		len--;
	reply_line(w->s, "%.*s", (int)len, w->out.buf);
	sb_reset(&w->out);
	if (w->s->out_failed)
		w->result = TRANSFER_LOST;
}

/* What is only a name is a line of its own. */
static void
put_entry(struct run *w, const struct entry *e)
{
	size_t start = w->out.len;

	if (e->st != NULL && w->l->form != LISTING_MLSD) {
		entry_put_list(&w->out, e, &w->viewer, w->now);
		return;
	}
	if (e->st != NULL)
		entry_put_facts(&w->out, e, &w->viewer, w->s->params.facts);
	else
		sb_puts(&w->out, e->name);
	sb_puts(&w->out, "\r\n");
	if (w->out.cut)
		w->out.len = start;
}

/* Adds one entry; a full block is sent first. */
static void
add_entry(struct run *w, const struct entry *e)
{
	put_entry(w, e);
	if (w->out.cut) {
		w->out.cut = false;
		w->out.buf[w->out.len] = '\0';
		flush(w, false);
		put_entry(w, e);
		w->out.cut = false;
	}
}

/* In the character set of an old client. */
static void
add_encoded(struct run *w, const struct entry *e)
{
	char name[6 * (2 * PATH_MAX + NAME_MAX)], target[6 * PATH_MAX];
	struct entry encoded = *e;
	struct sb sb;

	sb_init(&sb, name, sizeof(name));
	charset_encode(session_charset(w->s), e->name, &sb);
	encoded.name = name;
	if (e->target != NULL) {
		sb_init(&sb, target, sizeof(target));
		charset_encode(session_charset(w->s), e->target, &sb);
		encoded.target = target;
	}
	add_entry(w, &encoded);
}

static void
put(struct run *w, const struct entry *e)
{
	/* A reply's line is encoded where replies are. */
	if (session_charset(w->s) != NULL && !w->l->on_control)
		add_encoded(w, e);
	else
		add_entry(w, e);
	if (w->l->on_control)
		flush_line(w);
}

/* What cannot stand in a line as it is. */
static void
put_listed(struct run *w, const struct entry *e)
{
	char name[3 * (2 * PATH_MAX + NAME_MAX)], target[3 * PATH_MAX];
	struct entry listed = *e;
	struct sb sb;

	sb_init(&sb, name, sizeof(name));
	name_put_listed(&sb, e->name);
	listed.name = name;
	if (e->target != NULL) {
		sb_init(&sb, target, sizeof(target));
		name_put_listed(&sb, e->target);
		listed.target = target;
	}
	put(w, &listed);
}

static void
emit(struct run *w, const struct entry *e)
{
	w->began = true;
	if (name_is_listable(e->name) && (e->target == NULL || name_is_listable(e->target)))
		put(w, e);
	else
		put_listed(w, e);
}

static void
emit_text(struct run *w, const char *text)
{
	const struct entry e = { .name = text };

	emit(w, &e);
}

/* ---- names ---- */

/* Whether lines are names alone: NLST, unless -l asks for more, as it does of ls(1); LIST -1. */
static bool
is_names(const struct listing *l)
{
	return l->form == LISTING_NLST
	    ? !l->options.details
	    : l->form == LISTING_LIST && l->options.names && !l->options.details;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
is_wanted(const struct run *w, const char *name)
{
	const struct lsopt *options = &w->l->options;

	if (w->l->pattern != NULL && w->level->depth == 0)
		return !is_dots(name) && glob_match(w->l->pattern, name);
	/* MLSD shows all there is; its own lines for . and .. are made apart. */
	if (w->l->form == LISTING_MLSD)
		return !is_dots(name);
	return name[0] != '.' || options->all || (options->almost_all && !is_dots(name));
}

/* What stands before each name: of NLST, what makes it a path for RETR. */
static const char *
prefix(const struct run *w)
{
	if ((w->l->form == LISTING_NLST && is_names(w->l)) ||
	    (w->l->pattern != NULL && w->level->depth == 0))
		return w->where.buf;
	return "";
}

/* Where a link leads, NULL where that cannot be shown. */
static const char *
link_target(int dir, const char *name, char target_r[PATH_MAX])
{
	ssize_t n = readlinkat(dir, name, target_r, PATH_MAX - 1);

	target_r[n > 0 ? n : 0] = '\0';
	return n > 0 ? target_r : NULL;
}

static bool
is_link(int dir, const char *name, unsigned char type)
{
	struct stat st;

	if (type != DT_UNKNOWN)
		return type == DT_LNK;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* What is told of a name.  What cannot be looked at is there, and is shown with what the directory
 * knows of it: its kind.  False: it has gone. */
static bool
look(const struct run *w, const char *name, unsigned char type, struct stat *st, struct entry *e)
{
	bool follow = w->l->form == LISTING_MLSD;
	int dir = w->level->dir;

	if (follow ? listing_stat(dir, name, st)
		   : fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (follow && S_ISDIR(st->st_mode) && is_link(dir, name, type))
			e->kind = ENTRY_DIR_LINK;
		return true;
	}
	e->bare = true;
	*st = (struct stat){ .st_mode = (mode_t)DTTOIF(type), .st_nlink = 1 };
	return errno != ENOENT;
}

static void
emit_name(struct run *w, const char *name, unsigned char type)
{
	char shown[2 * PATH_MAX + NAME_MAX + 1], target[PATH_MAX];
	struct entry e = { .name = shown, .dir_writable = w->level->dir_writable };
	struct stat st;
	struct sb sb;

	if (!is_wanted(w, name))
		return;
	sb_init(&sb, shown, sizeof(shown));
	sb_puts(&sb, prefix(w));
	sb_puts(&sb, name);
	/* Names alone need no look at what they name. */
	if (!is_names(w->l)) {
		if (!look(w, name, type, &st, &e))
			return;
		e.st = &st;
		if (S_ISLNK(st.st_mode))
			e.target = link_target(w->level->dir, name, target);
	}
	emit(w, &e);
}

static void
emit_self(struct run *w)
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

static void
emit_single(struct run *w)
{
	char target[PATH_MAX];
	struct entry e = { .name = w->l->single };

	if (!is_names(w->l))
		e.st = &w->l->single_st;
	if (e.st != NULL && S_ISLNK(e.st->st_mode))
		e.target = link_target(AT_FDCWD, w->l->single, target);
	emit(w, &e);
}

/* "pub/sub:", as ls -R has it, after an empty line.  NLST has none: its names say where they
 * are. */
static void
emit_header(struct run *w)
{
	size_t len = w->where.len;

	if (!w->l->options.recursive || (w->l->form == LISTING_NLST && is_names(w->l)) ||
	    (w->l->pattern != NULL && w->level->depth == 0))
		return;
	if (w->began)
		emit_text(w, "");
	if (len > 1)
		w->where.buf[len - 1] = ':';
	else
		sb_putc(&w->where, ':');
	emit_text(w, w->where.buf);
	if (len > 1) {
		w->where.buf[len - 1] = '/';
	} else {
		w->where.len = len;
		w->where.buf[len] = '\0';
	}
}

/* ---- directories ---- */

static void list_directory(struct run *w, int dir, unsigned depth);

/* The rest is listed all the same, and the first error told in the end. */
static void
keep_error(struct run *w, int error)
{
	if (w->l->error == 0)
		w->l->error = error;
}

/* Goes into what is a directory, and no link to one. */
static void
descend(struct run *w, const char *name, unsigned char type)
{
	size_t len = w->where.len;
	struct stat st;
	int dir;

	if (is_dots(name) || !is_wanted(w, name))
		return;
	if (type == DT_UNKNOWN) {
		if (fstatat(w->level->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			type = S_ISDIR(st.st_mode) ? DT_DIR : DT_REG;
		else if (errno != ENOENT)
			keep_error(w, errno);   /* it may be one */
	}
	if (type != DT_DIR)
		return;
	sb_puts(&w->where, name);
	sb_putc(&w->where, '/');
	if (w->where.cut || w->level->depth + 1 == DEPTH_MAX)
		keep_error(w, ELOOP);
	else if ((dir = openat(w->level->dir, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) != -1) {
		list_directory(w, dir, w->level->depth + 1);
		close(dir);
	} else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
		/* Not gone, and nothing else in its place. */
		keep_error(w, errno);
	}
	w->where.len = len;
	w->where.buf[len] = '\0';
	w->where.cut = false;
}

static bool
on_name(void *ctx, const char *name, unsigned char type)
{
	struct run *w = ctx;

	if (w->level->descending)
		descend(w, name, type);
	else
		emit_name(w, name, type);
	return w->result == TRANSFER_DONE;
}

/* Where no line goes out for long, ABOR is still heard.  In the midst of a reply nothing can be
 * answered. */
static bool
on_pause(void *ctx)
{
	struct run *w = ctx;

	if (w->result == TRANSFER_DONE && !w->l->on_control)
		w->result = work_hear(w->s);
	return w->result == TRANSFER_DONE;
}

static void
walk_level(struct run *w)
{
	if (w->result == TRANSFER_DONE && !walk_directory(&w->walk, w->level->dir))
		keep_error(w, errno);
	if (w->walk.unsorted)
		w->l->note = N_("Too many names to be sorted.");
}

static void
list_directory(struct run *w, int dir, unsigned depth)
{
	struct level level = { .dir = dir, .depth = depth };
	const struct level *above = w->level;

	if (depth > 0 && !on_pause(w))
		return;
	level.dir_writable = faccessat(dir, ".", W_OK | X_OK, 0) == 0;
	w->level = &level;
	emit_header(w);
	if (w->l->form == LISTING_MLSD)
		emit_self(w);
	walk_level(w);
	if (w->l->options.recursive) {
		level.descending = true;
		walk_level(w);
	}
	w->level = above;
}

/* ---- the whole ---- */

static enum walk_order
order_of(enum lsopt_order order)
{
	return order == LSOPT_BY_TIME ? WALK_BY_TIME
	    : order == LSOPT_BY_SIZE  ? WALK_BY_SIZE
				      : WALK_BY_NAME;
}

enum transfer_result
listing_run(struct session *s, struct listing *l)
{
	struct run w = { .s = s, .l = l, .viewer = listing_viewer(s), .now = clock_wall() };
	const struct wire_start start = { 0 };
	struct wire_form form = listing_form(&w);
	char *out = malloc(OUT_BLOCK);
	int error;

	outlet_open(&w.outlet, s, &form, &start);
	w.result = w.outlet.result;
	if (w.result == TRANSFER_DONE && !l->on_control)
		w.result = secure_data(s);
	w.walk = (struct walk){ .order = order_of(l->options.order),
		.reverse = l->options.reverse,
		.room = SORT_ROOM,
		.each = on_name,
		.pause = on_pause,
		.ctx = &w };
	sb_init(&w.where, w.where_buf, sizeof(w.where_buf));
	sb_puts(&w.where, l->prefix);
	if (out == NULL) {
		w.result = TRANSFER_PARTLY;
		l->error = ENOMEM;
	} else if (w.result == TRANSFER_DONE) {
		sb_init(&w.out, out, OUT_BLOCK);
		if (l->single != NULL)
			emit_single(&w);
		else
			list_directory(&w, l->dir, 0);
		if (!l->on_control)
			flush(&w, true);
	}
	if (w.result == TRANSFER_DONE && l->error != 0)
		w.result = TRANSFER_PARTLY;
	error = w.result == TRANSFER_PARTLY ? l->error : errno;
	(void)outlet_close(&w.outlet);
	free(out);
	errno = error;
	return w.result;
}

/* ---- what to list ---- */

/* Takes "-la " and more such words off, unless a file of that very name is there.  But what is
 * options as a whole is what clients send whatever is there: a file of such a name would hide all
 * others from them. */
static char *
take_options(struct listing *l, char *path)
{
	bool all = lsopt_is_all(path);
	struct stat st;

	while (path[0] == '-' && (all || lstat(path, &st) == -1)) {
		size_t len = strcspn(path, " ");

		lsopt_take(&l->options, path, len);
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

/* The path with a slash at its end; where that does not fit, names stand alone. */
static void
keep_prefix(struct listing *l, const char *path)
{
	struct sb sb;

	sb_init(&sb, l->prefix, sizeof(l->prefix));
	sb_puts(&sb, path);
	if (sb.len > 0 && l->prefix[sb.len - 1] != '/')
		sb_putc(&sb, '/');
	if (sb.cut)
		l->prefix[0] = '\0';
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
	memcpy(l->prefix, path, len);
	l->prefix[len] = '\0';
	return open_directory(l, len == 0 ? "." : l->prefix);
}

/* The directory we are in; ls -R has it as ".". */
static bool
open_here(struct listing *l)
{
	if (l->options.recursive && !(l->form == LISTING_NLST && is_names(l)))
		keep_prefix(l, ".");
	return open_directory(l, ".");
}

bool
listing_open(struct listing *l, enum listing_form form, char *path, bool options)
{
	static char here[] = ".";

	*l = (struct listing){ .form = form, .dir = -1 };
	if (options)
		path = take_options(l, path);
	path_from_listed(path);
	if (*path == '\0' && !l->options.directory)
		return open_here(l);
	if (*path == '\0')
		path = here;
	if (lstat(path, &l->single_st) == -1) {
		l->options.recursive &= !l->options.directory;
		return errno == ENOENT && options && glob_is_pattern(path) && open_pattern(l, path);
	}
	if (!l->options.directory) {
		if (open_directory(l, path)) {
			keep_prefix(l, path);
			return true;
		}
		if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
			return false;
	}
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
