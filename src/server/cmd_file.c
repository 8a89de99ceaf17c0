#include "server/cmd_file.h"

#include "ftp/name.h"
#include "server/counted.h"
#include "server/hashmem.h"
#include "server/lease.h"
#include "server/receive.h"
#include "server/reply.h"
#include "server/send.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A FIFO or a device must not hold us, nor become our terminal. */
#define OPEN_FLAGS (O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Names that STOU tries before it gives up. */
#define UNIQUE_TRIES 1000

/* Words behind a 226: a hash, and the name that STOU chose. */
#define EXTRA_MAX (PATH_MAX + 512)

/* fstat(2), for plain files alone.  False with errno. */
static bool
stat_plain(int fd, struct stat *st)
{
	if (fstat(fd, st) == -1)
		return false;
	if (S_ISREG(st->st_mode))
		return true;
	errno = S_ISDIR(st->st_mode) ? EISDIR : ENODEV;
	return false;
}

/* The part of a file that a transfer is about. */
struct part {
	struct wire_start start;
	uint64_t end;           /* not included; UINT64_MAX: what comes */
};

/* RANG counts bytes of the file, so the wire must have the same (draft-bryan-ftp-range section 3).  False after
 * the reply. */
static bool
find_range(struct session *s, uint64_t size, bool sending, struct part *part_r)
{
	const struct session_range *range = &s->params.range;
	const struct wire_form *form = &s->params.form;
	uint64_t end = range->end + 1;

	if (form->type != WIRE_IMAGE || form->records ||
	    (form->mode != WIRE_STREAM && form->mode != WIRE_DEFLATE)) {
		reply(s, 554, "RANG needs TYPE I, STRU F, and MODE S or Z.");
		return false;
	}
	if (!sending && range->start > size) {
		reply(s, 554, "RANG starts at %llu, beyond the file's end, which is at %llu.",
		    (unsigned long long)range->start, (unsigned long long)size);
		return false;
	}
	/* What is to be sent ends with the file; what is received may make it longer. */
	*part_r = (struct part){ .start = { .offset = range->start }, .end = sending && end > size ? size : end };
	if (part_r->start.offset > part_r->end)
		part_r->start.offset = part_r->end;
	return true;
}

/* Where REST points to, for a file of that size.  False after the reply. */
static bool
find_start(struct session *s, uint64_t size, bool sending, struct wire_start *start_r)
{
	const struct session_params *p = &s->params;
	bool marked = p->form.mode == WIRE_BLOCK || p->form.mode == WIRE_COMPRESSED;
	unsigned long long offset = p->rest;

	*start_r = (struct wire_start){ .offset = p->rest, .cr = p->rest_cr };
	if (p->rest_foreign || (p->rest_cr && !marked)) {
		reply(s, 554, "REST gave no marker that this server made.");
		return false;
	}
	if (offset != 0 && !marked && p->form.records) {
		reply(s, 554, "With STRU R a file is gone on with in MODE B or C only.");
		return false;
	}
	if (offset != 0 && !marked && p->form.type == WIRE_ASCII) {
		/* The offset counts bytes of the wire, and the file may be longer there. */
		*start_r = (struct wire_start){ .skip = p->rest };
		if (!sending)
			reply(s, 554, "In TYPE A an upload is gone on with in MODE B or C only; or use TYPE I.");
		return sending;
	}
	if (offset > size) {
		reply(s, 554, "REST %llu is beyond the file's end, which is at %llu.", offset,
		    (unsigned long long)size);
		return false;
	}
	return true;
}

/* What REST or RANG, one of them at most, makes of a file of that size.  False after the reply. */
static bool
find_part(struct session *s, uint64_t size, bool sending, struct part *part_r)
{
	if (s->params.range.set)
		return find_range(s, size, sending, part_r);
	part_r->end = sending ? size : UINT64_MAX;
	return find_start(s, size, sending, &part_r->start);
}

