/* Reading the facts of MLSD and MLST (RFC 3659 section 7), as other servers write them. */
#ifndef FERRY_FTP_MLST_H
#define FERRY_FTP_MLST_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum mlst_kind {
	MLST_FILE,      /* also what names no type */
	MLST_DIR,
	MLST_CDIR,      /* the listed directory itself */
	MLST_PDIR,
	MLST_LINK,
	MLST_OTHER
};

struct mlst {
	const char *name;       /* points into the line; may be anything a stranger thought of */
	enum mlst_kind kind;
	bool has_size, has_mtime, has_mode;
	uint64_t size;
	time_t mtime;
	unsigned mode;          /* permission bits */
	char owner[40], group[40];
};

/* Reads "fact=value;...; name".  False when there is no name in it; facts that make no sense are as
 * if they had not been told. */
bool mlst_parse(const char *line, struct mlst *m);

/* Whether a name from a listing is one component of a path and nothing more: not empty, no '/', not
 * "." or "..".  Any other would let a server choose where the client writes (CVE-2018-10916). */
bool mlst_name_is_plain(const char *name);

#endif
