#include "server/keeper/ledger.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECALL_MS 1000 /* a session that does not answer in this time is in a long system call */
#define OTHERS_MS 1000          /* the same for other keepers */
#define POLL_MS   20            /* between two looks at what other keepers have said */
#define HOLD_MS   2000          /* the longest that an upload waits for a counting */
#define LINGER_MS 10000         /* for the next login of an account whose last session has gone */

/* After a counting that could not be finished, or before the next where it takes long. */
#define COUNT_AGAIN_MS 1000
#define COUNT_SHARE    10

/* Accounts that no session is in are counted when the first of those that wait to log in again have
 * done so, and looked for again when something has changed, but not more often than this, or where
 * one could not be counted. */
#define SWEEP_FIRST_MS  500
#define SWEEP_AGAIN_MS  5000
#define SWEEP_MISSED_MS 30000

/* What the store could not take, on a full disk for one, is tried again. */
#define OWED_AGAIN_MS 2000

/* What is taken from the store at once, where there is plenty. */
#define TAKE_BYTES (8LL * 1024 * 1024)
#define TAKE_FILES 1024

/* What a session may keep, where there is plenty. */
#define KEEP_BYTES (1024LL * 1024)
#define KEEP_FILES 64

/* Of what is free, nobody takes more than this part beyond his need, so that the last of it is
 * shared. */
#define SHARE 8

enum counting { COUNT_NONE, COUNT_PAUSING, COUNT_WALKING };

/* What is still to be written to the store of an account. */
enum owed {
	OWED_MARK = 1,          /* that its files are to be counted */
	OWED_BURIAL = 2         /* that leases of dead keepers have ended */
};

/* An account with sessions here, or that had some a moment ago. */
struct book {
	LIST_ENTRY(book) all;
	int64_t account;
	char name[NAME_ACCOUNT_MAX + 1];
	struct usage limit;
	struct usage free;      /* when the store was last asked */
	struct usage pool;      /* of our lease, in no session's hands */
	bool row;               /* the store knows of our lease */
	bool idle;              /* no session was here: it is to be counted, and that is all */
	bool known;             /* false: the home was never counted, and nothing is handed out */
	bool counted;           /* what is used is known, but for leases */
	bool asked;             /* another keeper wants what we do not use */
	bool pause;             /* another keeper counts */
	bool paused;            /* and knows that we pause */
	LIST_HEAD(, holder) holders;
	TAILQ_HEAD(, holder) waiting;
	size_t recalls;         /* answers that are to come */
	int64_t recall_until;
	int64_t late_until;     /* some did not come, and are not asked again before */
	int64_t others_until;   /* 0: no other keeper has been asked */
	enum counting count;
	int64_t count_number;
	int64_t count_at;       /* not before */
	int64_t count_since;
	int64_t hold_until;     /* for those who wait while we count */
	int64_t drop_at;        /* CLOCK_NEVER while there are holders */
	unsigned owed;          /* a set of enum owed */
	int64_t owed_at;        /* not before; meaningless where nothing is */
};

struct ledger {
	struct store *store;
	struct ledger_counters counters;
	int64_t counted;        /* how often one was started */
	/* when to look for the next account to be counted that no session is in */
	int64_t sweep_at;
	int64_t sweep_ended;
	int64_t swept;          /* those up to this one have been looked at */
	bool missed;            /* and one of them could not be counted */
	LIST_HEAD(, book) books;
};

static void step(struct ledger *l, struct book *b, int64_t now);

/* ---- sums ---- */

static void
add(struct usage *sum, const struct usage *more)
{
	sum->bytes += more->bytes;
	sum->files += more->files;
}

