/* Hashes of files: HASH (draft-ietf-ftpext2-hash), the X commands that vendors have, MD5
 * (draft-twine-ftpmd5). */
#ifndef FERRY_SERVER_COMMAND_CMD_HASH_H
#define FERRY_SERVER_COMMAND_CMD_HASH_H

#include "base/sb.h"
#include "server/session/session.h"

void cmd_hash(struct session *s, char *arg);
void cmd_md5(struct session *s, char *arg);
void cmd_rang(struct session *s, char *arg);
void cmd_xcrc(struct session *s, char *arg);
void cmd_xmd5(struct session *s, char *arg);
void cmd_xsha1(struct session *s, char *arg);
void cmd_xsha256(struct session *s, char *arg);
void cmd_xsha512(struct session *s, char *arg);

/* OPTS HASH [name]. */
void hash_opts(struct session *s, const char *arg);

/* SITE RESUME: a REST for a file whose beginning the client has proven to be its own. */
void hash_site_resume(struct session *s, char *arg);

/* "SHA-256*;SHA-512;SHA-1;MD5;CRC32", the star at the current one, for FEAT. */
void hash_put_feature(struct sb *out, const struct session *s);

#endif
