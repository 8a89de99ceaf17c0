/* Leases in the store: what is charged, what is given back, who lives, and who counts. */
#include "runner.h"
#include "store/store.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[PATH_MAX], path[PATH_MAX + 32];
static struct store *a, *b;     /* of two keepers */
static struct store_keeper keeper_a, keeper_b;
static int64_t id;

static struct store *
open_keeper(struct store_keeper *keeper)
{
	char error[PATH_MAX + 256];
	struct store *store;

	ck_assert_msg(store_open(path, STORE_CREATE, &store, error, sizeof(error)) == STORE_OK, "%s", error);
	keeper->lock = -1;
	ck_assert_int_eq(store_become_keeper(store, keeper), STORE_OK);
	return store;
}

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");
	struct account account = { .name = "alice", .hash = "h", .uid = 5, .gid = 6, .home = "/home", .enabled = true,
		.quota = { 1000, 10 } };

	snprintf(dir, sizeof(dir), "%s/ferry-lease-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f.db", dir);
	a = open_keeper(&keeper_a);
	b = open_keeper(&keeper_b);
	ck_assert_int_ne(keeper_a.key, keeper_b.key);
	ck_assert_int_eq(store_account_add(a, &account), STORE_OK);
	id = account.id;
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_end(a, id, &(struct usage){ 0, 0 }), STORE_OK);
}

static void
tear_down(void)
{
	store_close(&a);
	store_close(&b);
	unit_remove_tree(dir);
}

static struct store_quota
quota_of(struct store *store)
{
	struct store_quota q;

	ck_assert_int_eq(store_quota_get(store, id, &q), STORE_OK);
	return q;
}

static void
check_used(int64_t used_bytes, int64_t used_files, int64_t leased_bytes, int64_t leased_files)
{
	struct store_quota q = quota_of(a);

	ck_assert_int_eq(q.used.bytes, used_bytes);
	ck_assert_int_eq(q.used.files, used_files);
	ck_assert_int_eq(q.leased.bytes, leased_bytes);
	ck_assert_int_eq(q.leased.files, leased_files);
}

static enum store_status
take(struct store *store, int64_t bytes, int64_t files)
{
	const struct usage more = { bytes, files };

	return store_lease_take(store, id, &more, &more);
}

START_TEST(a_lease_is_taken_used_and_given_back)
{
	const struct store_lease half = { .lease = { 300, 4 } };
	const struct store_lease back = { .lease = { 100, 1 }, .back = { 200, 3 } };
	const struct usage rest = { 100, 1 };

	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	check_used(600, 5, 600, 5);
	/* Half of the bytes and one file are files now; nobody else need know. */
	ck_assert_int_eq(store_lease_put(a, id, &half), STORE_OK);
	check_used(600, 5, 300, 4);
	ck_assert_int_eq(store_lease_put(a, id, &back), STORE_OK);
	check_used(400, 2, 100, 1);
	ck_assert_int_eq(store_lease_drop(a, id, &rest), STORE_OK);
	check_used(300, 1, 0, 0);
}
END_TEST

START_TEST(what_is_freed_is_given_back_too)
{
	const struct store_lease freed = { .lease = { 0, 0 }, .back = { 500, 2 } };

	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(store_lease_put(a, id, &freed), STORE_OK);
	check_used(100, 3, 0, 0);
	/* More than there was: somebody counted wrong, and it is to be found out. */
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_end(a, id, &(struct usage){ 100, 3 }), STORE_OK);
	ck_assert(quota_of(a).counted);
	ck_assert_int_eq(store_lease_put(a, id, &freed), STORE_OK);
	check_used(0, 1, 0, 0);
	ck_assert(!quota_of(a).counted);
}
END_TEST

START_TEST(nobody_takes_more_than_there_is)
{
	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(take(b, 401, 0), STORE_FULL);
	ck_assert_int_eq(take(b, 0, 6), STORE_FULL);
	ck_assert_int_eq(take(b, 401, 6), STORE_FULL);
	check_used(600, 5, 600, 5);
	ck_assert_int_eq(take(b, 400, 5), STORE_OK);
	check_used(1000, 10, 1000, 10);
	ck_assert_int_eq(take(b, 1, 0), STORE_FULL);
	ck_assert_int_eq(take(b, 0, 1), STORE_FULL);
	ck_assert_int_eq(take(b, 0, 0), STORE_OK);
}
END_TEST