static void
subtract(struct usage *sum, const struct usage *less)
{
	sum->bytes -= less->bytes;
	sum->files -= less->files;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct usage
lease_of(const struct book *b)
{
	struct usage sum = b->pool;
	const struct holder *h;

	LIST_FOREACH(h, &b->holders, of_book)
		add(&sum, &h->out);
	return sum;
}

static struct usage
unseen_of(const struct book *b)
{
	struct usage sum = { 0 };
	const struct holder *h;

	LIST_FOREACH(h, &b->holders, of_book)
		add(&sum, &h->unseen);
	return sum;
}

/* ---- the store ---- */

static void
log_failure(struct ledger *l, const struct book *b, const char *what)
{
	log_error("account=%s: %s: %s", b->name, what, store_error(l->store));
}

/* What the store knows of the account now.  An account that is gone has no room. */
static enum store_status
look(struct ledger *l, struct book *b, struct store_quota *q)
{
	enum store_status status = store_quota_get(l->store, b->account, q);

	if (status == STORE_NONE) {
		*q = (struct store_quota){ .known = true, .counted = true };
	} else if (status != STORE_OK) {
		log_failure(l, b, "its quota cannot be read");
		return status;
	}
	b->limit = q->limit;
	b->free.bytes = q->limit.bytes < 0 ? USAGE_MAX : most(q->limit.bytes - q->used.bytes, 0);
	b->free.files = q->limit.files < 0 ? USAGE_MAX : most(q->limit.files - q->used.files, 0);
	b->known = q->known;
	b->pause = q->counting;
	b->asked = b->row && q->asked;
	return status;
}

/* Writes down what is true now; all: and gives back what no session has. */
static void
put(struct ledger *l, struct book *b, bool all, bool paused)
{
	struct store_lease lease = { .unseen = unseen_of(b), .paused = paused };
	enum store_status status;

	if (all)
		lease.back = b->pool;
	lease.lease = lease_of(b);
	subtract(&lease.lease, &lease.back);
	status = store_lease_put(l->store, b->account, &lease);
	if (status == STORE_OK) {
		subtract(&b->pool, &lease.back);
		b->row = true;
		b->asked = false;
	} else if (status != STORE_NONE) {
		log_failure(l, b, "its lease cannot be written");
	}
}

static enum store_status
take(struct ledger *l, struct book *b, const struct usage *more)
{
	struct usage lease = lease_of(b);
	enum store_status status;

	add(&lease, more);
	status = store_lease_take(l->store, b->account, more, &lease);
	if (status == STORE_OK) {
		add(&b->pool, more);
		b->row = true;
	} else if (status != STORE_FULL && status != STORE_COUNTING && status != STORE_NONE) {
		log_failure(l, b, "no lease can be taken");
	}
	return status;
}

/* Tries to write what is owed. */
static void
settle_owed(struct ledger *l, struct book *b, int64_t now)
{
	if ((b->owed & OWED_MARK) != 0) {
		if (store_stale(l->store, b->account) == STORE_OK)
			b->owed &= ~(unsigned)OWED_MARK;
		else
			log_failure(l, b, "it cannot be marked");
	}
	if ((b->owed & OWED_BURIAL) != 0) {
		if (store_lease_bury(l->store, b->account) == STORE_OK)
			b->owed &= ~(unsigned)OWED_BURIAL;
		else
			log_failure(l, b, "leases of others cannot be looked at");
	}
	b->owed_at = now + OWED_AGAIN_MS;
}

/* What the store says of it holds only once it knows what is to be written. */
static void
learn_counted(struct book *b, const struct store_quota *q)
{
	b->counted = q->counted && (b->owed & OWED_MARK) == 0;
}

/* Nobody knows any more what the account's files have; they are more or less than is thought, and
 * what is charged is enough for them. */
static void
make_stale(struct ledger *l, struct book *b, const char *why)
{
	if (!b->counted)
		return;
	log_info("account=%s: its files are to be counted: %s", b->name, why);
	b->counted = false;
	b->owed |= OWED_MARK;
	settle_owed(l, b, clock_ms());
}

/* ---- talking to sessions ---- */

static void
tell(const struct holder *h, const struct ipc *m)
{
	/* One that does not read its answers is not worth waiting for; its end is then read as any
	 * other's. */
	if (ipc_send(h->chan, m, -1) == -1)
		(void)shutdown(h->chan, SHUT_RDWR);
}

static void
answer(struct book *b, struct holder *h, struct ipc *m)
{
	m->type = IPC_LEASED;
	m->u.leased.limit = b->limit;
	m->u.leased.keep = least(KEEP_BYTES, (b->free.bytes + b->pool.bytes) / (4LL * SHARE));
	TAILQ_REMOVE(&b->waiting, h, waiting);
	h->asking = false;
	tell(h, m);
}

static void
answer_no(struct book *b, struct holder *h, enum ipc_lease_status why)
{
	struct ipc m = { .u.leased.status = why };

	answer(b, h, &m);
}

static int64_t
part_of(int64_t pool, int64_t need, int64_t want)
{
	return need <= 0 ? 0 : least(pool, most(need, least(want, pool / 2)));
}

static void
grant(struct book *b, struct holder *h)
{
	struct ipc m = { .u.leased.status = LEASED_OK };
	struct usage *lease = &m.u.leased.lease;

	lease->bytes = part_of(b->pool.bytes, h->ask.need.bytes, h->ask.want.bytes);
	lease->files = part_of(b->pool.files, h->ask.need.files, h->ask.want.files);
	subtract(&b->pool, lease);
	add(&h->out, lease);
	h->held = true;
	answer(b, h, &m);
}

/* ---- getting back what sessions hold ---- */

/* One that waits for an answer changes nothing meanwhile. */
static bool
is_idle(const struct holder *h)
{
	return !h->held || h->asking;
}

static bool
all_idle(const struct book *b)
{
	const struct holder *h;

	LIST_FOREACH(h, &b->holders, of_book)
		if (!is_idle(h))
			return false;
	return true;
}

static void
recall(struct book *b, int64_t now)
{
	const struct ipc m = { .type = IPC_RECALL };
	struct holder *h;

	LIST_FOREACH(h, &b->holders, of_book) {
		if (is_idle(h) || h->recalled)
			continue;
		h->recalled = true;
		b->recalls++;
		tell(h, &m);
	}
	b->recall_until = now + RECALL_MS;
}

enum gathered { GATHER_WAITS, GATHER_ALL, GATHER_SOME };

/* Asks for all that sessions here have. */
static enum gathered
gather(struct book *b, int64_t now)
{
	struct holder *h;

	if (b->recalls > 0 && now < b->recall_until)
		return GATHER_WAITS;
	if (b->recalls > 0) {
		LIST_FOREACH(h, &b->holders, of_book)
			h->recalled = false;
		b->recalls = 0;
		b->late_until = now + RECALL_MS;
	}
	if (all_idle(b))
		return GATHER_ALL;
	if (now < b->late_until)
		return GATHER_SOME;
	recall(b, now);
	return GATHER_WAITS;
}

/* Asks for all that other keepers have.  False while they may answer still. */
static bool
gather_others(struct ledger *l, struct book *b, int64_t now)
{
	bool pending = false;

	if (b->others_until == 0) {
		if (store_lease_bury(l->store, b->account) != STORE_OK ||
		    store_lease_ask(l->store, b->account) != STORE_OK)
			log_failure(l, b, "other keepers cannot be asked");
		b->others_until = now + OTHERS_MS;
	}
	if (store_lease_pending(l->store, b->account, false, &pending) == STORE_OK && pending &&
	    now < b->others_until)
		return false;
	b->others_until = 0;
	return true;
}

/* ---- counting ---- */

static void
end_count(struct ledger *l, struct book *b, const struct usage *files, int64_t now)
{
	enum store_status status = store_count_end(l->store, b->account, files);

	if (status != STORE_OK && status != STORE_NONE)
		log_failure(l, b, "the counting cannot be ended");
	b->counted = files != NULL && status == STORE_OK;
	if (b->counted)
		b->owed &= ~(unsigned)OWED_MARK;
	b->known |= b->counted;
	l->missed |= b->idle && !b->counted;
	b->count = COUNT_NONE;
	b->paused = false;
	b->count_at = now + most(COUNT_AGAIN_MS, COUNT_SHARE * (now - b->count_since));
}

static void
begin_count(struct ledger *l, struct book *b, int64_t now)
{
	enum store_status status = STORE_NONE;

	b->count_since = now;
	b->count_at = now + COUNT_AGAIN_MS;
	if (l->counters.can(l->counters.context, b->name))
		status = store_count_begin(l->store, b->account);
	if (status == STORE_OK) {
		b->count = COUNT_PAUSING;
		b->hold_until = now + HOLD_MS;
	} else if (status == STORE_COUNTING) {
		b->pause = true;
	} else if (status != STORE_NONE) {
		log_failure(l, b, "its files cannot be counted");
	}
}

/* When all pause, the counter goes. */
static void
start_walking(struct ledger *l, struct book *b, int64_t now)
{
	bool pending = true;

	switch (gather(b, now)) {
	case GATHER_WAITS:
		return;
	case GATHER_SOME:
		end_count(l, b, NULL, now);
		return;
	case GATHER_ALL:
		break;
	}
	if (store_lease_pending(l->store, b->account, true, &pending) != STORE_OK || pending) {
		if (now >= b->hold_until)
			end_count(l, b, NULL, now);
		return;
	}
	put(l, b, true, true);
	b->count_number = ++l->counted;
	b->count = COUNT_WALKING;
	if (!l->counters.start(l->counters.context, b->count_number))
		end_count(l, b, NULL, now);
}

/* Who has waited long enough goes on, and spoils the counting, unless it is for him that we
 * count. */
static void
let_go(struct ledger *l, struct book *b, int64_t now)
{
	struct holder *h, *next;

	for (h = TAILQ_FIRST(&b->waiting); h != NULL; h = next) {
		next = TAILQ_NEXT(h, waiting);
		if (!h->counted && !h->ask.tell && b->known) {
			end_count(l, b, NULL, now);
			return;
		}
		answer_no(b, h, LEASED_COUNTING);
	}
}

/* True while nothing may be handed out. */
static bool
is_counting(struct ledger *l, struct book *b, int64_t now)
{
	if (b->count == COUNT_NONE && !b->counted && now >= b->count_at)
		begin_count(l, b, now);
	if (b->count == COUNT_PAUSING)
		start_walking(l, b, now);
	if (b->count == COUNT_WALKING && now >= b->hold_until)
		let_go(l, b, now);
	return b->count != COUNT_NONE;
}

/* Another keeper counts: true while nothing may be handed out. */
static bool
is_pausing(struct ledger *l, struct book *b, int64_t now)
{
	struct holder *h, *next;

	if (!b->pause) {
		b->paused = false;
		return false;
	}
	if (!b->paused && gather(b, now) == GATHER_ALL) {
		if (b->row)
			put(l, b, true, true);
		b->paused = true;
		b->hold_until = now + HOLD_MS;
	}
	if (!b->paused || now < b->hold_until)
		return true;
	for (h = TAILQ_FIRST(&b->waiting); h != NULL; h = next) {
		next = TAILQ_NEXT(h, waiting);
		answer_no(b, h, LEASED_COUNTING);
	}
	b->hold_until = now + HOLD_MS;
	return true;
}

/* ---- answering ---- */

/* How much to take: what is short, and more where there is plenty. */
static int64_t
size_take(int64_t pool, int64_t need, int64_t want, int64_t plenty, int64_t room)
{
	if (need <= pool)
		return 0;
	return least(room, most(need - pool, least(most(want, plenty), room / SHARE)));
}

/* Brings the pool up to what is needed, as far as the store has it. */
static enum store_status
fill_pool(struct ledger *l, struct book *b, const struct ipc_lease *ask)
{
	struct store_quota q;
	struct usage more;
	enum store_status status = look(l, b, &q);

	if (status != STORE_OK)
		return status;
	more.bytes =
	    size_take(b->pool.bytes, ask->need.bytes, ask->want.bytes, TAKE_BYTES, b->free.bytes);
	more.files =
	    size_take(b->pool.files, ask->need.files, ask->want.files, TAKE_FILES, b->free.files);
	status = more.bytes > 0 || more.files > 0 || !b->row ? take(l, b, &more) : STORE_OK;
	subtract(&b->free, status == STORE_OK ? &more : &(struct usage){ 0 });
	return status == STORE_FULL ? STORE_OK : status;
}

static bool
is_enough(const struct book *b, const struct ipc_lease *ask)
{
	return b->row && b->pool.bytes >= ask->need.bytes && b->pool.files >= ask->need.files;
}

/* True when all have been asked that this question is about. */
static bool
hear_others(struct ledger *l, struct book *b, struct holder *h, int64_t now)
{
	if (h->heard_others)
		return true;
	if (b->others_until == 0 && gather(b, now) == GATHER_WAITS)
		return false;
	h->heard_others = gather_others(l, b, now);
	return h->heard_others;
}

/* What the files have and what is free, now that all have been asked. */
static enum store_status
find_used(struct ledger *l, struct book *b, struct ipc_leased *answer)
{
	struct store_quota q;
	enum store_status status;

	if (b->row)
		put(l, b, false, false);
	status = look(l, b, &q);
	answer->used = q.used;
	subtract(&answer->used, &q.leased);
	answer->free = b->free;
	add(&answer->free, &b->pool);
	return status;
}

static bool
answer_question(struct ledger *l, struct book *b, struct holder *h, int64_t now)
{
	struct ipc m = { .u.leased.status = LEASED_OK };

	if (!hear_others(l, b, h, now))
		return false;
	if (find_used(l, b, &m.u.leased) != STORE_OK)
		m.u.leased.status = LEASED_FAILED;
	answer(b, h, &m);
	return true;
}

/* For one whose question waits for a counting: true when there is to be one now. */
static bool
wants_count(struct book *b, struct holder *h, int64_t now)
{
	if (b->counted || h->counted)
		return false;
	h->counted = true;
	b->count_at = least(b->count_at, b->count_since + COUNT_AGAIN_MS);
	return now >= b->count_at;
}

/* False while it must wait. */
static bool
serve(struct ledger *l, struct book *b, struct holder *h, int64_t now)
{
	struct ipc m = { .u.leased.status = LEASED_FULL };
	enum store_status status = STORE_OK;

	if (!b->known) {
		if (wants_count(b, h, now))
			return false;
		answer_no(b, h, LEASED_COUNTING);
		return true;
	}
	if (h->ask.tell)
		return answer_question(l, b, h, now);
	if (!is_enough(b, &h->ask))
		status = fill_pool(l, b, &h->ask);
	if (status == STORE_COUNTING) {
		b->pause = true;
		return false;
	}
	if (status != STORE_OK) {
		answer_no(b, h, LEASED_FAILED);
		return true;
	}
	if (is_enough(b, &h->ask)) {
		grant(b, h);
		return true;
	}
	if (!h->heard_others) {
		/* With what they give back it is tried once more. */
		return hear_others(l, b, h, now) && serve(l, b, h, now);
	}
	if (wants_count(b, h, now))
		return false;
	if (h->ask.need.bytes > 0 && b->pool.bytes > 0 && b->pool.files >= h->ask.need.files) {
		grant(b, h);
		return true;
	}
	if (find_used(l, b, &m.u.leased) != STORE_OK)
		m.u.leased.status = LEASED_FAILED;
	answer(b, h, &m);
	return true;
}

/* Gives another keeper what it asks for. */
static void
give_back(struct ledger *l, struct book *b, int64_t now)
{
	if (gather(b, now) != GATHER_WAITS)
		put(l, b, true, false);
}

static void
step(struct ledger *l, struct book *b, int64_t now)
{
	struct holder *h;

	if (is_pausing(l, b, now) || is_counting(l, b, now))
		return;
	if (b->asked)
		give_back(l, b, now);
	while ((h = TAILQ_FIRST(&b->waiting)) != NULL) {
		if (!serve(l, b, h, now)) {
			/* It may be that it waits for what begins here. */
			if (b->pause)
				(void)is_pausing(l, b, now);
			else
				(void)is_counting(l, b, now);
			return;
		}
	}
}

/* ---- what the keeper says ---- */

struct ledger *
ledger_new(struct store *store, const struct ledger_counters *counters)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->store = store;
	l->counters = *counters;
	l->sweep_at = clock_ms() + SWEEP_FIRST_MS;
	LIST_INIT(&l->books);
	return l;
}

