#include "store/sqlite.h"

#include "base/sb.h"
#include "schema_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS        5000
#define BUSY_STEP_MS   10
#define SCHEMA_VERSION 4
#define APPLICATION_ID \
	0x46657279 /* "Fery", for file(1) and for us: no other's database is touched */

#define FIELDS \
	"id, name, hash, uid, gid, home, enabled, charset, certificate, quota_bytes, quota_files"

static const char *const sql[NSTATEMENTS] = {
	[GET] = "SELECT " FIELDS " FROM account WHERE name = ?1",
	/* An id is never another account's again: a session may still know the old one by it. */
	[ADD] =
	    ("INSERT INTO account (id, name, hash, uid, gid, home, enabled, charset, certificate, quota_bytes, "
	     "quota_files) VALUES (random() & 0x3fffffffffffffff, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
	/* While there is no limit nobody keeps used; and what is found in the home that was, is of
	 * no use. */
	[UPDATE] =
	    ("UPDATE account SET hash = ?2, uid = ?3, gid = ?4, home = ?5, enabled = ?6, charset = ?7, "
	     "certificate = ?8, quota_bytes = ?9, quota_files = ?10, "
	     "known = known AND home = ?5 AND (quota_bytes IS NOT NULL OR quota_files IS NOT NULL), "
	     "counted = counted AND home = ?5 AND (quota_bytes IS NOT NULL OR quota_files IS NOT NULL), "
	     "counting = iif(home = ?5 AND (quota_bytes IS NOT NULL OR quota_files IS NOT NULL), counting, 0) "
	     "WHERE id = ?1"),
	[DELETE] = "DELETE FROM account WHERE id = ?1",
	[EACH] = "SELECT " FIELDS " FROM account ORDER BY name",
	/* The candidates are the lowest id and each one above a taken one. */
	[FREE_UID] = ("WITH taken(uid) AS (SELECT uid FROM account UNION SELECT uid FROM spent) "
		      "SELECT min(c) FROM (SELECT ?1 AS c UNION SELECT uid + 1 FROM taken "
		      "WHERE uid BETWEEN ?1 AND ?2 - 1) WHERE c NOT IN (SELECT uid FROM taken)"),
};

void
sqlite_set_error(struct store *store, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(store->error, sizeof(store->error), fmt, ap);
	va_end(ap);
}

const char *
store_error(const struct store *store)
{
	return store->error;
}

enum store_status
sqlite_failed(struct store *store)
{
	int code = sqlite3_extended_errcode(store->db);

	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
		sqlite_set_error(store, "the store %s is busy; try again", store->path);
		return STORE_BUSY;
	}
	sqlite_set_error(store, "the store %s: %s%s", store->path, sqlite3_errmsg(store->db),
	    (code & 0xff) == SQLITE_NOTADB ? "; give store another path" : "");
	return code == SQLITE_CONSTRAINT_UNIQUE ? STORE_EXISTS : STORE_FAILED;
}

/* ---- opening ---- */

static const char only_owner[] = "; only root and the keeper's user may use it";

/* Makes the file before SQLite does: readable by nobody else from its first moment, and its
 * directory's owner's, also when root makes it. */
