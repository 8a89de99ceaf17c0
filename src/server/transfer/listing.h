/* Walks a directory and writes its listing, in memory that does not grow with it. */
#ifndef FERRY_SERVER_TRANSFER_LISTING_H
#define FERRY_SERVER_TRANSFER_LISTING_H

#include "ftp/entry.h"
#include "ftp/lsopt.h"
#include "server/session/session.h"
#include "server/transfer/transfer.h"

enum listing_form { LISTING_LIST, LISTING_NLST, LISTING_MLSD };

/* What to list: filled by listing_open(). */
struct listing {
	enum listing_form form;
	bool on_control;                /* lines of a reply (STAT) instead of the data connection */
	struct lsopt options;
	const char *pattern;            /* only names it matches; NULL: all */
	/* the path of what is listed, with a slash at its end, or empty */
	char prefix[PATH_MAX];
	/* the one thing to list, when it is no directory; else NULL */
	const char *single;
	struct stat single_st;
	int dir;                        /* the directory, else -1 */
	int error;                      /* why listing_run() could not read all of it; else 0 */
	/* what listing_run() could not do, for the last reply; else NULL */
	const char *note;
};

/* Finds what path means: a directory, one file, or a pattern in the last part of the path.
 * options: a leading "-a" and the like of lsopt.h are taken off first.  path is kept, and stays the
 * caller's.  False with errno: there is no such thing. */
bool listing_open(struct listing *l, enum listing_form form, char *path, bool options);

/* Writes it all.  Names that appear or go meanwhile may or may not be in it.  TRANSFER_PARTLY with
 * errno: a part of it could not be read, and is not there. */
enum transfer_result listing_run(struct session *s, struct listing *l);

void listing_close(struct listing *l);

/* The facts of one thing as MLST and MLSD give them, links followed.  False with errno: it is not
 * there, or cannot be looked at. */
bool listing_stat(int dir, const char *name, struct stat *st);

/* Who the session is for entry.h. */
struct entry_viewer listing_viewer(const struct session *s);

#endif