/* Gives back the lease of a book that nobody needs.  False when the store does not take it: who
 * threw the book away would leave it charged. */
static bool
end_lease(struct ledger *l, struct book *b)
{
	enum store_status status =
	    b->row ? store_lease_drop(l->store, b->account, &b->pool) : STORE_OK;

	if (status == STORE_OK || status == STORE_NONE) {
		b->row = false;
		return true;
	}
	log_failure(l, b, "its lease cannot be given back");
	return false;
}

static void
drop(struct book *b)
{
	LIST_REMOVE(b, all);
	free(b);
}

void
ledger_free(struct ledger *l)
{
	struct book *b, *next;

	if (l == NULL)
		return;
	for (b = LIST_FIRST(&l->books); b != NULL; b = next) {
		next = LIST_NEXT(b, all);
		if (b->count != COUNT_NONE)
			end_count(l, b, NULL, clock_ms());
		/* What the store does not take now, the next keeper ends. */
		(void)end_lease(l, b);
		drop(b);
	}
	free(l);
}

static struct book *
find_book(struct ledger *l, int64_t account)
{
	struct book *b;

	LIST_FOREACH(b, &l->books, all)
		if (b->account == account)
			return b;
	return NULL;
}

static struct book *
open_book(struct ledger *l, int64_t account, const char *name)
{
	struct book *b = calloc(1, sizeof(*b));
	struct store_quota q;

	if (b == NULL)
		return NULL;
	b->account = account;
	memccpy(b->name, name, '\0', sizeof(b->name));
	LIST_INIT(&b->holders);
	TAILQ_INIT(&b->waiting);
	b->owed = OWED_BURIAL;
	settle_owed(l, b, clock_ms());
	b->counted = look(l, b, &q) == STORE_OK && q.counted;
	LIST_INSERT_HEAD(&l->books, b, all);
	return b;
}

