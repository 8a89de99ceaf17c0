/* MFF's argument: facts to be set, and of what (draft-somers-ftp-mfxx section 5). */
#ifndef FERRY_FTP_MFF_H
#define FERRY_FTP_MFF_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define MFF_FACTS "modify;UNIX.mode;"   /* those that can be set, for FEAT */

struct mff {
	bool has_modify, has_mode;
	time_t modify;
	unsigned mode;          /* 0..0777 */
	const char *path;
	/* where the parser stopped, when it did at a fact: fact_len bytes */
	const char *fact;
	int fact_len;
};

enum mff_status {
	MFF_OK,
	MFF_SYNTAX,             /* no facts, no path, a fact twice */
	MFF_UNKNOWN,            /* a fact that cannot be set: mff.fact */
	MFF_VALUE               /* a fact's value is not right: mff.fact */
};

/* Reads "fact=value;fact=value; path".  The names of facts are taken in any case; a missing last
 * ';' is forgiven. *m points into text. */
enum mff_status mff_parse(const char *text, struct mff *m);

#endif
