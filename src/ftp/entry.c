#include "ftp/entry.h"

#include "ftp/time.h"

#include <string.h>
#include <strings.h>

static const struct {
	unsigned fact;
	const char *name;
} fact_names[] = {
	{ FACT_TYPE, "type" },
	{ FACT_SIZE, "size" },
	{ FACT_MODIFY, "modify" },
	{ FACT_PERM, "perm" },
	{ FACT_UNIQUE, "unique" },
	{ FACT_UNIX_MODE, "UNIX.mode" },
	{ FACT_UNIX_OWNER, "UNIX.owner" },
	{ FACT_UNIX_GROUP, "UNIX.group" },
	/* ProFTPD's: clients show them in place of the two above, which are numbers */
	{ FACT_UNIX_OWNERNAME, "UNIX.ownername" },
	{ FACT_UNIX_GROUPNAME, "UNIX.groupname" },
};

#define NFACTS (sizeof(fact_names) / sizeof(fact_names[0]))

static char
type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFBLK:
		return 'b';
	case S_IFCHR:
		return 'c';
	default:
		return '-';
	}
}

static void
put_mode(struct sb *out, mode_t mode)
{
	char text[10];

	text[0] = type_letter(mode);
	for (unsigned i = 0; i < 9; i++)
		text[1 + i] = (mode & (0400U >> i)) != 0 ? "rwxrwxrwx"[i] : '-';
	if ((mode & S_ISUID) != 0)
		text[3] = (mode & S_IXUSR) != 0 ? 's' : 'S';
	if ((mode & S_ISGID) != 0)
		text[6] = (mode & S_IXGRP) != 0 ? 's' : 'S';
	if ((mode & S_ISVTX) != 0)
		text[9] = (mode & S_IXOTH) != 0 ? 't' : 'T';
	sb_put(out, text, sizeof(text));
}

/* A name, or digits where there is none. */
static void
put_owner(struct sb *out, const char *name, unsigned id)
{
	if (name != NULL)
		sb_puts(out, name);
	else
		sb_putu(out, id, 0);
}

/* The same as a column of at least eight characters. */
static void
put_owner_column(struct sb *out, const char *name, unsigned id)
{
	size_t start = out->len;

	put_owner(out, name, id);
	while (!out->cut && out->len - start < 8)
		sb_putc(out, ' ');
	sb_putc(out, ' ');
}

/* The viewer's name for an own id; what owns the unknown has a mark that is no name. */
static const char *
owner_name(const struct entry *e, const struct entry_viewer *viewer, bool own)
{
	return e->bare ? "?" : own ? viewer->name : NULL;
}

void
entry_put_list(struct sb *out, const struct entry *e, const struct entry_viewer *viewer, time_t now)
{
	size_t start = out->len;

	put_mode(out, e->st->st_mode);
	sb_putc(out, ' ');
	sb_putu(out, e->st->st_nlink, 3);
	sb_putc(out, ' ');
	put_owner_column(out, owner_name(e, viewer, e->st->st_uid == viewer->uid), e->st->st_uid);
	put_owner_column(out, owner_name(e, viewer, e->st->st_gid == viewer->gid), e->st->st_gid);
	sb_putu(out, e->st->st_size < 0 ? 0 : (unsigned long long)e->st->st_size, 8);
	sb_putc(out, ' ');
	time_put_list(out, e->st->st_mtime, now);
	sb_putc(out, ' ');
	sb_puts(out, e->name);
	if (e->target != NULL) {
		sb_puts(out, " -> ");
		sb_puts(out, e->target);
	}
	sb_puts(out, "\r\n");
	if (out->cut) {
		out->len = start;
		out->buf[start] = '\0';
	}
}

/* The rights of the viewer by the mode bits alone: a guide, not a promise (RFC 3659 section
 * 7.5.5). */
static unsigned
rights(const struct stat *st, const struct entry_viewer *viewer)
{
	if (st->st_uid == viewer->uid)
		return st->st_mode >> 6 & 7U;
	if (st->st_gid == viewer->gid)
		return st->st_mode >> 3 & 7U;
	return st->st_mode & 7U;
}

static void
put_perm(struct sb *out, const struct entry *e, const struct entry_viewer *viewer)
{
	unsigned r = rights(e->st, viewer);
	bool write = viewer->may_write && (r & 2U) != 0;
	bool movable = viewer->may_write && e->dir_writable &&
	    (e->kind == ENTRY_NAME || e->kind == ENTRY_DIR_LINK);

	if (S_ISDIR(e->st->st_mode)) {
		if (write && (r & 1U) != 0)
			sb_puts(out, "c");
		if (movable)
			sb_puts(out, "df");
		if ((r & 1U) != 0)
			sb_puts(out, "e");
		if ((r & 5U) == 5U)
			sb_puts(out, "l");
		if (write && (r & 1U) != 0)
			sb_puts(out, "mp");
		return;
	}
	if (S_ISREG(e->st->st_mode) && write)
		sb_puts(out, "a");
	if (movable)
		sb_puts(out, "df");
	if (S_ISREG(e->st->st_mode) && (r & 4U) != 0)
		sb_puts(out, "r");
	if (S_ISREG(e->st->st_mode) && write)
		sb_puts(out, "w");
}

