/* Arguments of several words: names (SITE COPY, SITE SYMLINK, COMB), of which each may hold blanks
 * when it is quoted, and parameters, which never do. */
#ifndef FERRY_FTP_WORDS_H
#define FERRY_FTP_WORDS_H

#include <stddef.h>

/* Splits text in place into words between blanks.  A word that starts with a double quote goes on
 * to the next one that stands alone; two of them inside are one (as in a 257, RFC 959 appendix II).
 * Gives how many there are, of which at most max are put into words_r; 0 for no word at all, an
 * empty one, or a quote that is not closed or has more than a blank behind it. */
size_t words_split(char *text, char **words_r, size_t max);

/* Words without quotes, in place: no blanks around them, and one between each two. */
void words_tidy(char *text);

#endif