/* What the 226 says besides: of the file, and what the command says.  NULL for nothing. */
static const char *
put_extra(const struct session *s, int fd, const char *words, char extra_r[EXTRA_MAX])
{
	struct sb sb;

	sb_init(&sb, extra_r, EXTRA_MAX);
	hashmem_put_receipt(s, fd, &sb);
	if (words != NULL)
		sb_printf(&sb, "%s%s", sb.len == 0 ? "" : " ", words);
	return sb.len == 0 ? NULL : extra_r;
}

static void
send_opened(struct session *s, int fd, const struct stat *st, const char *path)
{
	uint64_t size = (uint64_t)st->st_size;
	char extra[EXTRA_MAX];
	enum transfer_result result;
	struct part part;

	if (!find_part(s, size, true, &part) || !transfer_begin(s, "RETR"))
		return;
	/* Clients read "(n bytes)" as the file's size, so it is said only where that is what comes. */
	if (wire_is_plain(&s->params.form) && part.start.offset == 0 && part.end == size)
		reply(s, 150, "Here it comes (%llu bytes).", (unsigned long long)size);
	else
		reply(s, 150, "Here it comes.");
	result = send_file(s, fd, &part.start, part.end);
	transfer_end(s, result, TRANSFER_OUT, path, put_extra(s, fd, NULL, extra));
}

void
cmd_retr(struct session *s, char *arg)
{
	struct stat st;
	int fd;

	if (!transfer_ready(s))
		return;
	fd = open(arg, O_RDONLY | OPEN_FLAGS);
	if (fd == -1 || !stat_plain(fd, &st))
		reply_errno(s, errno, "RETR", arg);
	else
		send_opened(s, fd, &st, arg);
	if (fd != -1)
		close(fd);
}

/* Opens a plain file for writing, making it if need be; nothing is cut off yet.  -1 with errno; EILSEQ
 * for a new name that would hold control characters. */