/* Another home, or none that had to be counted before. */
START_TEST(a_home_that_nobody_has_counted)
{
	struct account account;

	ck_assert_int_eq(store_account_get(b, "alice", &account), STORE_OK);
	account.quota = (struct usage){ USAGE_UNLIMITED, USAGE_UNLIMITED };
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
	account.quota = (struct usage){ 100, 10 };
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
	ck_assert(!quota_of(a).known);
	ck_assert_int_eq(take(a, 1, 0), STORE_FULL);
	ck_assert_int_eq(take(a, 0, 1), STORE_FULL);
	ck_assert_int_eq(take(a, 0, 0), STORE_OK);
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_end(a, id, &(struct usage){ 40, 4 }), STORE_OK);
	ck_assert(quota_of(a).known);
	ck_assert_int_eq(take(a, 60, 6), STORE_OK);
	strcpy(account.home, "/other");
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
	ck_assert(!quota_of(a).known);
}
END_TEST

/* A quota that was made smaller than what is used stops everything but nothing. */
START_TEST(a_smaller_quota)
{
	struct account account;

	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(store_account_get(b, "alice", &account), STORE_OK);
	account.quota = (struct usage){ 100, USAGE_UNLIMITED };
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
	ck_assert_int_eq(quota_of(a).limit.bytes, 100);
	ck_assert_int_eq(quota_of(a).limit.files, USAGE_UNLIMITED);
	ck_assert_int_eq(take(a, 1, 0), STORE_FULL);
	ck_assert_int_eq(take(a, 0, 1000000), STORE_OK);
}
END_TEST

START_TEST(no_account)
{
	const struct usage some = { 1, 1 };
	struct store_quota q;

	ck_assert_int_eq(store_account_delete(a, id), STORE_OK);
	ck_assert_int_eq(store_quota_get(a, id, &q), STORE_NONE);
	ck_assert_int_eq(store_lease_take(a, id, &some, &some), STORE_NONE);
	ck_assert_int_eq(store_lease_drop(a, id, &some), STORE_OK);
	ck_assert_int_eq(store_count_begin(a, id), STORE_NONE);
	ck_assert_int_eq(store_stale(a, id), STORE_NONE);
}
END_TEST

/* With the account its leases go, and an id is no other's again. */
START_TEST(an_account_goes_with_its_leases)
{
	struct account account;

	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(store_account_get(a, "alice", &account), STORE_OK);
	ck_assert_int_eq(store_account_delete(a, id), STORE_OK);
	ck_assert_int_eq(store_account_add(a, &account), STORE_OK);
	ck_assert_int_ne(account.id, id);
	id = account.id;
	check_used(0, 0, 0, 0);
}
END_TEST

START_TEST(keepers_ask_one_another)
{
	const struct store_lease answer = { .lease = { 100, 1 }, .back = { 500, 4 } };
	bool pending;

	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(store_lease_pending(b, id, false, &pending), STORE_OK);
	ck_assert(!pending);
	ck_assert_int_eq(store_lease_ask(b, id), STORE_OK);
	ck_assert(quota_of(a).asked);
	ck_assert(!quota_of(b).asked);
	ck_assert_int_eq(store_lease_pending(b, id, false, &pending), STORE_OK);
	ck_assert(pending);
	ck_assert_int_eq(store_lease_put(a, id, &answer), STORE_OK);
	ck_assert(!quota_of(a).asked);
	ck_assert_int_eq(store_lease_pending(b, id, false, &pending), STORE_OK);
	ck_assert(!pending);
	check_used(100, 1, 100, 1);
	/* One's own leases are never waited for. */
	ck_assert_int_eq(store_lease_ask(a, id), STORE_OK);
	ck_assert(!quota_of(a).asked);
}
END_TEST

/* A keeper that dies leaves its leases charged; whoever notices has the account counted. */
START_TEST(the_dead_are_buried)
{
	const struct usage files = { 50, 2 };
	bool pending;

	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_end(a, id, &files), STORE_OK);
	ck_assert_int_eq(take(a, 600, 5), STORE_OK);
	ck_assert_int_eq(take(b, 100, 1), STORE_OK);
	ck_assert_int_eq(store_lease_bury(a, id), STORE_OK);
	check_used(750, 8, 700, 6);
	ck_assert(quota_of(a).counted);
	store_close(&b);
	ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
	ck_assert(!pending);
	ck_assert_int_eq(store_lease_bury(a, id), STORE_OK);
	check_used(750, 8, 600, 5);
	ck_assert(!quota_of(a).counted);
}
END_TEST

