/* The options of ls(1) that clients put before a path of LIST and NLST.  No RFC knows them, and
 * each letter that is not here is passed over. */
#ifndef FERRY_FTP_LSOPT_H
#define FERRY_FTP_LSOPT_H

#include <stdbool.h>
#include <stddef.h>

enum lsopt_order { LSOPT_BY_NAME, LSOPT_BY_TIME, LSOPT_BY_SIZE };

/* All zeros: no options. */
struct lsopt {
	bool all;               /* -a: names with a leading dot, "." and ".." too */
	bool almost_all;        /* -A: the same without those two */
	bool directory;         /* -d: a directory itself, and not what is in it */
	bool details;           /* -l */
	bool names;             /* -1 */
	bool recursive;         /* -R */
	bool reverse;           /* -r */
	enum lsopt_order order; /* -t, -S: the last one counts */
};

/* Adds what one word says: letters behind a '-', or one long option behind "--".  len bytes of word
 * are read. */
void lsopt_take(struct lsopt *o, const char *word, size_t len);

/* Whether text is options and nothing else: words with blanks between, each of them letters that
 * some ls(1) has behind a '-', or a long option that lsopt_take() knows. */
bool lsopt_is_all(const char *text);

#endif
