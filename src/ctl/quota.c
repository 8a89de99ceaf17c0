#include "ctl/quota.h"

#include "base/amount.h"
#include "base/num.h"
#include "base/tally.h"
#include "ctl/accounts.h"
#include "ctl/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long servers may take to say what they know, or to pause. */
#define ANSWER_MS 5000
#define POLL_MS   10

bool
quota_choose(const struct ctl *ctl, struct usage *quota)
{
	uint64_t n;

	if (ctl->quota_bytes != NULL && strcmp(ctl->quota_bytes, "none") == 0) {
		quota->bytes = USAGE_UNLIMITED;
	} else if (ctl->quota_bytes != NULL) {
		if (!num_parse_size(ctl->quota_bytes, USAGE_MAX, &n))
			return accounts_fail(ctl->name,
				   "--quota must be a number, with K, M, G or T behind it for "
				   "powers of 1024, or none") == CTL_OK;
		quota->bytes = (int64_t)n;
	}
	if (ctl->quota_files != NULL && strcmp(ctl->quota_files, "none") == 0) {
		quota->files = USAGE_UNLIMITED;
	} else if (ctl->quota_files != NULL) {
		if (!num_parse(ctl->quota_files, USAGE_MAX, &n))
			return accounts_fail(
				   ctl->name, "--quota-files must be a number, or none") == CTL_OK;
		quota->files = (int64_t)n;
	}
	return true;
}

/* As a keeper, which the others take notice of. */
static struct store *
open_as_keeper(const struct ctl *ctl)
{
	struct store_keeper self = { .lock = -1 };
	struct store *store = accounts_open(ctl, STORE_READ_WRITE);

	if (store == NULL || store_become_keeper(store, &self) == STORE_OK)
		return store;
	(void)accounts_fail("quota", store_error(store));
	store_close(&store);
	return NULL;
}

/* Waits until servers have said what they know, or, paused, pause.  False when one does not. */
static bool
wait_for_servers(struct store *store, const struct account *a, bool paused)
{
	bool pending = true;

	for (int waited = 0; waited < ANSWER_MS; waited += POLL_MS) {
		if (store_lease_pending(store, a->id, paused, &pending) != STORE_OK || !pending)
			break;
		(void)poll(NULL, 0, POLL_MS);
	}
	return !pending;
}

/* ---- one account, or all ---- */

struct list {
	struct account *accounts;
	size_t count;
	bool short_of_memory;
};

static bool
keep(const struct account *account, void *context)
{
	struct list *list = context;
	void *bigger = reallocarray(list->accounts, list->count + 1, sizeof(list->accounts[0]));

	list->short_of_memory = bigger == NULL;
	if (bigger == NULL)
		return false;
	list->accounts = bigger;
	list->accounts[list->count++] = *account;
	return true;
}

/* Runs one for the account of the command, or with --all for each. */
static int
for_each(const struct ctl *ctl, struct store *store,
    int (*one)(struct store *store, const struct account *a, void *context), void *context)
{
	struct list list = { .count = 0 };
	struct account account;
	enum store_status status;
	int rc = CTL_OK;

	if (ctl->name != NULL) {
		status = store_account_get(store, ctl->name, &account);
		if (status == STORE_OK)
			(void)keep(&account, &list);
	} else {
		status = store_account_each(store, keep, &list);
	}
	if (status != STORE_OK)
		rc = accounts_fail_store(store, status, ctl->name == NULL ? "--all" : ctl->name);
	else if (list.short_of_memory)
		rc = accounts_fail("--all", strerror(ENOMEM));
	for (size_t i = 0; i < list.count && rc != CTL_USAGE; i++)
		if (one(store, &list.accounts[i], context) != CTL_OK)
			rc = CTL_FAILED;
	free(list.accounts);
	return rc;
}

/* ---- show ---- */

struct showing {
	json_t *array;          /* NULL: a table */
};

