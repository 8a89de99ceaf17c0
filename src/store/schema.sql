-- The store of Ferry's accounts, version 4 (PRAGMA user_version).
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
	certificate TEXT NOT NULL DEFAULT '',
	quota_bytes INTEGER CHECK (quota_bytes >= 0),   -- NULL: no limit
	quota_files INTEGER CHECK (quota_files >= 0),
	used_bytes  INTEGER NOT NULL DEFAULT 0,         -- what leases allow is in it
	used_files  INTEGER NOT NULL DEFAULT 0,
	known       INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1)),    -- 0: used says nothing, and there are no leases
	counted     INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),  -- 0: used may be too much
	counting    INTEGER NOT NULL DEFAULT 0          -- the keeper that counts, for which the others pause; or 0
) STRICT;

-- What a keeper may let an account's sessions add to its files.  While there is a row, used is only known by asking
-- that keeper; when the keeper has died, only by counting.
CREATE TABLE lease (
	account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
	keeper  INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,
	files   INTEGER NOT NULL,
	unseen_bytes INTEGER NOT NULL DEFAULT 0,        -- used by files without a name, which no count meets
	unseen_files INTEGER NOT NULL DEFAULT 0,
	asked   INTEGER NOT NULL DEFAULT 0 CHECK (asked IN (0, 1)),     -- to give back what is not used
	paused  INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),    -- none of its sessions changes anything
	PRIMARY KEY (account, keeper)
) STRICT, WITHOUT ROWID;

-- Who pauses, pauses for one counting.
CREATE TRIGGER pause_ends AFTER UPDATE OF counting ON account WHEN new.counting <> old.counting
BEGIN
	UPDATE lease SET paused = 0 WHERE account = new.id;
END;

-- User ids that were an account's once.  Files of theirs may lie somewhere still, and must not become another's.
CREATE TABLE spent (uid INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER uid_given_up AFTER DELETE ON account
BEGIN
	INSERT OR IGNORE INTO spent VALUES (old.uid);
END;
CREATE TRIGGER uid_changed AFTER UPDATE OF uid ON account WHEN new.uid <> old.uid
BEGIN
	INSERT OR IGNORE INTO spent VALUES (old.uid);
END;
