/* What accounts with a quota use, in SQLite. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <unistd.h>

/* A keeper's key is a random number, whose byte of the lock file it holds, and behind it how many
 * it followed. */
#define GENERATION_BITS 10
#define NUMBER_BITS     52

const char *const sqlite_lease_sql[NSTATEMENTS] = {
	[QUOTA_GET] =
	    ("SELECT enabled, quota_bytes, quota_files, used_bytes, used_files, counted, counting, known, "
	     "(SELECT coalesce(sum(bytes), 0) FROM lease WHERE account = id), "
	     "(SELECT coalesce(sum(files), 0) FROM lease WHERE account = id), "
	     "(SELECT asked FROM lease WHERE account = id AND keeper = ?2) FROM account WHERE id = ?1"),
	[LEASES_OF] = "SELECT keeper, asked, paused FROM lease WHERE account = ?1",
	[LEASE_TAKE] =
	    ("UPDATE account SET used_bytes = used_bytes + ?2, used_files = used_files + ?3 "
	     "WHERE id = ?1 AND counting IN (0, ?4) AND (known OR (?2 = 0 AND ?3 = 0)) "
	     "AND (?2 = 0 OR quota_bytes IS NULL OR used_bytes + ?2 <= quota_bytes) "
	     "AND (?3 = 0 OR quota_files IS NULL OR used_files + ?3 <= quota_files)"),
	[LEASE_PUT] =
	    ("INSERT INTO lease (account, keeper, bytes, files, unseen_bytes, unseen_files, paused) "
	     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
	     "?7 AND (SELECT counting <> 0 FROM account WHERE id = ?1)) ON CONFLICT (account, keeper) DO UPDATE SET "
	     "bytes = excluded.bytes, files = excluded.files, unseen_bytes = excluded.unseen_bytes, "
	     "unseen_files = excluded.unseen_files, paused = excluded.paused, asked = 0"),
	/* Somebody may have deleted files behind our back, who counted less than there was. */
	[LEASE_BACK] =
	    ("UPDATE account SET used_bytes = max(used_bytes - ?2, 0), "
	     "used_files = max(used_files - ?3, 0), "
	     "counted = counted AND used_bytes >= ?2 AND used_files >= ?3 WHERE id = ?1"),
	[LEASE_DROP] = "DELETE FROM lease WHERE account = ?1 AND keeper = ?2",
	[LEASE_ASK] = "UPDATE lease SET asked = 1 WHERE account = ?1 AND keeper <> ?2",
	[STALE] = "UPDATE account SET counted = 0 WHERE id = ?1",
	[NEXT_STALE] =
	    ("SELECT id, name FROM account WHERE id > ?1 AND (quota_bytes IS NOT NULL OR quota_files IS NOT NULL) "
	     "AND (NOT counted OR EXISTS (SELECT 1 FROM lease WHERE account = id AND keeper <> ?2)) "
	     "ORDER BY id LIMIT 1"),
	[COUNT_BEGIN] = "UPDATE account SET counting = ?2 WHERE id = ?1 AND counting IN (0, ?2)",
	[COUNT_CLEAR] = "UPDATE account SET counting = 0 WHERE id = ?1 AND counting = ?2",
	[COUNT_END] =
	    ("UPDATE account SET known = 1, counted = 1, "
	     "used_bytes = ?2 + coalesce((SELECT sum(bytes + unseen_bytes) FROM lease WHERE account = id), 0), "
	     "used_files = ?3 + coalesce((SELECT sum(files + unseen_files) FROM lease WHERE account = id), 0) "
	     "WHERE id = ?1 AND counting = ?4"),
	[DATA_VERSION] = "PRAGMA data_version",
};

/* The file beside the store by which keepers know of one another: they hold locks on it, and who
 * changes something that they should see writes to it then.  (The store's own files are written
 * before a change shows.) */
#define KEEPERS_LEN (PATH_MAX + 16)

static const char *
keepers_path(const struct store *store, char path_r[KEEPERS_LEN])
{
	snprintf(path_r, KEEPERS_LEN, "%s-keepers", store->path);
	return path_r;
}

void
sqlite_tell(struct store *store)
{
	char path[KEEPERS_LEN];
	int fd = open(keepers_path(store, path), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return;         /* there has been no keeper yet */
	(void)!pwrite(fd, "\n", 1, 0);
	close(fd);
}

/* ---- keepers ---- */

static struct flock
place_of(int64_t key, short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = key >> GENERATION_BITS, .l_len = 1
	};
}

