/* What a directory on the server holds. */
#ifndef FERRY_CLIENT_ENGINE_LIST_H
#define FERRY_CLIENT_ENGINE_LIST_H

#include "client/engine/conn.h"
#include "ftp/mlst.h"

struct list {
	const char *path;       /* "" for the directory the session is in */
	bool details;           /* mode and owner are wanted as well */
	bool names_only;        /* where MLSD does not work, NLST and not LIST is asked for */
	/* Called for each name; return -1 with *f to stop.  entry's name is one plain component. */
	int (*entry)(void *arg, const struct mlst *entry, struct fail *f);
	/* Where MLSD does not work: a line of LIST or NLST, as the server wrote it. */
	int (*line)(void *arg, const char *line, struct fail *f);
	void *arg;

	/* What came of it: names left out because no program may use them as a file's name, and
	 * lines that could not be read at all. */
	uint64_t skipped;
	bool given;             /* anything to entry or line */
};

/* MLSD where FEAT lists MLST, else LIST, and LIST too where MLSD is refused.  A path that is a file
 * gives that one entry. */
int list_read(struct conn *c, struct list *l, struct fail *f);

#endif
