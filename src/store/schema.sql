-- The store of Ferry's accounts, version 3 (PRAGMA user_version).
-- A change is a new version: it is written here for new stores, and as a step in store_sqlite.c for old ones.

CREATE TABLE account (
	id      INTEGER PRIMARY KEY,
	name    TEXT    NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	hash    TEXT    NOT NULL,
	uid     INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967294),
	gid     INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 4294967294),
	home    TEXT    NOT NULL CHECK (home LIKE '/%'),
	enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	charset TEXT    NOT NULL DEFAULT '',
	certificate TEXT NOT NULL DEFAULT ''
) STRICT;