static bool
lock_number(struct store *store, struct store_keeper *keeper)
{
	struct flock place;
	uint64_t number;

	do {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return false;
		keeper->key = (int64_t)(number >> (64 - NUMBER_BITS)) << GENERATION_BITS | 1;
		place = place_of(keeper->key, F_WRLCK);
		if (fcntl(store->keeper.lock, F_OFD_SETLK, &place) == 0)
			return true;
	} while (errno == EAGAIN || errno == EACCES);
	return false;
}

enum store_status
store_become_keeper(struct store *store, struct store_keeper *keeper)
{
	char path[KEEPERS_LEN];

	if (keeper->lock != -1) {
		keeper->key++;
		store->keeper = *keeper;
		return STORE_OK;
	}
	store->keeper.lock =
	    open(keepers_path(store, path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->keeper.lock == -1 || !lock_number(store, keeper)) {
		sqlite_set_error(
		    store, "%s, by which keepers know of one another: %s", path, strerror(errno));
		return STORE_FAILED;
	}
	keeper->lock = store->keeper.lock;
	store->keeper = *keeper;
	return STORE_OK;
}

void
store_is_alone(struct store *store)
{
	store->alone = true;
}

static bool
is_alive(const struct store *store, int64_t key)
{
	struct flock place = place_of(key, F_WRLCK);

	if (key >> GENERATION_BITS == store->keeper.key >> GENERATION_BITS)
		return key == store->keeper.key || !store->alone;
	/* Where the system cannot tell, nothing is taken from anybody. */
	return fcntl(store->keeper.lock, F_OFD_GETLK, &place) == -1 || place.l_type != F_UNLCK;
}

/* ---- pieces of statements ---- */

/* A statement whose ?1 is the account. */
static sqlite3_stmt *
of_account(struct store *store, enum statement which, int64_t account)
{
	sqlite3_stmt *statement = store->statements[which];

	sqlite3_bind_int64(statement, 1, account);
	return statement;
}

static void
bind_usage(sqlite3_stmt *statement, int at, const struct usage *usage)
{
	sqlite3_bind_int64(statement, at, usage->bytes);
	sqlite3_bind_int64(statement, at + 1, usage->files);
}

static bool
begin(struct store *store)
{
	return sqlite_run(store, "BEGIN IMMEDIATE");
}

/* Ends a transaction, well or not. */
static enum store_status
end(struct store *store, enum store_status status)
{
	if (status == STORE_OK && sqlite_run(store, "COMMIT"))
		return STORE_OK;
	if (status == STORE_OK)
		status = sqlite_failed(store);
	(void)sqlite_run(store, "ROLLBACK");
	return status;
}

/* What is only given back, or counted, need not be on the disk at once: without it there seems to
 * be more in use than there is, never less, and the lease's row says that it is to be counted. */
static void
sync_later(struct store *store)
{
	(void)sqlite_run(store, "PRAGMA synchronous = NORMAL");
}

static void
sync_at_once(struct store *store)
{
	(void)sqlite_run(store, "PRAGMA synchronous = FULL");
}

/* ---- looking ---- */

/* Also who counts: 0 for nobody. */
static enum store_status
get_quota(struct store *store, int64_t account, struct store_quota *quota_r, int64_t *counter_r)
{
	sqlite3_stmt *statement = of_account(store, QUOTA_GET, account);
	enum store_status status = STORE_OK;

	sqlite3_bind_int64(statement, 2, store->keeper.key);
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		*quota_r = (struct store_quota){
			.enabled = sqlite3_column_int(statement, 0) == 1,
			.limit = { sqlite_limit(statement, 1), sqlite_limit(statement, 2) },
			.used = { sqlite3_column_int64(statement, 3),
			    sqlite3_column_int64(statement, 4) },
			.counted = sqlite3_column_int(statement, 5) == 1,
			.known = sqlite3_column_int(statement, 7) == 1,
			.leased = { sqlite3_column_int64(statement, 8),
			    sqlite3_column_int64(statement, 9) },
			.asked = sqlite3_column_int(statement, 10) == 1,
		};
		*counter_r = sqlite3_column_int64(statement, 6);
		break;
	case SQLITE_DONE:
		status = STORE_NONE;
		break;
	default:
		status = sqlite_failed(store);
	}
	sqlite_finish(statement);
	return status;
}

/* Ends the counting of a keeper that has died. */
static enum store_status
clear_counter(struct store *store, int64_t account, int64_t counter)
{
	sqlite3_stmt *statement = of_account(store, COUNT_CLEAR, account);
	enum store_status status;

	sqlite3_bind_int64(statement, 2, counter);
	status = sqlite_change(store, statement);
	return status == STORE_NONE ? STORE_OK : status;
}

