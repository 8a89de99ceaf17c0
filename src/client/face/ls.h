/* The face of a listing. */
#ifndef FERRY_CLIENT_FACE_LS_H
#define FERRY_CLIENT_FACE_LS_H

#include "client/engine/conn.h"

enum ls_style { LS_SHORT, LS_LONG, LS_NAMES };

/* Prints what path holds to standard output, sorted by name; a listing that only the server
 * understands (LIST) as it comes, made safe for a terminal.  *skipped_r: so many names were left
 * out, because no file can have them. */
int ls_print(
    struct conn *c, const char *path, enum ls_style style, uint64_t *skipped_r, struct fail *f);

#endif
