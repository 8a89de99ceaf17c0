#include "store/store.h"

#include "schema_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS        5000
#define BUSY_STEP_MS   10
#define SCHEMA_VERSION 3
#define APPLICATION_ID 0x46657279       /* "Fery", for file(1) and for us: no other's database is touched */

enum statement { GET, ADD, UPDATE, DELETE, EACH, FREE_UID, NSTATEMENTS };

#define FIELDS "id, name, hash, uid, gid, home, enabled, charset, certificate"

static const char *const sql[NSTATEMENTS] = {
	[GET] = "SELECT " FIELDS " FROM account WHERE name = ?1",
	[ADD] = ("INSERT INTO account (name, hash, uid, gid, home, enabled, charset, certificate) "
		 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[UPDATE] = ("UPDATE account SET hash = ?2, uid = ?3, gid = ?4, home = ?5, enabled = ?6, charset = ?7, "
		    "certificate = ?8 WHERE id = ?1"),
	[DELETE] = "DELETE FROM account WHERE id = ?1",
	[EACH] = "SELECT " FIELDS " FROM account ORDER BY name",
	/* The candidates are the lowest id and each one above a taken one. */
	[FREE_UID] = ("SELECT min(c) FROM (SELECT ?1 AS c UNION SELECT uid + 1 FROM account "
		      "WHERE uid BETWEEN ?1 AND ?2 - 1) WHERE c NOT IN (SELECT uid FROM account)"),
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[NSTATEMENTS];
	char path[PATH_MAX];
	char error[PATH_MAX + 256];
};

static void __attribute__((format(printf, 2, 3)))
set_error(struct store *store, const char *fmt, ...)
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

/* The last failure of SQLite, as a status; its words are kept. */
static enum store_status
failed(struct store *store)
{
	int code = sqlite3_extended_errcode(store->db);

	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
		set_error(store, "the store %s is busy; try again", store->path);
		return STORE_BUSY;
	}
	set_error(store, "the store %s: %s", store->path, sqlite3_errmsg(store->db));
	return code == SQLITE_CONSTRAINT_UNIQUE ? STORE_EXISTS : STORE_FAILED;
}

/* ---- opening ---- */

static const char only_owner[] = "; only root and the keeper's user may use it";

/* Makes the file before SQLite does: readable by nobody else from its first moment, and its directory's
 * owner's, also when root makes it. */
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
		snprintf(error, error_len, "the store's directory %s: %s; make it, owned by the keeper's user",
		    dir, strerror(errno));
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
		snprintf(error, error_len, "cannot give the store %s to its directory's owner: %s", path,
		    strerror(errno));
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

static bool
run(struct store *store, const char *text)
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

/* Step i makes version i + 1 of version i; step 0 makes a new store, of the newest version at once. */
static const char *const steps[SCHEMA_VERSION] = {
	schema_sql,
	"ALTER TABLE account ADD COLUMN charset TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE account ADD COLUMN certificate TEXT NOT NULL DEFAULT ''",
};

static enum store_status
migrate(struct store *store)
{
	int version;

	/* Two that open a new store at once: one waits here for the other. */
	if (!run(store, "BEGIN IMMEDIATE"))
		return failed(store);
	version = get_number(store, "PRAGMA user_version");
	if (version > SCHEMA_VERSION) {
		set_error(store, "the store %s is of version %d, this program knows %d: use the Ferry that made "
				 "it, or a newer one", store->path, version, SCHEMA_VERSION);
		return STORE_FAILED;
	}
	if (version < 0)
		return failed(store);
	for (int i = version; i < (version == 0 ? 1 : SCHEMA_VERSION); i++)
		if (!run(store, steps[i]))
			return failed(store);
	if (version < SCHEMA_VERSION) {
		char text[128];

		snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		    APPLICATION_ID, SCHEMA_VERSION);
		if (!run(store, text))
			return failed(store);
	}
	return run(store, "COMMIT") ? STORE_OK : failed(store);
}

/* Somebody else's database is not ours to change. */
static enum store_status
check_ours(struct store *store)
{
	/* In this order: it reads one state, and a new store gets its id and its tables at once. */
	int tables = get_number(store, "SELECT count(*) FROM sqlite_schema");
	int id = tables == -1 ? -1 : get_number(store, "PRAGMA application_id");

	if (id == -1)
		return failed(store);
	if (id == APPLICATION_ID || (tables == 0 && id == 0))
		return STORE_OK;
	set_error(store, "%s is a database, but not of Ferry's accounts; give store another path", store->path);
	return STORE_FAILED;
}

static enum store_status
prepare(struct store *store)
{
	for (int i = 0; i < NSTATEMENTS; i++) {
		if (sqlite3_prepare_v3(store->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i],
		        NULL) != SQLITE_OK)
			return failed(store);
	}
	return STORE_OK;
}