void
ledger_join(struct ledger *l, struct holder *h, int chan, const struct account *account,
    struct ipc_leased *first_r)
{
	struct book *b = find_book(l, account->id);
	struct store_quota q = { .limit = account->quota };
	struct ipc_leased unused;

	if (first_r == NULL)
		first_r = &unused;
	*first_r = (struct ipc_leased){ .status = LEASED_FREE };
	if (!account_is_limited(account))
		return;
	*h = (struct holder){ .chan = chan, .held = first_r == &unused };
	if (b == NULL)
		b = open_book(l, account->id, account->name);
	first_r->status = LEASED_FAILED;
	first_r->limit = account->quota;
	if (b == NULL)
		return;         /* without a book every question is refused */
	h->book = b;
	LIST_INSERT_HEAD(&b->holders, h, of_book);
	b->drop_at = CLOCK_NEVER;
	b->idle = false;
	if (look(l, b, &q) != STORE_OK)
		return;
	first_r->status = q.known ? LEASED_OK : LEASED_COUNTING;
	first_r->used = q.used;
	subtract(&first_r->used, &q.leased);
	first_r->keep = least(KEEP_BYTES, (b->free.bytes + b->pool.bytes) / (4LL * SHARE));
	if (b->pause || b->count != COUNT_NONE || !b->counted || first_r == &unused)
		return;
	first_r->lease.bytes = least(KEEP_BYTES, b->pool.bytes / SHARE);
	first_r->lease.files = least(KEEP_FILES, b->pool.files / SHARE);
	subtract(&b->pool, &first_r->lease);
	h->out = first_r->lease;
	h->held = first_r->lease.bytes > 0 || first_r->lease.files > 0;
}