/* The lock may be held by others on behalf of a keeper that is gone. */
START_TEST(who_holds_the_lock_lives)
{
	int copy = dup(keeper_b.lock);

	ck_assert_int_eq(take(b, 100, 1), STORE_OK);
	store_close(&b);
	ck_assert_int_eq(store_lease_bury(a, id), STORE_OK);
	check_used(100, 1, 100, 1);
	close(copy);
	ck_assert_int_eq(store_lease_bury(a, id), STORE_OK);
	check_used(100, 1, 0, 0);
}
END_TEST

START_TEST(a_successor_waits_until_it_is_alone)
{
	struct store_keeper next = { .key = keeper_b.key, .lock = dup(keeper_b.lock) };
	char error[PATH_MAX + 256];

	ck_assert_int_eq(take(b, 100, 1), STORE_OK);
	store_close(&b);
	ck_assert_int_eq(store_open(path, STORE_CREATE, &b, error, sizeof(error)), STORE_OK);
	ck_assert_int_eq(store_become_keeper(b, &next), STORE_OK);
	ck_assert_int_ne(next.key, keeper_b.key);
	ck_assert_int_eq(take(b, 50, 1), STORE_OK);
	ck_assert_int_eq(store_lease_bury(b, id), STORE_OK);
	check_used(150, 2, 150, 2);
	store_is_alone(b);
	ck_assert_int_eq(store_lease_bury(b, id), STORE_OK);
	check_used(150, 2, 50, 1);
	ck_assert(!quota_of(b).counted);
}
END_TEST

START_TEST(one_counts_and_the_others_pause)
{
	const struct store_lease paused = { .lease = { 30, 0 }, .unseen = { 7, 1 }, .back = { 70, 1 }, .paused = true };
	const struct usage files = { 400, 4 };
	bool pending;

	ck_assert_int_eq(take(b, 100, 1), STORE_OK);
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_begin(b, id), STORE_COUNTING);
	ck_assert(quota_of(b).counting);
	ck_assert(!quota_of(a).counting);
	ck_assert_int_eq(take(b, 1, 0), STORE_COUNTING);
	ck_assert_int_eq(take(a, 0, 0), STORE_OK);
	ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
	ck_assert(pending);
	ck_assert_int_eq(store_lease_put(b, id, &paused), STORE_OK);
	ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
	ck_assert(!pending);
	ck_assert_int_eq(store_count_end(a, id, &files), STORE_OK);
	/* What is reserved, and what no name leads to, is in use besides. */
	check_used(437, 5, 30, 0);
	ck_assert(quota_of(b).counted);
	ck_assert(!quota_of(b).counting);
	ck_assert_int_eq(take(b, 1, 0), STORE_OK);
}
END_TEST

START_TEST(a_counting_that_is_given_up_changes_nothing)
{
	ck_assert_int_eq(store_stale(a, id), STORE_OK);
	ck_assert_int_eq(take(b, 100, 1), STORE_OK);
	ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
	ck_assert_int_eq(store_count_end(a, id, NULL), STORE_OK);
	check_used(100, 1, 100, 1);
	ck_assert(!quota_of(a).counted);
	ck_assert_int_eq(take(b, 1, 0), STORE_OK);
}
END_TEST

static void
update(const char *home, int64_t limit)
{
	struct account account;

	ck_assert_int_eq(store_account_get(b, "alice", &account), STORE_OK);
	snprintf(account.home, sizeof(account.home), "%s", home);
	account.quota.bytes = account.quota.files = limit;
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
}

/* What is found in the home that was, is of no use; nor is what was found before others could write freely. */
START_TEST(a_counting_ends_when_the_home_is_another)
{
	const struct store_lease paused = { .paused = true };
	const struct usage files = { 400, 4 };
	bool pending;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(store_lease_put(b, id, &paused), STORE_OK);
		ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
		ck_assert_msg(pending, "who pauses for nobody does not pause");
		ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
		ck_assert_int_eq(store_lease_put(b, id, &paused), STORE_OK);
		ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
		ck_assert(!pending);
		if (i == 0) {
			update("/elsewhere", 1000);
		} else {
			update("/elsewhere", USAGE_UNLIMITED);
			update("/elsewhere", 1000);
		}
		ck_assert_int_eq(store_lease_pending(a, id, true, &pending), STORE_OK);
		ck_assert_msg(pending, "the pause is over");
		ck_assert_int_eq(store_count_end(a, id, &files), STORE_NONE);
		ck_assert(!quota_of(a).known);
		ck_assert(!quota_of(a).counted);
		ck_assert_int_eq(take(a, 1, 0), STORE_FULL);
		ck_assert_int_eq(store_count_begin(a, id), STORE_OK);
		ck_assert_int_eq(store_count_end(a, id, &files), STORE_OK);
		ck_assert(quota_of(a).known);
	}
}
END_TEST

