#include "server/command/cmd_list.h"

#include "ftp/name.h"
#include "server/session/reply.h"
#include "server/transfer/listing.h"
#include "server/transfer/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
run_on_data(struct session *s, const char *what, enum listing_form form, char *path)
{
	struct listing l;
	enum transfer_result result;

	if (!transfer_ready(s))
		return;
	if (!listing_open(&l, form, path, form != LISTING_MLSD)) {
		reply_errno(s, errno, what, path);
		return;
	}
	if (form == LISTING_MLSD && l.dir == -1) {
		reply(s, 501, "It is not a directory; MLST shows a single file.");
	} else if (transfer_begin(s, what)) {
		reply(s, 150, "Here is the listing.");
		result = listing_run(s, &l);
		transfer_end(s, result, TRANSFER_OUT, NULL,
		    l.note == NULL ? NULL : lang_text(s->lang, l.note));
	}
	listing_close(&l);
}

void
cmd_list(struct session *s, char *arg)
{
	run_on_data(s, "LIST", LISTING_LIST, arg);
}

void
cmd_nlst(struct session *s, char *arg)
{
	run_on_data(s, "NLST", LISTING_NLST, arg);
}

void
cmd_mlsd(struct session *s, char *arg)
{
	run_on_data(s, "MLSD", LISTING_MLSD, arg);
}

/* The name in full, as RFC 3659 section 7.3.1 wants it: nothing is resolved but the directory we
 * are in. */
static void
full_name(const char *path, struct sb *out)
{
	char cwd[PATH_MAX];

	if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) != NULL) {
		sb_puts(out, cwd);
		if (*path != '\0' && strcmp(cwd, "/") != 0)
			sb_putc(out, '/');
	}
	sb_puts(out, path);
}

/* Whether what path names may be deleted and renamed: its directory's matter, but never done to
 * "/", "." and "..", which are no names.  path is cut to that directory. */
static bool
is_movable(char *path)
{
	size_t len = strlen(path);
	const char *name;
	char *slash;

	while (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	name = slash == NULL ? path : slash + 1;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (slash == NULL)
		return access(".", W_OK | X_OK) == 0;
	*slash = '\0';
	return access(slash == path ? "/" : path, W_OK | X_OK) == 0;
}

void
cmd_mlst(struct session *s, char *arg)
{
	char name[2 * PATH_MAX], listed[6 * PATH_MAX], line[7 * PATH_MAX];
	struct entry_viewer viewer = listing_viewer(s);
	struct stat st;
	struct entry e = { .name = name, .st = &st };
	struct sb sb;

	if (!listing_stat(AT_FDCWD, *arg == '\0' ? "." : arg, &st)) {
		reply_errno(s, errno, "MLST", arg);
		return;
	}
	sb_init(&sb, name, sizeof(name));
	full_name(arg, &sb);
	e.dir_writable = is_movable(arg);
	sb_init(&sb, line, sizeof(line));
	/* A CR can be sent in a reply, but an LF never. */
	if (strchr(name, '\n') != NULL) {
		sb_init(&sb, listed, sizeof(listed));
		name_put_listed(&sb, name);
		e.name = listed;
		sb_init(&sb, line, sizeof(line));
	}
	entry_put_facts(&sb, &e, &viewer, s->params.facts);
	reply_first(s, 250, "Facts:");
	reply_line(s, "%s", line);
	reply(s, 250, "End");
}

void
list_on_control(struct session *s, char *arg)
{
	struct listing l;
	enum transfer_result result;
	int code;

	if (!listing_open(&l, LISTING_LIST, arg, true)) {
		reply_errno(s, errno, "STAT", arg);
		return;
	}
	l.on_control = true;
	code = l.dir == -1 ? 213 : 212;
	reply_first(s, code, "Status of %s:", arg);
	result = listing_run(s, &l);
	/* A reply ends with the code that it began with (RFC 959 section 4.2). */
	if (result != TRANSFER_DONE)
		reply(s, code, "The listing is not whole: %s.", transfer_missing(s, errno));
	else
		reply_text(s, code, l.note == NULL ? "End" : l.note);
	if (result == TRANSFER_LOST)
		session_end(s);
	listing_close(&l);
}