void
ledger_leave(struct ledger *l, struct holder *h)
{
	struct book *b = h->book;
	int64_t now = clock_ms();

	if (b == NULL)
		return;
	if (h->asking)
		TAILQ_REMOVE(&b->waiting, h, waiting);
	if (h->recalled)
		b->recalls--;
	LIST_REMOVE(h, of_book);
	h->book = NULL;
	/* What it had it may have used: that stays charged until somebody counts. */
	if (h->held || h->moved || h->out.bytes != 0 || h->out.files != 0) {
		make_stale(l, b,
		    h->moved ? "a session was in the home that was"
			     : "a session ended without a word");
		if (b->row)
			put(l, b, false, b->paused);
	}
	if (LIST_EMPTY(&b->holders))
		b->drop_at = now + LINGER_MS;
	step(l, b, now);
}

/* Keeps a part of a lease from becoming less than nothing, which no session of ours says. */
static bool
take_from(int64_t *have, int64_t n)
{
	bool ok = n <= *have;

	*have = ok ? *have - n : 0;
	return ok;
}

static void
enter(struct ledger *l, struct book *b, struct holder *h, const struct ipc_settle *settle)
{
	struct usage back = { least(settle->back.bytes, h->out.bytes - settle->used.bytes),
		least(settle->back.files, h->out.files - settle->used.files) };
	bool ok = take_from(&h->out.bytes, settle->used.bytes);

	ok = take_from(&h->out.files, settle->used.files) && ok;
	if (ok && back.bytes >= 0 && back.files >= 0) {
		subtract(&h->out, &back);
		add(&b->pool, &back);
	} else {
		make_stale(l, b, "a session used more than it had");
	}
	/* Sums that only a session that was taken over can make. */
	h->out.bytes = least(h->out.bytes, USAGE_MAX);
	h->out.files = least(h->out.files, USAGE_MAX);
	b->pool.bytes = least(b->pool.bytes, USAGE_MAX);
	b->pool.files = least(b->pool.files, USAGE_MAX);
	h->unseen = settle->unseen;
	if (settle->doubt)
		make_stale(l, b, "two changed it in one moment");
}