static int
open_for_writing(struct session *s, const char *path, int flags, bool *made_r)
{
	bool may_make = name_is_creatable(path);
	struct stat st;
	int fd = -1, saved;

	*made_r = false;
	if (may_make) {
		fd = counted_open(s, path, O_WRONLY | O_CREAT | O_EXCL | flags | OPEN_FLAGS, 0666);
		*made_r = fd != -1;
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	/* Without O_EXCL a link to a file that is yet to be is followed, and the file made. */
	fd = counted_open(s, path, O_WRONLY | (may_make ? O_CREAT : 0) | flags | OPEN_FLAGS, 0666);
	if (fd == -1) {
		if (errno == ENOENT && !may_make)
			errno = EILSEQ;
		return -1;
	}
	if (stat_plain(fd, &st))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* What an upload goes by. */
struct upload {
	const char *what;       /* the command */
	const char *path;
	const char *extra;      /* for the 226, or NULL */
	const char *mark;       /* for the 150, or NULL */
	bool append;
	bool made;              /* the file is new, and goes again if no data connection comes */
	int fd;
	uint64_t size;          /* of the file before */
};

/* Finds where the upload starts.  REST can only point into what is there: a hole would be glued in (RFC 3659
 * section 5).  False after the reply. */
static bool
plan(struct session *s, struct upload *u, struct part *part_r)
{
	struct stat st;

	if (fstat(u->fd, &st) == -1) {
		reply_errno(s, errno, u->what, u->path);
		return false;
	}
	if (!find_part(s, (uint64_t)st.st_size, false, part_r))
		return false;
	u->size = (uint64_t)st.st_size;
	if (u->append)
		part_r->start.offset = u->size;
	return true;
}

/* Places the file's end and offset there.  What lies behind is replaced: a file that is cut there tells by its
 * size what is good of it, also when this upload breaks.  But RANG leaves all that is outside of it.  False after
 * the reply. */
static bool
place(struct session *s, const struct upload *u, const struct part *part)
{
	off_t offset = (off_t)part->start.offset;
	bool cut = part->end == UINT64_MAX && u->size != part->start.offset;

	if ((!cut || counted_cut(s, u->fd, part->start.offset)) &&
	    (u->append || offset == 0 || lseek(u->fd, offset, SEEK_SET) != -1))
		return true;
	reply_errno(s, errno, u->what, u->path);
	return false;
}

/* Where the quota has no room for a single byte, it is said before any is sent.  False after the reply. */
static bool
has_room(struct session *s, const struct upload *u, const struct part *part)
{
	/* What is cut off, or written over, makes its own room. */
	if (u->size > part->start.offset || lease_stretch(s, 1))
		return true;
	reply_errno(s, errno, u->what, u->path);
	return false;
}

/* Runs the upload into u->fd and closes that. */
static void
receive_opened(struct session *s, struct upload *u)
{
	char extra[EXTRA_MAX];
	enum transfer_result result;
	struct part part;
	const char *words;

	if (!plan(s, u, &part) || !has_room(s, u, &part) || !transfer_begin(s, u->what)) {
		(void)counted_close(s, u->fd);
		if (u->made)
			(void)counted_remove(s, AT_FDCWD, u->path);
		return;
	}
	/* The hash of a part in the middle is none of the file. */
	if (part.end == UINT64_MAX)
		hashmem_upload_begin(s, u->fd, u->path, part.start.offset);
	if (!place(s, u, &part)) {
		hashmem_upload_end(s, u->fd);
		(void)counted_close(s, u->fd);
		transfer_cancel(s);
		return;
	}
	if (u->mark != NULL)
		reply(s, 150, "FILE: %s", u->mark);
	else
		reply(s, 150, "Send it.");
	result = receive_file(s, u->fd, &part.start, part.end, u->append);
	hashmem_upload_end(s, u->fd);
	words = put_extra(s, u->fd, u->extra, extra);
	/* Some file systems say only now that there was no room. */
	if (counted_close(s, u->fd) == -1 && result == TRANSFER_DONE)
		result = TRANSFER_LOCAL;
	s->lease.reserved = 0;
	transfer_end(s, result, TRANSFER_IN, u->path, words);
}

static void
store(struct session *s, const char *what, const char *path, bool append)
{
	/* After REST or RANG the place is what they say (RFC 3659 section 5.3). */
	bool at_end = append && s->params.rest == 0 && !s->params.rest_foreign && !s->params.range.set;
	struct upload u = { .what = what, .path = path, .append = at_end };

	if (!transfer_ready(s))
		return;
	u.fd = open_for_writing(s, path, at_end ? O_APPEND : 0, &u.made);
	if (u.fd != -1)
		receive_opened(s, &u);
	else if (errno == EILSEQ)
		reply(s, 553, "Names with control characters are not made here.");
	else
		reply_errno(s, errno, what, path);
}

void
cmd_stor(struct session *s, char *arg)
{
	store(s, "STOR", arg, false);
}

void
cmd_appe(struct session *s, char *arg)
{
	store(s, "APPE", arg, true);
}

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
		fd = counted_open(s, name_r, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, 0666);
		if (fd == -1 && errno != EEXIST)
			return -1;
	}
	return fd;
}

void
cmd_stou(struct session *s, char *arg)
{
	char name[PATH_MAX], extra[PATH_MAX + 16];
	struct upload u = { .what = "STOU", .path = name, .mark = name, .extra = extra, .made = true };

	if (!transfer_ready(s))
		return;
	if (s->params.rest != 0 || s->params.rest_foreign || s->params.range.set) {
		reply(s, 554, "A new file has nothing to resume.");
		return;
	}
	if (!name_is_creatable(arg)) {
		reply(s, 553, "Names with control characters are not made here.");
		return;
	}
	u.fd = make_unique(s, *arg == '\0' ? "file" : arg, name);
	if (u.fd == -1) {
		reply_errno(s, errno, "STOU", arg);
		return;
	}
	snprintf(extra, sizeof(extra), "FILE: %s", name);
	receive_opened(s, &u);
}