/* SQLite itself does not wait for another who makes the same change, as it does for everything else. */
static enum store_status
use_wal(struct store *store)
{
	enum store_status status = STORE_OK;

	for (int waited = 0; waited < BUSY_MS; waited += BUSY_STEP_MS) {
		if (run(store, "PRAGMA journal_mode = WAL"))
			return STORE_OK;
		status = failed(store);
		if (status != STORE_BUSY)
			break;
		(void)poll(NULL, 0, BUSY_STEP_MS);
	}
	return status;
}

/* FULL: with the WAL, what was acknowledged is on the disk; accounts change so seldom that the price of a
 * sync does not show. */
static enum store_status
set_up(struct store *store)
{
	enum store_status status;

	sqlite3_busy_timeout(store->db, BUSY_MS);
	sqlite3_extended_result_codes(store->db, 1);
	if (sqlite3_db_readonly(store->db, "main") == 1) {
		set_error(store, "the store %s cannot be written%s", store->path, only_owner);
		return STORE_FAILED;
	}
	status = check_ours(store);
	if (status != STORE_OK)
		return status;
	if (!run(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"))
		return failed(store);
	status = use_wal(store);
	if (status != STORE_OK)
		return status;
	status = migrate(store);
	return status == STORE_OK ? prepare(store) : status;
}

/* Why the file cannot be opened, as far as the system tells.  To open it and see is no way: closing it again
 * would undo the locks of another handle of this process. */
static void
set_open_error(struct store *store)
{
	struct stat st;

	if (faccessat(AT_FDCWD, store->path, R_OK | W_OK, AT_EACCESS) == 0 && stat(store->path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			(void)failed(store);
		else
			set_error(store, "the store %s is a directory or a device, and no file", store->path);
		return;
	}
	set_error(store, "the store %s: %s%s", store->path, strerror(errno),
	    errno == ENOENT ? "; ferryctl user add makes it" : errno == EACCES ? only_owner : "");
}

enum store_status
store_open(const char *path, enum store_mode mode, struct store **store_r, char *error_r, size_t error_len)
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
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
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

void
store_close(struct store **store)
{
	if (*store == NULL)
		return;
	for (int i = 0; i < NSTATEMENTS; i++)
		sqlite3_finalize((*store)->statements[i]);
	sqlite3_close((*store)->db);
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

/* The columns of FIELDS.  False for a row that no store_account_add() made. */
static bool
get_account(sqlite3_stmt *row, struct account *account)
{
	memset(account, 0, sizeof(*account));
	account->id = sqlite3_column_int64(row, 0);
	account->uid = (uid_t)sqlite3_column_int64(row, 3);
	account->gid = (gid_t)sqlite3_column_int64(row, 4);
	account->enabled = sqlite3_column_int(row, 6) == 1;
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
}

/* Ends a statement so that it can run again and holds no lock. */
static void
finish(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

/* Runs one that changes rows. */
static enum store_status
change(struct store *store, sqlite3_stmt *statement)
{
	enum store_status status = STORE_OK;

	if (sqlite3_step(statement) != SQLITE_DONE)
		status = failed(store);
	else if (sqlite3_changes(store->db) == 0)
		status = STORE_NONE;
	finish(statement);
	return status;
}

static enum store_status
bad_row(struct store *store)
{
	set_error(store, "the store %s holds a row that Ferry cannot read", store->path);
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
		status = failed(store);
	}
	finish(statement);
	return status;
}

enum store_status
store_account_add(struct store *store, struct account *account)
{
	sqlite3_stmt *statement = store->statements[ADD];
	enum store_status status;

	bind_text(statement, 1, account->name);
	bind_fields(statement, account);
	status = change(store, statement);
	if (status == STORE_OK)
		account->id = sqlite3_last_insert_rowid(store->db);
	return status;
}

enum store_status
store_account_update(struct store *store, const struct account *account)
{
	sqlite3_stmt *statement = store->statements[UPDATE];

	sqlite3_bind_int64(statement, 1, account->id);
	bind_fields(statement, account);
	return change(store, statement);
}

enum store_status
store_account_delete(struct store *store, int64_t id)
{
	sqlite3_stmt *statement = store->statements[DELETE];

	sqlite3_bind_int64(statement, 1, id);
	return change(store, statement);
}

enum store_status
store_account_each(struct store *store, bool (*each)(const struct account *account, void *context), void *context)
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
		status = failed(store);
	finish(statement);
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
		status = failed(store);
	} else if (sqlite3_column_type(statement, 0) == SQLITE_INTEGER &&
	    sqlite3_column_int64(statement, 0) <= high) {
		*uid_r = (uid_t)sqlite3_column_int64(statement, 0);
		status = STORE_OK;
	}
	finish(statement);
	return status;
}