static bool
make_file(const char *path, char *error, size_t error_len)
{
	char copy[PATH_MAX];
	const char *dir;
	struct stat st;
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	dir = dirname(copy);
	if (stat(dir, &st) == -1) {
		snprintf(error, error_len,
		    "the store's directory %s: %s; make it, owned by the keeper's user", dir,
		    strerror(errno));
		return false;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 && errno == EEXIST)
		return true;
	if (fd == -1) {
		snprintf(error, error_len, "cannot make the store %s: %s%s", path, strerror(errno),
		    errno == EACCES ? only_owner : "");
		return false;
	}
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) == -1) {
		snprintf(error, error_len, "cannot give the store %s to its directory's owner: %s",
		    path, strerror(errno));
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

bool
sqlite_run(struct store *store, const char *text)
{
	return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK;
}

/* The one number that a PRAGMA gives; -1 when it gives none. */
static int
get_number(struct store *store, const char *text)
{
	sqlite3_stmt *statement = NULL;
	int number = -1;

	if (sqlite3_prepare_v2(store->db, text, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Step i makes version i + 1 of version i; step 0 makes a new store, of the newest version at
 * once. */
static const char *const steps[SCHEMA_VERSION] = {
	schema_sql,
	"ALTER TABLE account ADD COLUMN charset TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE account ADD COLUMN certificate TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE account ADD COLUMN quota_bytes INTEGER CHECK (quota_bytes >= 0);"
	"ALTER TABLE account ADD COLUMN quota_files INTEGER CHECK (quota_files >= 0);"
	"ALTER TABLE account ADD COLUMN used_bytes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE account ADD COLUMN used_files INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE account ADD COLUMN known INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1));"
	"ALTER TABLE account ADD COLUMN counted INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1));"
	"ALTER TABLE account ADD COLUMN counting INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE lease (account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE, "
	"keeper INTEGER NOT NULL, bytes INTEGER NOT NULL, files INTEGER NOT NULL, "
	"unseen_bytes INTEGER NOT NULL DEFAULT 0, unseen_files INTEGER NOT NULL DEFAULT 0, "
	"asked INTEGER NOT NULL DEFAULT 0 CHECK (asked IN (0, 1)), "
	"paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), "
	"PRIMARY KEY (account, keeper)) STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER pause_ends AFTER UPDATE OF counting ON account WHEN new.counting <> old.counting BEGIN "
	"UPDATE lease SET paused = 0 WHERE account = new.id; END;"
	"CREATE TABLE spent (uid INTEGER PRIMARY KEY) STRICT;"
	"CREATE TRIGGER uid_given_up AFTER DELETE ON account BEGIN INSERT OR IGNORE INTO spent VALUES (old.uid); END;"
	"CREATE TRIGGER uid_changed AFTER UPDATE OF uid ON account WHEN new.uid <> old.uid BEGIN "
	"INSERT OR IGNORE INTO spent VALUES (old.uid); END",
};

/* A newer program's store is not to be understood. */
static enum store_status
check_version(struct store *store, int version)
{
	if (version < 0)
		return sqlite_failed(store);
	if (version <= SCHEMA_VERSION)
		return STORE_OK;
	sqlite_set_error(store,
	    "the store %s is of version %d, this program knows %d: use the Ferry that made it, or a "
	    "newer one",
	    store->path, version, SCHEMA_VERSION);
	return STORE_FAILED;
}

static enum store_status
migrate(struct store *store)
{
	enum store_status status;
	int version;

	/* Two that open a new store at once: one waits here for the other. */
	if (!sqlite_run(store, "BEGIN IMMEDIATE"))
		return sqlite_failed(store);
	version = get_number(store, "PRAGMA user_version");
	status = check_version(store, version);
	if (status != STORE_OK)
		return status;
	for (int i = version; i < (version == 0 ? 1 : SCHEMA_VERSION); i++)
		if (!sqlite_run(store, steps[i]))
			return sqlite_failed(store);
	if (version < SCHEMA_VERSION) {
		char text[128];

		snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		    APPLICATION_ID, SCHEMA_VERSION);
		if (!sqlite_run(store, text))
			return sqlite_failed(store);
	}
	return sqlite_run(store, "COMMIT") ? STORE_OK : sqlite_failed(store);
}

/* Somebody else's database is not ours to change. */
static enum store_status
check_ours(struct store *store)
{
	/* In this order: it reads one state, and a new store gets its id and its tables at once. */
	int tables = get_number(store, "SELECT count(*) FROM sqlite_schema");
	int id = tables == -1 ? -1 : get_number(store, "PRAGMA application_id");

	if (id == -1)
		return sqlite_failed(store);
	if (id == APPLICATION_ID || (tables == 0 && id == 0))
		return STORE_OK;
	sqlite_set_error(store,
	    "%s is a database, but not of Ferry's accounts; give store another path", store->path);
	return STORE_FAILED;
}

static enum store_status
prepare(struct store *store)
{
	for (int i = 0; i < NSTATEMENTS; i++) {
		const char *text = sql[i] == NULL ? sqlite_lease_sql[i] : sql[i];

		if (sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT,
			&store->statements[i], NULL) != SQLITE_OK)
			return sqlite_failed(store);
	}
	return STORE_OK;
}

/* SQLite itself does not wait for another who makes the same change, as it does for everything
 * else. */
static enum store_status
use_wal(struct store *store)
{
	enum store_status status = STORE_OK;

	for (int waited = 0; waited < BUSY_MS; waited += BUSY_STEP_MS) {
		if (sqlite_run(store, "PRAGMA journal_mode = WAL"))
			return STORE_OK;
		status = sqlite_failed(store);
		if (status != STORE_BUSY)
			break;
		(void)poll(NULL, 0, BUSY_STEP_MS);
	}
	return status;
}

/* FULL: with the WAL, what was acknowledged is on the disk; accounts change so seldom that the
 * price of a sync does not show. */
static enum store_status
set_up(struct store *store)
{
	enum store_status status;

	sqlite3_busy_timeout(store->db, BUSY_MS);
	sqlite3_extended_result_codes(store->db, 1);
	if (sqlite3_db_readonly(store->db, "main") == 1) {
		sqlite_set_error(
		    store, "the store %s cannot be written%s", store->path, only_owner);
		return STORE_FAILED;
	}
	status = check_ours(store);
	if (status != STORE_OK)
		return status;
	if (!sqlite_run(store,
		"PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"))
		return sqlite_failed(store);
	status = use_wal(store);
	if (status != STORE_OK)
		return status;
	status = migrate(store);
	return status == STORE_OK ? prepare(store) : status;
}

/* Why the file cannot be opened, as far as the system tells.  To open it and see is no way: closing
 * it again would undo the locks of another handle of this process. */
static void
set_open_error(struct store *store)
{
	struct stat st;

	if (faccessat(AT_FDCWD, store->path, R_OK | W_OK, AT_EACCESS) == 0 &&
	    stat(store->path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			(void)sqlite_failed(store);
		else
			sqlite_set_error(store,
			    "the store %s is a directory or a device, and no file", store->path);
		return;
	}
	sqlite_set_error(store, "the store %s: %s%s", store->path, strerror(errno),
	    errno == ENOENT ? "; ferryctl user add makes it" : errno == EACCES ? only_owner : "");
}

enum store_status
store_open(
    const char *path, enum store_mode mode, struct store **store_r, char *error_r, size_t error_len)
{
	enum store_status status;
	struct store *store;

	*store_r = NULL;
	if (strlen(path) >= PATH_MAX) {
		snprintf(error_r, error_len, "the store's path is too long");
		return STORE_FAILED;
	}
	if (mode == STORE_CREATE && !make_file(path, error_r, error_len))
		return STORE_FAILED;
	store = calloc(1, sizeof(*store));
	if (store == NULL) {
		snprintf(error_r, error_len, "the store %s: %s", path, strerror(errno));
		return STORE_FAILED;
	}
	memcpy(store->path, path, strlen(path) + 1);
	store->keeper.lock = store->watch = -1;
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		set_open_error(store);
		status = STORE_FAILED;
	} else {
		status = set_up(store);
	}
	if (status == STORE_OK) {
		*store_r = store;
		return STORE_OK;
	}
	snprintf(error_r, error_len, "%s", store->error);
	store_close(&store);
	return status;
}

/* The path as a URI of SQLite's.  immutable: SQLite makes no files beside it then. */
static bool
put_uri(const char *path, bool immutable, char *uri, size_t cap)
{
	struct sb out;

	sb_init(&out, uri, cap);
	sb_puts(&out, "file:");
	for (; *path != '\0'; path++)
		sb_printf(
		    &out, strchr("?#%", *path) == NULL ? "%c" : "%%%02X", (unsigned char)*path);
	sb_puts(&out, immutable ? "?mode=ro&immutable=1" : "?mode=ro");
	return !out.cut;
}

/* The file is there: whether it is ours.  Without a log beside it all is in the file itself. */
static bool
check_content(struct store *store)
{
	char uri[3 * PATH_MAX + 64], log[PATH_MAX + 8];
	enum store_status status;

	snprintf(log, sizeof(log), "%s-wal", store->path);
	if (!put_uri(store->path, access(log, F_OK) == -1, uri, sizeof(uri)) ||
	    sqlite3_open_v2(uri, &store->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		set_open_error(store);
		return false;
	}
	sqlite3_busy_timeout(store->db, BUSY_MS);
	sqlite3_extended_result_codes(store->db, 1);
	status = check_ours(store);
	if (status == STORE_OK)
		status = check_version(store, get_number(store, "PRAGMA user_version"));
	return status == STORE_OK;
}

/* Whether this user may write the directory, in which SQLite and the keeper make files too.
 * Missing, it is made. */
static bool
check_directory(struct store *store)
{
	char copy[PATH_MAX];
	const char *dir;

	memcpy(copy, store->path, sizeof(copy));
	dir = dirname(copy);
	if (faccessat(AT_FDCWD, dir, R_OK | W_OK | X_OK, AT_EACCESS) == 0 || errno == ENOENT)
		return true;
	sqlite_set_error(store,
	    "the store's directory %s cannot be written: %s; let it be the keeper's user's own",
	    dir, strerror(errno));
	return false;
}

bool
store_check(const char *path, char *error_r, size_t error_len)
{
	struct store *store = strlen(path) >= PATH_MAX ? NULL : calloc(1, sizeof(*store));
	struct stat st;
	bool ok;

	if (store == NULL) {
		snprintf(error_r, error_len, "the store %s: %s", path, strerror(ENAMETOOLONG));
		return false;
	}
	memcpy(store->path, path, strlen(path) + 1);
	store->keeper.lock = store->watch = -1;
	if (stat(path, &st) == -1 && errno == ENOENT) {
		ok = check_directory(store);
	} else if (access(path, R_OK) == -1 || !S_ISREG(st.st_mode)) {
		set_open_error(store);
		ok = false;
	} else {
		ok = check_content(store);
		if (ok && access(path, W_OK) == -1) {
			sqlite_set_error(
			    store, "the store %s cannot be written%s", path, only_owner);
			ok = false;
		}
		ok = ok && check_directory(store);
	}
	if (!ok)
		snprintf(error_r, error_len, "%s", store->error);
	store_close(&store);
	return ok;
}

void
store_close(struct store **store)
{
	if (*store == NULL)
		return;
	for (int i = 0; i < NSTATEMENTS; i++)
		sqlite3_finalize((*store)->statements[i]);
	sqlite3_close((*store)->db);
	if ((*store)->keeper.lock != -1)
		close((*store)->keeper.lock);
	if ((*store)->watch != -1)
		close((*store)->watch);
	free(*store);
	*store = NULL;
}

/* ---- accounts ---- */

static bool
get_text(sqlite3_stmt *row, int column, char *text_r, size_t cap)
{
	const unsigned char *text = sqlite3_column_text(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);

	if (text == NULL || len >= cap || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(text_r, text, len);
	text_r[len] = '\0';
	return true;
}

int64_t
sqlite_limit(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? USAGE_UNLIMITED
							       : sqlite3_column_int64(row, column);
}

static void
bind_limit(sqlite3_stmt *statement, int at, int64_t limit)
{
	if (limit < 0)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_int64(statement, at, limit);
}

/* The columns of FIELDS.  False for a row that no store_account_add() made. */
static bool
get_account(sqlite3_stmt *row, struct account *account)
{
	memset(account, 0, sizeof(*account));
	account->id = sqlite3_column_int64(row, 0);
	account->uid = (uid_t)sqlite3_column_int64(row, 3);
	account->gid = (gid_t)sqlite3_column_int64(row, 4);
	account->enabled = sqlite3_column_int(row, 6) == 1;
	account->quota = (struct usage){ sqlite_limit(row, 9), sqlite_limit(row, 10) };
	return get_text(row, 1, account->name, sizeof(account->name)) &&
	    get_text(row, 2, account->hash, sizeof(account->hash)) &&
	    get_text(row, 5, account->home, sizeof(account->home)) &&
	    get_text(row, 7, account->charset, sizeof(account->charset)) &&
	    get_text(row, 8, account->certificate, sizeof(account->certificate));
}

static void
bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

/* ?2 to the last of UPDATE and of ADD. */
static void
bind_fields(sqlite3_stmt *statement, const struct account *account)
{
	bind_text(statement, 2, account->hash);
	sqlite3_bind_int64(statement, 3, account->uid);
	sqlite3_bind_int64(statement, 4, account->gid);
	bind_text(statement, 5, account->home);
	sqlite3_bind_int(statement, 6, account->enabled);
	bind_text(statement, 7, account->charset);
	bind_text(statement, 8, account->certificate);
	bind_limit(statement, 9, account->quota.bytes);
	bind_limit(statement, 10, account->quota.files);
}

void
sqlite_finish(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

enum store_status
sqlite_change(struct store *store, sqlite3_stmt *statement)
{
	enum store_status status = STORE_OK;

	if (sqlite3_step(statement) != SQLITE_DONE)
		status = sqlite_failed(store);
	else if (sqlite3_changes(store->db) == 0)
		status = STORE_NONE;
	sqlite_finish(statement);
	return status;
}

static enum store_status
bad_row(struct store *store)
{
	sqlite_set_error(store, "the store %s holds a row that Ferry cannot read", store->path);
	return STORE_FAILED;
}

enum store_status
store_account_get(struct store *store, const char *name, struct account *account_r)
{
	sqlite3_stmt *statement = store->statements[GET];
	enum store_status status;

	bind_text(statement, 1, name);
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		status = get_account(statement, account_r) ? STORE_OK : bad_row(store);
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
store_account_add(struct store *store, struct account *account)
{
	sqlite3_stmt *statement = store->statements[ADD];
	enum store_status status;

	bind_text(statement, 1, account->name);
	bind_fields(statement, account);
	status = sqlite_change(store, statement);
	if (status == STORE_OK)
		account->id = sqlite3_last_insert_rowid(store->db);
	return status;
}

enum store_status
store_account_update(struct store *store, const struct account *account)
{
	sqlite3_stmt *statement = store->statements[UPDATE];
	enum store_status status;

	sqlite3_bind_int64(statement, 1, account->id);
	bind_fields(statement, account);
	status = sqlite_change(store, statement);
	sqlite_tell(store);
	return status;
}

enum store_status
store_account_delete(struct store *store, int64_t id)
{
	sqlite3_stmt *statement = store->statements[DELETE];
	enum store_status status;

	sqlite3_bind_int64(statement, 1, id);
	status = sqlite_change(store, statement);
	sqlite_tell(store);
	return status;
}

enum store_status
store_account_each(
    struct store *store, bool (*each)(const struct account *account, void *context), void *context)
{
	sqlite3_stmt *statement = store->statements[EACH];
	enum store_status status = STORE_OK;
	struct account account;
	bool more = true;
	int rc = SQLITE_DONE;

	while (more && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		if (get_account(statement, &account))
			more = each(&account, context);
		else
			more = (status = bad_row(store)) == STORE_OK;
	}
	if (status == STORE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = sqlite_failed(store);
	sqlite_finish(statement);
	return status;
}

enum store_status
store_free_uid(struct store *store, uid_t low, uid_t high, uid_t *uid_r)
{
	sqlite3_stmt *statement = store->statements[FREE_UID];
	enum store_status status = STORE_NONE;

	sqlite3_bind_int64(statement, 1, low);
	sqlite3_bind_int64(statement, 2, high);
	if (sqlite3_step(statement) != SQLITE_ROW) {
		status = sqlite_failed(store);
	} else if (sqlite3_column_type(statement, 0) == SQLITE_INTEGER &&
	    sqlite3_column_int64(statement, 0) <= high) {
		*uid_r = (uid_t)sqlite3_column_int64(statement, 0);
		status = STORE_OK;
	}
	sqlite_finish(statement);
	return status;
}