static const char *
type_word(const struct entry *e)
{
	/* lftp drops a line without a type that it knows; what is taken for a file and cannot be
	 * fetched fails where people see it. */
	if ((e->st->st_mode & S_IFMT) == 0)
		return "file";
	/* A link to a directory that called itself one would send recursive clients round in
	 * circles; one to a file has the facts of the file.  This spelling is ProFTPD's, which
	 * clients know: after RFC 3659's own "OS.unix=slink:target" lftp lists again with LIST. */
	if (e->kind == ENTRY_DIR_LINK || S_ISLNK(e->st->st_mode))
		return "OS.unix=symlink";
	if (S_ISDIR(e->st->st_mode))
		return e->kind == ENTRY_CDIR ? "cdir" : e->kind == ENTRY_PDIR ? "pdir" : "dir";
	return S_ISREG(e->st->st_mode) ? "file" : "OS.unix=special";
}

static void
put_hex(struct sb *out, unsigned long long n)
{
	static const char digits[] = "0123456789abcdef";
	char text[16];
	size_t at = sizeof(text);

	do
		text[--at] = digits[n & 15];
	while ((n >>= 4) != 0);
	sb_put(out, text + at, sizeof(text) - at);
}

static void
put_mode_octal(struct sb *out, mode_t mode)
{
	char text[4];

	for (unsigned i = 0; i < 4; i++)
		text[i] = (char)('0' + (mode >> (9 - 3 * i) & 7U));
	sb_put(out, text, sizeof(text));
}

/* UNIX.*: numbers as they are, names as LIST has them. */
static void
put_owners(struct sb *out, const struct entry *e, const struct entry_viewer *viewer, unsigned facts)
{
	const struct {
		unsigned fact;
		const char *label, *name;
		unsigned id;
	} rows[] = {
		{ FACT_UNIX_OWNER, "UNIX.owner=", NULL, e->st->st_uid },
		{ FACT_UNIX_GROUP, "UNIX.group=", NULL, e->st->st_gid },
		{ FACT_UNIX_OWNERNAME, "UNIX.ownername=",
		    owner_name(e, viewer, e->st->st_uid == viewer->uid), e->st->st_uid },
		{ FACT_UNIX_GROUPNAME, "UNIX.groupname=",
		    owner_name(e, viewer, e->st->st_gid == viewer->gid), e->st->st_gid },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((facts & rows[i].fact) == 0)
			continue;
		sb_puts(out, rows[i].label);
		put_owner(out, rows[i].name, rows[i].id);
		sb_putc(out, ';');
	}
}

void
entry_put_facts(
    struct sb *out, const struct entry *e, const struct entry_viewer *viewer, unsigned facts)
{
	size_t start = out->len;

	if (e->bare)
		facts &= FACT_TYPE;
	if ((facts & FACT_TYPE) != 0) {
		sb_puts(out, "type=");
		sb_puts(out, type_word(e));
		sb_putc(out, ';');
	}
	if ((facts & FACT_SIZE) != 0 && !S_ISDIR(e->st->st_mode)) {
		sb_puts(out, "size=");
		sb_putu(out, (unsigned long long)e->st->st_size, 0);
		sb_putc(out, ';');
	}
	if ((facts & FACT_MODIFY) != 0) {
		sb_puts(out, "modify=");
		time_put_val(out, e->st->st_mtime);
		sb_putc(out, ';');
	}
	if ((facts & FACT_PERM) != 0) {
		sb_puts(out, "perm=");
		put_perm(out, e, viewer);
		sb_putc(out, ';');
	}
	if ((facts & FACT_UNIQUE) != 0) {
		sb_puts(out, "unique=");
		put_hex(out, e->st->st_dev);
		sb_putc(out, 'U');
		put_hex(out, e->st->st_ino);
		sb_putc(out, ';');
	}
	if ((facts & FACT_UNIX_MODE) != 0) {
		sb_puts(out, "UNIX.mode=");
		put_mode_octal(out, e->st->st_mode);
		sb_putc(out, ';');
	}
	put_owners(out, e, viewer, facts);
	sb_putc(out, ' ');
	sb_puts(out, e->name);
	if (out->cut) {
		out->len = start;
		out->buf[start] = '\0';
	}
}

bool
entry_parse_facts(const char *text, unsigned *facts_r)
{
	unsigned facts = 0;

	if (strchr(text, ' ') != NULL)
		return false;
	while (*text != '\0') {
		size_t len = strcspn(text, ";");

		for (size_t i = 0; i < NFACTS; i++)
			if (strlen(fact_names[i].name) == len &&
			    strncasecmp(text, fact_names[i].name, len) == 0)
				facts |= fact_names[i].fact;
		text += len + (text[len] == ';');
	}
	*facts_r = facts;
	return true;
}

void
entry_put_fact_names(struct sb *out, unsigned facts, bool all)
{
	for (size_t i = 0; i < NFACTS; i++) {
		bool chosen = (facts & fact_names[i].fact) != 0;

		if (chosen || all)
			sb_printf(out, "%s%s;", fact_names[i].name, chosen && all ? "*" : "");
	}
}
