/* Names of accounts and of files, as the protocol carries them. */
#ifndef FERRY_FTP_NAME_H
#define FERRY_FTP_NAME_H

#include "base/sb.h"

#include <stdbool.h>

#define NAME_ACCOUNT_MAX 64     /* bytes of an account's name, the NUL not counted */
#define NAME_CHARSET_MAX 31     /* the same of a character set's */

/* 1..64 of A-Z a-z 0-9 . _ @ + -, the first neither '.' nor '-': such a name is safe in a path, in
 * a log line and in a column of a listing. */
bool name_is_account(const char *name);

/* Whether a character set may be called so: 1..31 of A-Z a-z 0-9 . _ : + -. */
bool name_is_charset(const char *name);

/* Whether a file may be created by this path: no byte below 32, no 127.  Such names could not be
 * listed or named again (RFC 2640 section 3.1, RFC 3659 section 2.2). */
bool name_is_creatable(const char *path);

/* Whether name can stand in a line of a listing as it is: no CR, no LF (RFC 3659 section 2.2). */
bool name_is_listable(const char *name);

/* Adds a path as lines can hold it: in each component with a CR or LF, and in no other, these are
 * "%0D" and "%0A", and '%' is "%25". */
void name_put_listed(struct sb *out, const char *path);

/* The other way round for one component, of len bytes.  False when name_put_listed() adds no such,
 * or it does not fit name_r[cap]. */
bool name_from_listed(const char *listed, size_t len, char *name_r, size_t cap);

/* The text of a symbolic link that is to stand in the directory dir (absolute, without "." and
 * "..") and to lead to target: relative, and without "..", so that wherever it is moved it leads to
 * nothing outside of where it stands.  An absolute target must be dir or below it.  False when
 * there is no such text, or it does not fit text_r[cap]. */
bool name_link_text(const char *target, const char *dir, char *text_r, size_t cap);

/* Adds path between double quotes, each quote in it doubled (RFC 959 appendix II). */
void name_put_quoted(struct sb *out, const char *path);

/* Reads the path of a 257 reply's text (what follows the code): the first quoted string, or, where
 * a server sends none, the first word.  False when there is none, it holds control characters or it
 * does not fit path_r[cap]. */
bool name_parse_257(const char *text, char *path_r, size_t cap);

#endif