void
ledger_settle(struct ledger *l, struct holder *h, const struct ipc_settle *settle)
{
	struct book *b = h->book;

	if (b == NULL)
		return;
	enter(l, b, h, settle);
	if (settle->released) {
		h->held = false;
		b->recalls -= h->recalled;
		h->recalled = false;
	}
	step(l, b, clock_ms());
}

void
ledger_ask(struct ledger *l, struct holder *h, const struct ipc_lease *ask)
{
	struct book *b = h->book;
	struct ipc m = { .type = IPC_LEASED, .u.leased.status = LEASED_FREE };

	if (b == NULL) {
		tell(h, &m);
		return;
	}
	if (h->asking)
		return;         /* no session of ours asks twice */
	enter(l, b, h, &ask->settle);
	h->ask = *ask;
	h->asking = true;
	h->heard_others = h->counted = false;
	TAILQ_INSERT_TAIL(&b->waiting, h, waiting);
	step(l, b, clock_ms());
}

const char *
ledger_counter(struct ledger *l, int64_t number)
{
	const struct book *b;

	LIST_FOREACH(b, &l->books, all)
		if (b->count == COUNT_WALKING && b->count_number == number)
			return b->name;
	return NULL;
}

void
ledger_counted(struct ledger *l, int64_t number, const struct ipc_counted *counted)
{
	struct book *b;
	int64_t now = clock_ms();

	LIST_FOREACH(b, &l->books, all)
		if (b->count == COUNT_WALKING && b->count_number == number)
			break;
	if (b == NULL || counted->how == COUNTED_SO_FAR)
		return;
	end_count(l, b, counted->how == COUNTED_ALL ? &counted->files : NULL, now);
	if (b->counted)
		log_info("account=%s: counted, %lld bytes in %lld files, in %lld ms", b->name,
		    (long long)counted->files.bytes, (long long)counted->files.files,
		    (long long)(now - b->count_since));
	else
		log_warning("account=%s: its files cannot be counted: %s", b->name,
		    strerror(counted->error));
	step(l, b, now);
}

