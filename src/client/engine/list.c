#include "client/engine/list.h"

#include "base/sb.h"
#include "client/engine/transfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_wanted(const char *fact, size_t len, bool details)
{
	static const char *const wanted[] = { "type", "size", "modify", "UNIX.mode", "UNIX.owner",
		"UNIX.uid", "UNIX.ownername", "UNIX.group", "UNIX.gid", "UNIX.groupname" };
	size_t n = details ? sizeof(wanted) / sizeof(wanted[0]) : 3;

	for (size_t i = 0; i < n; i++)
		if (strlen(wanted[i]) == len && strncasecmp(fact, wanted[i], len) == 0)
			return true;
	return false;
}

/* Chooses the facts we read, when the server has them and has not chosen them itself. */
static int
choose_facts(struct conn *c, bool details, struct fail *f)
{
	char text[sizeof(c->facts) + 16];
	bool all_chosen = true;
	struct sb arg;

	if (details ? c->details_chosen : c->facts_chosen)
		return 0;
	sb_init(&arg, text, sizeof(text));
	sb_puts(&arg, "MLST ");
	for (const char *p = c->facts; *p != '\0';) {
		size_t len = strcspn(p, ";");
		bool chosen = len > 0 && p[len - 1] == '*';

		if (is_wanted(p, len - (size_t)chosen, details)) {
			all_chosen = all_chosen && chosen;
			sb_put(&arg, p, len - (size_t)chosen);
			sb_putc(&arg, ';');
		}
		p += len + (p[len] == ';');
	}
	/* Once a session is enough; and a server that will not, sends what it likes. */
	c->facts_chosen = true;
	c->details_chosen = details;
	if (all_chosen)
		return 0;
	return conn_command(c, f, "OPTS", text) == -1 ? -1 : 0;
}

static int
take_entry(void *arg, const char *text, struct fail *f)
{
	struct list *l = arg;
	struct mlst m;

	if (!mlst_parse(text, &m)) {
		l->skipped++;
		return 0;
	}
	if (m.kind == MLST_CDIR || m.kind == MLST_PDIR)
		return 0;
	if (!mlst_name_is_plain(m.name)) {
		l->skipped++;
		return 0;
	}
	l->given = true;
	return l->entry(l->arg, &m, f);
}

static int
give_line(struct list *l, const char *text, struct fail *f)
{
	l->given = true;
	return l->line(l->arg, text, f);
}

static int
take_line(void *arg, const char *text, struct fail *f)
{
	struct list *l = arg;
	const char *slash;

	if (!l->names_only)
		return give_line(l, text, f);
	/* Servers differ in whether NLST repeats the directory in front of each name. */
	slash = strrchr(text, '/');
	if (slash != NULL)
		text = slash + 1;
	if (mlst_name_is_plain(text))
		return give_line(l, text, f);
	l->skipped++;
	return 0;
}

/* MLST of something that is no directory: its one entry. */
static int
read_one(struct conn *c, struct list *l, struct fail *f)
{
	char line[REPLY_LINE_MAX];
	const char *slash;
	struct mlst m;
	size_t at = 0;
	int code;

	code = conn_command(c, f, "MLST", l->path);
	if (code == -1)
		return -1;
	if (code != 250) {
		snprintf(line, sizeof(line), "%.400s: the server refuses", l->path);
		return conn_refused(c, f, FAIL_REFUSED, line);
	}
	while (reply_next_line(&c->reply, &at, line, sizeof(line))) {
		/* One blank in front of the facts (RFC 3659 section 7.2); the reply's own lines
		 * have none. */
		if (line[0] != ' ' || !mlst_parse(line + 1, &m))
			continue;
		slash = strrchr(m.name, '/');
		if (slash != NULL)
			m.name = slash + 1;
		if (mlst_name_is_plain(m.name))
			return l->entry(l->arg, &m, f);
	}
	return fail_set(f, FAIL_PROTOCOL, "MLST is answered without an entry");
}

/* "550 No files found", also behind a name: how some servers say that a directory is empty. */
static bool
is_empty(const struct conn *c)
{
	static const char words[] = "no files found";
	const char *text = reply_text(&c->reply);
	size_t len = strlen(text), want = sizeof(words) - 1;

	if (c->reply.code != 550 && c->reply.code != 450)
		return false;
	while (len > 0 && (text[len - 1] == '.' || text[len - 1] == ' '))
		len--;
	return len >= want && strncasecmp(text + len - want, words, want) == 0;
}

static int
read_old(struct conn *c, struct list *l, const char *path, uint64_t *unread_r, struct fail *f)
{
	char text[4096 + 8];
	struct sb safe;
	int rc;

	sb_init(&safe, text, sizeof(text));
	if (path != NULL && path[0] == '-') {
		/* Else it would be taken for options. */
		sb_printf(&safe, "./%s", path);
		path = text;
	}
	rc = transfer_lines(c, l->names_only ? "NLST" : "LIST", path, take_line, l, unread_r, f);
	return rc == -1 && f->kind == FAIL_REFUSED && !l->given && is_empty(c) ? 0 : rc;
}

/* Why MLSD is refused nobody can tell from the code: for a file, for a directory that is not there,
 * or because there is no MLSD, whatever FEAT lists. */
static int
read_otherwise(struct conn *c, struct list *l, const char *path, uint64_t *unread_r, struct fail *f)
{
	struct fail refusal = { .kind = FAIL_NONE };
	int rc;

	if (f->code == 500 || f->code == 502 || f->code == 504)
		c->lacks |= FEAT_MLST;
	if (path != NULL && (f->code == 501 || f->code == 550)) {
		if (read_one(c, l, f) == 0)
			return 0;
		if (c->fd == -1 || f->kind != FAIL_REFUSED)
			return -1;
		refusal = *f;
	}
	rc = read_old(c, l, path, unread_r, f);
	/* LIST of what is not there is empty at many servers, and no failure; MLST said more. */
	if (rc == 0 && !l->given && refusal.code == 550) {
		*f = refusal;
		return -1;
	}
	return rc;
}

int
list_read(struct conn *c, struct list *l, struct fail *f)
{
	const char *path = l->path[0] == '\0' ? NULL : l->path;
	uint64_t unread = 0;
	int rc = -1;

	l->skipped = 0;
	l->given = false;
	if ((c->features & FEAT_MLST) == 0 || (c->lacks & FEAT_MLST) != 0) {
		rc = read_old(c, l, path, &unread, f);
		l->skipped += unread;
		return rc;
	}
	if (choose_facts(c, l->details, f) == -1)
		return -1;
	rc = transfer_lines(c, "MLSD", path, take_entry, l, &unread, f);
	if (rc == -1 && f->kind == FAIL_REFUSED && !l->given && is_empty(c))
		rc = 0;
	else if (rc == -1 && f->kind == FAIL_REFUSED && !l->given && f->code >= 500)
		rc = read_otherwise(c, l, path, &unread, f);
	l->skipped += unread;
	return rc;
}