const char *
quota_limit_text(int64_t limit, char text_r[QUOTA_TEXT_LEN])
{
	if (limit < 0)
		return "none";
	snprintf(text_r, QUOTA_TEXT_LEN, "%lld", (long long)limit);
	return text_r;
}

json_t *
quota_limit_json(int64_t limit)
{
	return limit < 0 ? json_null() : json_integer(limit);
}

static void
print_row(const struct account *a, const struct store_quota *q, const struct usage *used)
{
	char bytes[QUOTA_TEXT_LEN], files[QUOTA_TEXT_LEN];

	if (account_is_limited(a) && !q->known)
		printf("%-20s %16s %16s %10s %10s no\n", a->name, "?",
		    quota_limit_text(q->limit.bytes, bytes), "?",
		    quota_limit_text(q->limit.files, files));
	else if (account_is_limited(a))
		printf("%-20s %16lld %16s %10lld %10s %s\n", a->name, (long long)used->bytes,
		    quota_limit_text(q->limit.bytes, bytes), (long long)used->files,
		    quota_limit_text(q->limit.files, files), q->counted ? "yes" : "no");
	else
		printf("%-20s %16s %16s %10s %10s %s\n", a->name, "-", "none", "-", "none", "-");
}

static json_t *
as_json(const struct account *a, const struct store_quota *q, const struct usage *used)
{
	bool known = account_is_limited(a) && q->known;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "name", a->name, "used-bytes",
	    known ? json_integer(used->bytes) : json_null(), "quota-bytes",
	    quota_limit_json(q->limit.bytes), "used-files",
	    known ? json_integer(used->files) : json_null(), "quota-files",
	    quota_limit_json(q->limit.files), "counted", q->counted);
}

static int
show_one(struct store *store, const struct account *a, void *context)
{
	const struct showing *showing = context;
	struct store_quota q;
	struct usage used;
	enum store_status status = STORE_OK;

	if (account_is_limited(a)) {
		status = store_lease_bury(store, a->id);
		if (status == STORE_OK)
			status = store_lease_ask(store, a->id);
		if (status == STORE_OK && !wait_for_servers(store, a, false))
			(void)accounts_fail(a->name,
			    "a server does not say what it knows; uploads that run count in full");
	}
	if (status == STORE_OK)
		status = store_quota_get(store, a->id, &q);
	if (status != STORE_OK)
		return accounts_fail_store(store, status, a->name);
	used = (struct usage){ q.used.bytes - q.leased.bytes, q.used.files - q.leased.files };
	if (showing->array == NULL)
		print_row(a, &q, &used);
	else
		(void)json_array_append_new(showing->array, as_json(a, &q, &used));
	return CTL_OK;
}

int
quota_show(const struct ctl *ctl)
{
	struct showing showing = { .array = ctl->json ? json_array() : NULL };
	struct store *store = open_as_keeper(ctl);
	int rc = CTL_FAILED;

	if (store != NULL) {
		if (!ctl->json)
			printf("%-20s %16s %16s %10s %10s %s\n", "NAME", "USED BYTES",
			    "QUOTA BYTES", "USED FILES", "QUOTA", "COUNTED");
		rc = for_each(ctl, store, show_one, &showing);
	}
	if (ctl->json && rc == CTL_OK)
		rc = accounts_print_json(json_incref(
		    ctl->name == NULL ? showing.array : json_array_get(showing.array, 0)));
	json_decref(showing.array);
	store_close(&store);
	return rc;
}

/* ---- set ---- */

int
quota_set(const struct ctl *ctl)
{
	struct account account;
	struct store *store;
	enum store_status status;
	int rc = CTL_FAILED;

	if (ctl->quota_bytes == NULL && ctl->quota_files == NULL) {
		(void)accounts_fail(ctl->name, "nothing to set; give --quota or --quota-files");
		return CTL_USAGE;
	}
	store = accounts_open_one(ctl, &account);
	if (store == NULL)
		return CTL_FAILED;
	if (quota_choose(ctl, &account.quota)) {
		status = store_account_update(store, &account);
		rc = status == STORE_OK ? CTL_OK : accounts_fail_store(store, status, ctl->name);
	}
	explicit_bzero(account.hash, sizeof(account.hash));
	store_close(&store);
	return rc;
}