void
ledger_look(struct ledger *l)
{
	struct book *b;

	l->sweep_at = least(l->sweep_at, most(clock_ms(), l->sweep_ended + SWEEP_AGAIN_MS));
	LIST_FOREACH(b, &l->books, all) {
		struct usage before = b->limit;
		struct store_quota q;

		if (look(l, b, &q) == STORE_OK && b->count == COUNT_NONE) {
			if (b->counted && !q.counted)
				b->count_at = 0;
			learn_counted(b, &q);
			/* What was handed out may be more than there is now. */
			b->asked = b->row &&
			    (b->asked || b->limit.bytes != before.bytes ||
				b->limit.files != before.files);
		}
		step(l, b, clock_ms());
	}
}

void
ledger_alone(struct ledger *l)
{
	struct book *b;

	store_is_alone(l->store);
	l->sweep_at = clock_ms();
	l->swept = 0;
	LIST_FOREACH(b, &l->books, all) {
		struct store_quota q;

		b->owed |= OWED_BURIAL;
		settle_owed(l, b, clock_ms());
		if (look(l, b, &q) == STORE_OK && b->count == COUNT_NONE)
			learn_counted(b, &q);
		step(l, b, clock_ms());
	}
}

/* When a book wants to be looked at. */
static int64_t
due(const struct book *b, int64_t now)
{
	int64_t when = LIST_EMPTY(&b->holders) ? b->drop_at : CLOCK_NEVER;

	if (b->recalls > 0)
		when = least(when, b->recall_until);
	if (b->others_until != 0 || b->count == COUNT_PAUSING || b->pause)
		when = least(when, now + POLL_MS);
	if (b->count == COUNT_WALKING && !TAILQ_EMPTY(&b->waiting))
		when = least(when, b->hold_until);
	if (!b->counted && b->count == COUNT_NONE && !b->pause)
		when = least(when, b->count_at);
	if (b->owed != 0)
		when = least(when, b->owed_at);
	return when;
}

