#include "client/engine/put.h"

#include "base/amount.h"
#include "base/sb.h"
#include "ftp/time.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static void
note(const struct put *p, const char *text)
{
	if (p->note != NULL)
		p->note(p->arg, text);
}

/* How much of the file the server has already: sets p->offset, or p->was_whole. */
static int
find_offset(struct conn *c, struct put *p, const struct stat *st, struct fail *f)
{
	uint64_t size;
	time_t mtime;
	int rc;

	if (conn_set_type(c, 'I', f) == -1)
		return -1;
	rc = conn_size(c, p->remote, &size, f);
	if (rc == -1)
		return -1;
	if (rc == 0) {
		if (c->reply.code != 550)
			note(p, "the server does not tell what it has already: sending all");
		return 0;
	}
	if (size > (uint64_t)st->st_size) {
		note(p, "the server's file is larger than the local one: starting over");
		return 0;
	}
	rc = size == 0 && st->st_size > 0 ? 0 : conn_mdtm(c, p->remote, &mtime, f);
	if (rc == -1)
		return -1;
	/* What was sent of the present file was written after it was last changed. */
	if (rc == 1 && mtime < st->st_mtime) {
		note(p, "the local file is newer than the server's: starting over");
		return 0;
	}
	p->was_whole = size == (uint64_t)st->st_size;
	p->offset = size;
	return 0;
}

/* Sends from p->offset on. */
static int
send_from(struct conn *c, struct put *p, const struct stat *st, bool *refused_r, struct fail *f)
{
	struct transfer t = { .verb = "STOR",
		.path = p->remote,
		.local = p->local,
		.ascii = p->ascii,
		.offset = p->offset,
		.progress = p->progress,
		.progress_arg = p->arg };
	int rc;

	if (S_ISREG(st->st_mode)) {
		if (lseek(p->fd, (off_t)p->offset, SEEK_SET) == -1)
			return fail_errno(f, FAIL_LOCAL, "cannot read %s", p->local);
		t.now.total = (uint64_t)st->st_size;
		t.now.total_known = !p->ascii;
	}
	/* STOR after REST is for servers that say so (RFC 3659 section 5); APPE is older. */
	if (p->offset > 0 && (c->features & FEAT_REST) == 0)
		t.verb = "APPE";
	rc = transfer_send(c, &t, p->fd, f);
	p->moved = t.now.moved;
	*refused_r = t.restart_refused;
	return rc;
}

/* What was sent is not lost, if the server has kept it. */
static void
tell_of_rest(const struct put *p, const struct stat *st, const struct fail *f)
{
	bool stopped = f->kind == FAIL_BROKEN || f->kind == FAIL_TIMEOUT ||
	    f->kind == FAIL_INTERRUPTED;

	if (stopped && p->moved > 0 && S_ISREG(st->st_mode) && !p->ascii)
		note(p, "the server may have a part of the file; put -c goes on behind it");
}

/* The server's word that it holds what was sent. */
static int
check_size(struct conn *c, const struct put *p, struct fail *f)
{
	uint64_t size, want = p->offset + p->moved;
	int rc;

	rc = conn_size(c, p->remote, &size, f);
	if (rc == -1)
		return -1;
	if (rc == 1 && size != want)
		return fail_set(f, FAIL_BROKEN,
		    "the server's file has %" PRIu64 " %s, but should have %" PRIu64, size,
		    amount_word(size), want);
	return 0;
}

static int
set_time(struct conn *c, const struct put *p, time_t mtime, struct fail *f)
{
	char text[4096 + 32];
	struct sb arg;
	int code;

	sb_init(&arg, text, sizeof(text));
	time_put_val(&arg, mtime);
	sb_printf(&arg, " %s", p->remote);
	if (arg.cut)
		return 0;
	code = conn_command(c, f, "MFMT", text);
	if (code == -1)
		return -1;
	if (code >= 300)
		conn_trace(c, CONN_NOTE, "the server does not take the file's time");
	return 0;
}

int
put_file(struct conn *c, struct put *p, struct fail *f)
{
	bool refused = false;
	struct stat st;
	int rc;

	p->moved = p->offset = 0;
	p->was_whole = false;
	if (fstat(p->fd, &st) == -1)
		return fail_errno(f, FAIL_LOCAL, "cannot read %s", p->local);
	if (p->resume && find_offset(c, p, &st, f) == -1)
		return -1;
	if (p->was_whole)
		return 0;
	rc = send_from(c, p, &st, &refused, f);
	if (rc == -1 && refused && c->fd != -1) {
		note(p, "the server cannot go on from there: starting over");
		p->offset = 0;
		rc = send_from(c, p, &st, &refused, f);
	}
	if (rc == -1)
		tell_of_rest(p, &st, f);
	if (rc == 0 && !p->ascii)
		rc = check_size(c, p, f);
	if (rc == 0 && S_ISREG(st.st_mode) && (c->features & FEAT_MFMT) != 0)
		rc = set_time(c, p, st.st_mtime, f);
	return rc;
}