START_TEST(a_counter_that_dies_stops_nobody)
{
	ck_assert_int_eq(store_count_begin(b, id), STORE_OK);
	ck_assert(quota_of(a).counting);
	store_close(&b);
	ck_assert(!quota_of(a).counting);
	ck_assert_int_eq(take(a, 1, 0), STORE_OK);
}
END_TEST

START_TEST(changes_are_told)
{
	struct pollfd p = { .events = POLLIN };
	struct account account;

	p.fd = store_watch(a);
	ck_assert_int_ne(p.fd, -1);
	ck_assert(!store_changed(a));
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	ck_assert_int_eq(store_account_get(b, "alice", &account), STORE_OK);
	account.enabled = false;
	ck_assert_int_eq(store_account_update(b, &account), STORE_OK);
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert(store_changed(a));
	ck_assert(!store_changed(a));
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	/* One's own are not. */
	ck_assert_int_eq(store_lease_ask(a, id), STORE_OK);
	ck_assert_int_eq(store_account_update(a, &account), STORE_OK);
	ck_assert(!store_changed(a));
}
END_TEST

/* Takes and puts for ever, and says after each take how much is charged. */
static void
run_writer(int tell)
{
	struct store_keeper keeper;
	struct store *store = open_keeper(&keeper);
	int64_t used = 0;

	for (;;) {
		const struct usage more = { 3, 1 }, lease = { 3, 1 };
		const struct store_lease all_used = { .lease = { 0, 0 } };

		if (store_lease_take(store, id, &more, &lease) != STORE_OK)
			_exit(1);
		used += 3;
		if (write(tell, &used, sizeof(used)) != sizeof(used))
			_exit(1);
		if (store_lease_put(store, id, &all_used) != STORE_OK)
			_exit(1);
	}
}

/* Killed at any moment, it has charged at least what it said. */
START_TEST(a_keeper_is_killed)
{
	int64_t more, said = 0;
	struct account account;
	int tell[2], status;
	struct store_quota q;
	pid_t pid;

	ck_assert_int_eq(store_account_get(a, "alice", &account), STORE_OK);
	account.quota = (struct usage){ USAGE_MAX, USAGE_MAX };
	ck_assert_int_eq(store_account_update(a, &account), STORE_OK);
	ck_assert_int_eq(pipe(tell), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		run_writer(tell[1]);
	close(tell[1]);
	for (int i = 0; i <= _i * 7; i++)
		if (read(tell[0], &more, sizeof(more)) == sizeof(more))
			said = more;
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	while (read(tell[0], &more, sizeof(more)) == sizeof(more))
		said = more;
	close(tell[0]);
	ck_assert_int_eq(store_lease_bury(a, id), STORE_OK);
	q = quota_of(a);
	ck_assert_int_ge(q.used.bytes, said);
	ck_assert_int_le(q.used.bytes, said + 3);
	ck_assert_int_eq(q.used.bytes, q.used.files * 3);
	ck_assert_int_eq(q.leased.bytes, 0);
	ck_assert(!q.counted);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("lease");
	TCase *t = tcase_create("lease");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_lease_is_taken_used_and_given_back);
	tcase_add_test(t, what_is_freed_is_given_back_too);
	tcase_add_test(t, nobody_takes_more_than_there_is);
	tcase_add_test(t, a_home_that_nobody_has_counted);
	tcase_add_test(t, a_smaller_quota);
	tcase_add_test(t, no_account);
	tcase_add_test(t, an_account_goes_with_its_leases);
	tcase_add_test(t, keepers_ask_one_another);
	tcase_add_test(t, the_dead_are_buried);
	tcase_add_test(t, who_holds_the_lock_lives);
	tcase_add_test(t, a_successor_waits_until_it_is_alone);
	tcase_add_test(t, one_counts_and_the_others_pause);
	tcase_add_test(t, a_counting_that_is_given_up_changes_nothing);
	tcase_add_test(t, a_counting_ends_when_the_home_is_another);
	tcase_add_test(t, a_counter_that_dies_stops_nobody);
	tcase_add_test(t, changes_are_told);
	tcase_add_loop_test(t, a_keeper_is_killed, 0, 10);
	suite_add_tcase(s, t);
	return s;
}
