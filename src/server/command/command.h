/* A row of the table of commands, and what a handler may rely on.
 *
 * A handler gets its argument as a string that it may change, in UTF-8 and of the kind that its row
 * names; never NULL.  It sends every reply itself, and leaves nothing open or running behind it. */
#ifndef FERRY_SERVER_COMMAND_COMMAND_H
#define FERRY_SERVER_COMMAND_COMMAND_H

#include "server/session/session.h"

#include <stddef.h>

/* What may follow a verb.  The blanks of a path are its own (RFC 3659 section 2.2); around a
 * parameter they say nothing, and are gone before a handler sees them. */
enum command_arg {
	ARG_NONE,
	ARG_MAY,                /* a path or a text, or nothing */
	ARG_MUST,
	ARG_SOME_WORDS,         /* words, or nothing: the handler gets one blank between each two */
	ARG_WORDS,
	ARG_WORD_FIRST          /* a word, blanks before it dropped, and what follows as it came */
};

enum command_flag {
	KEEPS_REST = 1,         /* a REST before it still counts for the transfer after it */
	KEEPS_NAME = 2,         /* the same for RNFR and SITE CPFR */
	KEEPS_RANGE = 4,        /* the same for RANG */
	KEEPS_PLACE = KEEPS_REST | KEEPS_RANGE,
	SETS_REST = 8,          /* a REST before it is forgotten, but what it sets itself counts */
	NEEDS_TLS = 16,         /* 502 where the server has no certificate */
	NAMES_FILE = 32,        /* the argument is the path of what is there: path_from_listed() */
	NAMES_NEW = 64          /* and of what may not be: path_parent_from_listed() */
};

struct command {
	const char *verb;
	/* NULL: known, but not built here (502). */
	void (*run)(struct session *s, char *arg);
	enum command_arg arg;
	enum session_state from;
	unsigned flags;
	const char *help;       /* the line HELP shows: verb and arguments */
	const char *feat;       /* the line FEAT shows, or NULL */
};

/* Whether arg is of that kind, blanks being dropped in place. */
bool command_take_arg(enum command_arg kind, char *arg);

#endif