/* ---- recount ---- */

/* What the process that counts says: sums, the last of them with done. */
struct said {
	struct usage sum;
	bool done;
	int error;
};

static bool
say(void *context, const struct usage *sum)
{
	const struct said said = { .sum = *sum };

	return write(*(const int *)context, &said, sizeof(said)) == (ssize_t)sizeof(said);
}

/* As the account's user, shut in the home, where there is root to do so: else whoever asks may read
 * what he may. */
static bool
enter_home(const struct account *a)
{
	if (!rights_has_root())
		return chdir(a->home) == 0;
	(void)rights_of_root();
	return chdir(a->home) == 0 && chroot(".") == 0 && setgroups(0, NULL) == 0 &&
	    setresgid(a->gid, a->gid, a->gid) == 0 && setresuid(a->uid, a->uid, a->uid) == 0;
}

static void
count_in_child(const struct account *a, int out)
{
	struct said said = { .done = true };
	int top = -1;

	if (enter_home(a))
		top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top == -1 || !tally_tree(top, say, &out, &said.sum))
		said.error = errno == 0 ? EIO : errno;
	(void)!write(out, &said, sizeof(said));
	_exit(0);
}

static void
show_progress(const struct account *a, const struct usage *sum, bool last)
{
	char text[AMOUNT_LEN];

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s: %lld files, %s%s", a->name, (long long)sum->files,
		    amount_text(sum->bytes, text), last ? "\r\033[K" : " ");
}

/* False after saying why. */
static bool
count(const struct account *a, struct usage *sum_r)
{
	struct said said = { .error = ECHILD };
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		return accounts_fail(a->name, strerror(errno)) == CTL_OK;
	if (pid == 0)
		count_in_child(a, fds[1]);
	close(fds[1]);
	while (!said.done && read(fds[0], &said, sizeof(said)) == (ssize_t)sizeof(said))
		show_progress(a, &said.sum, said.done);
	close(fds[0]);
	(void)waitpid(pid, NULL, 0);
	if (said.done && said.error == 0) {
		*sum_r = said.sum;
		return true;
	}
	fprintf(stderr, "ferryctl: %s: its home %s cannot be counted: %s\n", a->name, a->home,
	    strerror(said.error == 0 ? ECHILD : said.error));
	return false;
}

static int
recount_one(struct store *store, const struct account *a, void *context)
{
	enum store_status status;
	struct usage sum = { 0 };
	char text[AMOUNT_LEN];
	bool counted = false;

	if (!account_is_limited(a)) {
		if (*(const bool *)context)
			return CTL_OK;
		return accounts_fail(
		    a->name, "it has no quota, so nothing is kept of what it uses");
	}
	status = store_count_begin(store, a->id);
	if (status != STORE_OK)
		return accounts_fail_store(store, status, a->name);
	if (wait_for_servers(store, a, true))
		counted = count(a, &sum);
	else
		(void)accounts_fail(
		    a->name, "a server does not pause its uploads; nothing is counted");
	status = store_count_end(store, a->id, counted ? &sum : NULL);
	if (status != STORE_OK)
		return accounts_fail_store(store, status, a->name);
	if (counted)
		printf("%s: %lld bytes (%s) in %lld files\n", a->name, (long long)sum.bytes,
		    amount_text(sum.bytes, text), (long long)sum.files);
	return counted ? CTL_OK : CTL_FAILED;
}

int
quota_recount(const struct ctl *ctl)
{
	struct store *store = open_as_keeper(ctl);
	bool all = ctl->name == NULL;
	int rc;

	if (store == NULL)
		return CTL_FAILED;
	rc = for_each(ctl, store, recount_one, &all);
	store_close(&store);
	return rc;
}
