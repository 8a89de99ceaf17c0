/* One name of a listing in the forms clients parse: LIST (the shape of ls -l) and the facts of MLSx
 * (RFC 3659 section 7). */
#ifndef FERRY_FTP_ENTRY_H
#define FERRY_FTP_ENTRY_H

#include "base/sb.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* What MLSx can tell; a set of these is what OPTS MLST chose. */
enum entry_fact {
	FACT_TYPE = 1 << 0,
	FACT_SIZE = 1 << 1,
	FACT_MODIFY = 1 << 2,
	FACT_PERM = 1 << 3,
	FACT_UNIQUE = 1 << 4,
	FACT_UNIX_MODE = 1 << 5,
	FACT_UNIX_OWNER = 1 << 6,
	FACT_UNIX_GROUP = 1 << 7,
	FACT_UNIX_OWNERNAME = 1 << 8,
	FACT_UNIX_GROUPNAME = 1 << 9,
	FACT_ALL = (1 << 10) - 1
};

#define FACTS_DEFAULT \
	(FACT_TYPE | FACT_SIZE | FACT_MODIFY | FACT_PERM | FACT_UNIQUE | FACT_UNIX_MODE)

enum entry_kind {
	ENTRY_NAME,
	ENTRY_CDIR,
	ENTRY_PDIR,
	ENTRY_DIR_LINK          /* of MLSD: a link to the directory that st is of */
};

/* Who looks: it decides what perm may promise, and how owners are shown. */
struct entry_viewer {
	uid_t uid;
	gid_t gid;
	const char *name;       /* shown in place of uid and gid */
	bool may_write;         /* false where nothing may be changed at all */
};

struct entry {
	const char *name;       /* as it is sent */
	const struct stat *st;
	bool bare;              /* st_mode's kind is all that is known, and 0 where not even that */
	const char *target;     /* of a symbolic link, for LIST; else NULL */
	enum entry_kind kind;
	/* names may be added to and taken from the directory it stands in */
	bool dir_writable;
};

/* Adds one line of LIST with its CR LF, or nothing and sets out->cut when it does not fit. */
void entry_put_list(
    struct sb *out, const struct entry *e, const struct entry_viewer *viewer, time_t now);

/* Adds "fact=value;...; name" of the chosen facts, without an end of line. */
void entry_put_facts(struct sb *out, const struct entry *e, const struct entry_viewer *viewer,
    unsigned facts);

/* Reads OPTS MLST's argument ("type;size;"): unknown facts are left out, a missing last ';' is
 * forgiven.  False for a blank inside, which leaves *facts_r as it was. */
bool entry_parse_facts(const char *text, unsigned *facts_r);

/* Adds "type*;size;...": every fact, those of the set marked (FEAT), or with all false only the
 * set. */
void entry_put_fact_names(struct sb *out, unsigned facts, bool all);

#endif