enum store_status
store_quota_get(struct store *store, int64_t account, struct store_quota *quota_r)
{
	enum store_status status;
	int64_t counter = 0;

	status = get_quota(store, account, quota_r, &counter);
	if (status != STORE_OK || counter == 0 || counter == store->keeper.key)
		return status;
	quota_r->counting = is_alive(store, counter);
	return quota_r->counting ? STORE_OK : clear_counter(store, account, counter);
}

/* ---- leases ---- */

static enum store_status
put_row(struct store *store, int64_t account, const struct store_lease *lease)
{
	sqlite3_stmt *statement = of_account(store, LEASE_PUT, account);

	sqlite3_bind_int64(statement, 2, store->keeper.key);
	bind_usage(statement, 3, &lease->lease);
	bind_usage(statement, 5, &lease->unseen);
	sqlite3_bind_int(statement, 7, lease->paused);
	return sqlite_change(store, statement);
}

static enum store_status
give_back(struct store *store, int64_t account, const struct usage *back)
{
	sqlite3_stmt *statement = of_account(store, LEASE_BACK, account);

	bind_usage(statement, 2, back);
	return sqlite_change(store, statement);
}

/* In a transaction.  STORE_FULL also when the account is being counted, was never, or is gone. */
static enum store_status
charge(struct store *store, int64_t account, const struct usage *more)
{
	sqlite3_stmt *statement = of_account(store, LEASE_TAKE, account);
	enum store_status status;

	bind_usage(statement, 2, more);
	sqlite3_bind_int64(statement, 4, store->keeper.key);
	status = sqlite_change(store, statement);
	return status == STORE_NONE ? STORE_FULL : status;
}

enum store_status
store_lease_take(
    struct store *store, int64_t account, const struct usage *more, const struct usage *lease)
{
	const struct store_lease row = { .lease = *lease };
	struct store_quota quota = { 0 };
	enum store_status status = store_quota_get(store, account, &quota);

	if (status != STORE_OK)
		return status;
	if (quota.counting)
		return STORE_COUNTING;
	if (!begin(store))
		return sqlite_failed(store);
	status = charge(store, account, more);
	if (status == STORE_OK)
		status = put_row(store, account, &row);
	return end(store, status);
}

enum store_status
store_lease_put(struct store *store, int64_t account, const struct store_lease *lease)
{
	enum store_status status = STORE_OK;

	sync_later(store);
	if (begin(store)) {
		if (lease->back.bytes != 0 || lease->back.files != 0)
			status = give_back(store, account, &lease->back);
		if (status == STORE_OK)
			status = put_row(store, account, lease);
		status = end(store, status);
	} else {
		status = sqlite_failed(store);
	}
	sync_at_once(store);
	return status;
}

static enum store_status
delete_row(struct store *store, int64_t account, int64_t keeper)
{
	sqlite3_stmt *statement = of_account(store, LEASE_DROP, account);
	enum store_status status;

	sqlite3_bind_int64(statement, 2, keeper);
	status = sqlite_change(store, statement);
	return status == STORE_NONE ? STORE_OK : status;
}

enum store_status
store_lease_drop(struct store *store, int64_t account, const struct usage *back)
{
	enum store_status status;

	sync_later(store);
	if (begin(store)) {
		status = give_back(store, account, back);
		if (status == STORE_OK || status == STORE_NONE)
			status = delete_row(store, account, store->keeper.key);
		status = end(store, status);
	} else {
		status = sqlite_failed(store);
	}
	sync_at_once(store);
	return status;
}

/* The first row that is wanted, of a keeper other than this one; *keeper_r 0 when there is none. */
static enum store_status
find_row(struct store *store, int64_t account,
    bool (*is_wanted)(const struct store *store, int64_t keeper, bool asked, bool paused),
    int64_t *keeper_r)
{
	sqlite3_stmt *statement = of_account(store, LEASES_OF, account);
	enum store_status status = STORE_OK;
	int rc;

	*keeper_r = 0;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW && *keeper_r == 0) {
		int64_t keeper = sqlite3_column_int64(statement, 0);

		if (keeper != store->keeper.key &&
		    is_wanted(store, keeper, sqlite3_column_int(statement, 1) == 1,
			sqlite3_column_int(statement, 2) == 1))
			*keeper_r = keeper;
	}
	if (*keeper_r == 0 && rc != SQLITE_DONE)
		status = sqlite_failed(store);
	sqlite_finish(statement);
	return status;
}

static bool
is_dead(const struct store *store, int64_t keeper, bool asked, bool paused)
{
	(void)asked;
	(void)paused;
	return !is_alive(store, keeper);
}

static bool
is_asked(const struct store *store, int64_t keeper, bool asked, bool paused)
{
	(void)paused;
	return asked && is_alive(store, keeper);
}

static bool
is_running(const struct store *store, int64_t keeper, bool asked, bool paused)
{
	(void)asked;
	return !paused && is_alive(store, keeper);
}