/* Begins to count the next account that no session is in, one at a time. */
static void
sweep(struct ledger *l, int64_t now)
{
	char name[NAME_ACCOUNT_MAX + 1];
	struct book *b;

	LIST_FOREACH(b, &l->books, all)
		if (b->idle)
			return;
	if (now < l->sweep_at)
		return;
	if (store_next_stale(l->store, l->swept, &l->swept, name) != STORE_OK) {
		l->sweep_at = l->missed ? now + SWEEP_MISSED_MS : CLOCK_NEVER;
		l->sweep_ended = now;
		l->swept = 0;
		l->missed = false;
	} else if (find_book(l, l->swept) == NULL && (b = open_book(l, l->swept, name)) != NULL) {
		b->idle = true;
		step(l, b, now);
	}
}

int64_t
ledger_run(struct ledger *l, int64_t now)
{
	int64_t when = CLOCK_NEVER;
	struct book *b, *next;

	for (b = LIST_FIRST(&l->books); b != NULL; b = next) {
		next = LIST_NEXT(b, all);
		if (due(b, now) <= now || b->pause || b->others_until != 0 ||
		    b->count == COUNT_PAUSING) {
			struct store_quota q;

			if (b->owed != 0 && now >= b->owed_at) {
				settle_owed(l, b, now);
				if (look(l, b, &q) == STORE_OK && b->count == COUNT_NONE)
					learn_counted(b, &q);
			}
			/* It may be over, or its counter have died. */
			if (b->pause && look(l, b, &q) == STORE_OK && !b->pause)
				learn_counted(b, &q);
			step(l, b, now);
		}
		if (LIST_EMPTY(&b->holders) && now >= b->drop_at && b->count == COUNT_NONE &&
		    !b->pause && b->owed == 0) {
			if (end_lease(l, b)) {
				drop(b);
				continue;
			}
			b->drop_at = now + OWED_AGAIN_MS;
		}
		when = least(when, due(b, now));
	}
	sweep(l, now);
	LIST_FOREACH(b, &l->books, all)
		if (b->idle)
			return least(when, due(b, now));
	return least(when, l->sweep_at);
}
