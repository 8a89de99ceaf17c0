/* What the files of the SQLite store share, and nobody else sees. */
#ifndef FERRY_STORE_SQLITE_H
#define FERRY_STORE_SQLITE_H

#include "store/store.h"

#include <sqlite3.h>

enum statement {
	GET,
	ADD,
	UPDATE,
	DELETE,
	EACH,
	FREE_UID,

	QUOTA_GET,
	LEASES_OF,
	LEASE_TAKE,
	LEASE_PUT,
	LEASE_BACK,
	LEASE_DROP,
	LEASE_ASK,
	STALE,
	NEXT_STALE,
	COUNT_BEGIN,
	COUNT_CLEAR,
	COUNT_END,
	DATA_VERSION,
	NSTATEMENTS
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[NSTATEMENTS];
	struct store_keeper keeper;     /* lock -1: this handle is no keeper's */
	bool alone;                     /* its predecessors are dead */
	int watch;                      /* inotify; -1: none */
	int64_t version;                /* what changes as soon as another changes the store */
	char path[PATH_MAX];
	char error[PATH_MAX + 256];
};

/* The texts of the statements from QUOTA_GET on. */
extern const char *const sqlite_lease_sql[NSTATEMENTS];

/* The last failure of SQLite, as a status; its words are kept for store_error(). */
enum store_status sqlite_failed(struct store *store);

/* Keeps words for store_error(). */
void sqlite_set_error(struct store *store, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs a text without results. */
bool sqlite_run(struct store *store, const char *text);

/* Wakes the keepers that watch, after a change that they should see at once: store_changed(). */
void sqlite_tell(struct store *store);

/* A limit's column; NULL there is USAGE_UNLIMITED. */
int64_t sqlite_limit(sqlite3_stmt *row, int column);

/* Ends a statement so that it can run again and holds no lock. */
void sqlite_finish(sqlite3_stmt *statement);

/* Runs one that changes rows, and ends it.  STORE_NONE when it changed none. */
enum store_status sqlite_change(struct store *store, sqlite3_stmt *statement);

#endif