static enum store_status
bury(struct store *store, int64_t account, int64_t keeper)
{
	enum store_status status;

	if (!begin(store))
		return sqlite_failed(store);
	status = sqlite_change(store, of_account(store, STALE, account));
	if (status == STORE_OK)
		status = delete_row(store, account, keeper);
	return end(store, status);
}

enum store_status
store_lease_bury(struct store *store, int64_t account)
{
	enum store_status status;
	int64_t keeper;

	do {
		status = find_row(store, account, is_dead, &keeper);
		if (status == STORE_OK && keeper != 0)
			status = bury(store, account, keeper);
	} while (status == STORE_OK && keeper != 0);
	return status;
}

enum store_status
store_lease_ask(struct store *store, int64_t account)
{
	sqlite3_stmt *statement = of_account(store, LEASE_ASK, account);
	enum store_status status;

	sqlite3_bind_int64(statement, 2, store->keeper.key);
	sync_later(store);
	status = sqlite_change(store, statement);
	sync_at_once(store);
	if (status == STORE_OK)
		sqlite_tell(store);
	return status == STORE_NONE ? STORE_OK : status;
}

enum store_status
store_lease_pending(struct store *store, int64_t account, bool paused, bool *pending_r)
{
	int64_t keeper;
	enum store_status status =
	    find_row(store, account, paused ? is_running : is_asked, &keeper);

	*pending_r = keeper != 0;
	return status;
}

/* ---- counting ---- */

enum store_status
store_stale(struct store *store, int64_t account)
{
	enum store_status status = sqlite_change(store, of_account(store, STALE, account));

	sqlite_tell(store);
	return status;
}

enum store_status
store_next_stale(
    struct store *store, int64_t after, int64_t *account_r, char name_r[NAME_ACCOUNT_MAX + 1])
{
	sqlite3_stmt *statement = of_account(store, NEXT_STALE, after);
	enum store_status status = STORE_OK;

	sqlite3_bind_int64(statement, 2, store->keeper.key);
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		*account_r = sqlite3_column_int64(statement, 0);
		snprintf(name_r, NAME_ACCOUNT_MAX + 1, "%s",
		    (const char *)sqlite3_column_text(statement, 1));
		break;
	case SQLITE_DONE:
		status = STORE_NONE;
		break;
	default:
		status = sqlite_failed(store);
	}
	sqlite_finish(statement);
	return status;
}

enum store_status
store_count_begin(struct store *store, int64_t account)
{
	sqlite3_stmt *statement;
	struct store_quota quota;
	enum store_status status = store_quota_get(store, account, &quota);

	if (status != STORE_OK)
		return status;
	statement = of_account(store, COUNT_BEGIN, account);
	sqlite3_bind_int64(statement, 2, store->keeper.key);
	status = sqlite_change(store, statement);
	if (status == STORE_OK)
		sqlite_tell(store);
	return status == STORE_NONE ? STORE_COUNTING : status;
}

/* STORE_NONE when it is not this keeper any more that counts. */
static enum store_status
write_count(struct store *store, int64_t account, const struct usage *files)
{
	sqlite3_stmt *statement = of_account(store, COUNT_END, account);

	bind_usage(statement, 2, files);
	sqlite3_bind_int64(statement, 4, store->keeper.key);
	return sqlite_change(store, statement);
}

enum store_status
store_count_end(struct store *store, int64_t account, const struct usage *files)
{
	enum store_status status = files == NULL ? STORE_OK : store_lease_bury(store, account);

	if (status != STORE_OK)
		return status;
	if (!begin(store))
		return sqlite_failed(store);
	if (files != NULL)
		status = write_count(store, account, files);
	if (status == STORE_OK)
		status = clear_counter(store, account, store->keeper.key);
	status = end(store, status);
	sqlite_tell(store);
	return status;
}

/* ---- being told ---- */

static int64_t
data_version(struct store *store)
{
	sqlite3_stmt *statement = store->statements[DATA_VERSION];
	int64_t version =
	    sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;

	sqlite_finish(statement);
	return version;
}

int
store_watch(struct store *store)
{
	char path[KEEPERS_LEN];

	store->version = data_version(store);
	store->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (store->watch != -1 &&
	    inotify_add_watch(store->watch, keepers_path(store, path), IN_MODIFY) == -1) {
		close(store->watch);
		store->watch = -1;
	}
	return store->watch;
}

bool
store_changed(struct store *store)
{
	int64_t before = store->version;
	char events[4096];

	while (store->watch != -1 && read(store->watch, events, sizeof(events)) > 0)
		continue;
	store->version = data_version(store);
	return store->version != before;
}
