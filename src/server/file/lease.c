#include "server/file/lease.h"

#include "base/amount.h"
#include "server/session/link.h"
#include "server/session/reply.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What is asked for at once grows with every question of an upload, so that a large one asks
 * seldom. */
#define WANT_FIRST (1024 * 1024)
#define WANT_MOST  (64 * 1024 * 1024)

/* Files that a session asks for at once, and how many it keeps at most. */
#define FILES_WANT 64
#define FILES_KEEP 256

/* Between an answer and its use the lease may be recalled; who is that unlucky so often is told to
 * try again. */
#define TRIES 16

void
lease_start(struct session *s, const struct ipc_leased *first)
{
	s->lease = (struct session_lease){ .limited = first->status != LEASED_FREE };
	s->lease.held =
	    first->status == LEASED_OK && (first->lease.bytes > 0 || first->lease.files > 0);
	s->lease.left = first->lease;
	s->lease.keep = first->keep;
	s->lease.want = WANT_FIRST;
}

void
lease_set_limited(struct session *s, bool limited)
{
	/* Held until it is recalled: what was begun without a limit may be under way. */
	if (limited != s->lease.limited)
		s->lease = (struct session_lease){
			.limited = limited, .held = limited, .want = WANT_FIRST
		};
}

static struct ipc_settle
settle(struct session *s, const struct usage *back)
{
	struct session_lease *l = &s->lease;
	const struct ipc_settle m = {
		.used = l->used, .back = *back, .unseen = l->unseen, .doubt = l->doubt
	};

	l->used = (struct usage){ 0 };
	l->left.bytes -= back->bytes;
	l->left.files -= back->files;
	l->doubt = false;
	return m;
}

static int64_t
above(int64_t have, int64_t keep)
{
	return have > keep ? have - keep : 0;
}

/* Gives all back that is not reserved. */
static void
release(struct session *s)
{
	struct session_lease *l = &s->lease;
	struct ipc m = { .type = IPC_SETTLE };
	struct usage back = { .bytes = above(l->left.bytes, l->reserved),
		.files = above(l->left.files, 0) };

	m.u.settle = settle(s, &back);
	m.u.settle.released = true;
	l->held = false;
	link_tell(s, &m);
}

void
lease_rest(struct session *s)
{
	struct session_lease *l = &s->lease;
	struct ipc m = { .type = IPC_SETTLE };
	struct usage back;

	if (!l->limited)
		return;
	if (!l->held) {
		/* The end of a file without a name frees, and asks nobody. */
		if (l->used.bytes != 0 || l->used.files != 0 || l->doubt)
			release(s);
		return;
	}
	l->want = WANT_FIRST;
	back.bytes = above(l->left.bytes, l->keep + l->reserved);
	back.files = above(l->left.files, FILES_KEEP);
	/* A little more than that is not worth a message. */
	if (!l->doubt && back.bytes <= l->keep && back.files == 0)
		return;
	m.u.settle = settle(s, &back);
	link_tell(s, &m);
}

void
lease_recall(struct session *s)
{
	if (s->lease.limited && s->lease.held)
		release(s);
}

void
lease_end(struct session *s)
{
	s->lease.reserved = 0;
	if (s->lease.limited &&
	    (s->lease.held || s->lease.left.bytes != 0 || s->lease.used.bytes != 0))
		release(s);
}

/* One question and its answer.  False when the session must end, or nobody answers. */
static bool
ask(struct session *s, const struct usage *need, bool tell, struct ipc_leased *answer_r)
{
	static const struct usage nothing;
	struct session_lease *l = &s->lease;
	struct ipc m = { .type = IPC_LEASE };
	int fd;

	m.u.lease.settle = settle(s, &nothing);
	m.u.lease.need = *need;
	m.u.lease.tell = tell;
	m.u.lease.want.bytes = need->bytes > 0 && l->want > need->bytes ? l->want : need->bytes;
	m.u.lease.want.files = need->files > 0 ? need->files + FILES_WANT : 0;
	if (!link_ask(s, &m, 0, &fd))
		return false;
	*answer_r = m.u.leased;
	return true;
}

/* Without an answer the session goes down, and what runs may use what it still has. */
static bool
refuse(struct session *s, const struct ipc_leased *why, int64_t need)
{
	s->lease.refusal = *why;
	s->lease.refused = need;
	errno = EDQUOT;
	return false;
}

/* Asks for what is missing.  all: less is no help, and how much is known. */
static bool
make_room(struct session *s, int64_t bytes, int64_t files, bool all)
{
	const struct ipc_leased silence = { .status = LEASED_FAILED };
	struct session_lease *l = &s->lease;

	if (!l->limited)
		return true;
	for (int i = 0; i < TRIES; i++) {
		struct usage need = { .bytes = above(bytes, l->left.bytes),
			.files = above(files, l->left.files) };
		struct ipc_leased answer;

		l->refusal.status = LEASED_FREE;
		if (l->held && need.files == 0 &&
		    (need.bytes == 0 || (!all && i > 0 && l->left.bytes > 0)))
			return true;
		if (!ask(s, &need, false, &answer))
			return refuse(s, &silence, bytes);
		if (answer.status == LEASED_FREE)
			lease_set_limited(s, false);
		if (!l->limited)
			return true;
		if (answer.status != LEASED_OK)
			return refuse(s, &answer, all ? bytes : 0);
		l->held = true;
		l->keep = answer.keep;
		l->left.bytes += answer.lease.bytes;
		l->left.files += answer.lease.files;
		if (bytes > 0 && l->want < WANT_MOST)
			l->want *= 2;
		if (all && answer.lease.bytes < need.bytes) {
			answer.status = LEASED_FULL;
			return refuse(s, &answer, bytes);
		}
	}
	return refuse(s, &(struct ipc_leased){ .status = LEASED_COUNTING }, bytes);
}

bool
lease_begin(struct session *s)
{
	return make_room(s, 0, 0, true);
}

bool
lease_hold(struct session *s, int64_t bytes, int64_t files)
{
	return make_room(s, bytes, files, true);
}

bool
lease_stretch(struct session *s, int64_t bytes)
{
	return make_room(s, bytes, 0, false);
}

bool
lease_reserve(struct session *s, int64_t bytes)
{
	if (!s->lease.limited)
		return true;
	s->lease.reserved = 0;
	if (bytes > 0 && !make_room(s, bytes, 0, true))
		return false;
	s->lease.reserved = bytes;
	return true;
}

void
lease_count(struct session *s, int64_t bytes, int64_t files)
{
	struct session_lease *l = &s->lease;

	if (!l->limited)
		return;
	l->used.bytes += bytes;
	l->used.files += files;
	l->left.bytes -= bytes;
	l->left.files -= files;
	if (bytes > 0)
		l->reserved = above(l->reserved, bytes);
}

void
lease_doubt(struct session *s)
{
	s->lease.doubt = s->lease.limited;
}

bool
lease_ask_usage(
    struct session *s, struct usage *limit_r, struct usage *used_r, struct usage *free_r)
{
	static const struct usage nothing;
	struct ipc_leased answer;

	if (!s->lease.limited)
		return false;
	lease_recall(s);
	if (!ask(s, &nothing, true, &answer) || answer.status != LEASED_OK)
		return false;
	*limit_r = answer.limit;
	*used_r = answer.used;
	*free_r = answer.free;
	free_r->bytes += s->lease.reserved;
	return true;
}
