#include "server/command/cmd_hash.h"

#include "ftp/hasharg.h"
#include "server/session/reply.h"
#include "server/transfer/hashing.h"
#include "server/transfer/hashmem.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- HASH ---- */

void
hash_put_feature(struct sb *out, const struct session *s)
{
	for (int i = 0; i < NDIGESTS; i++)
		sb_printf(out, "%s%s%s", i == 0 ? "" : ";", digest_name((enum digest_kind)i),
		    s->params.hash == (enum digest_kind)i ? "*" : "");
}

void
hash_opts(struct session *s, const char *arg)
{
	if (*arg != '\0' && !digest_find(arg, &s->params.hash)) {
		reply(s, 501, "That hash is not here; FEAT shows those that are.");
		return;
	}
	hashmem_want(s, s->params.hash);
	/* The form is fixed: section 3.2 of the draft. */
	reply(s, 200, "%s", digest_name(s->params.hash));
}

/* The draft has codes of its own (section 3.5) for these two. */
static void
refuse_file(struct session *s, int error, const char *path)
{
	if (error == EISDIR)
		reply(s, 553, "It is a directory.");
	else if (error == EACCES || error == EPERM)
		reply(s, 552, "Permission denied.");
	else
		reply_errno(s, error, "HASH", path);
}

/* The bytes that RANG chose.  Its end is included, and one beyond the file's is the file's, as for
 * RETR; the reply tells where it truly ended.  False after the reply. */
static bool
choose_range(struct session *s, struct hashing *h)
{
	const struct session_range *range = &s->params.range;
	uint64_t size = (uint64_t)h->st.st_size;

	h->start = 0;
	h->end = size;
	if (!range->set)
		return true;
	if (range->start >= size) {
		reply(s, 550, "Byte %llu is beyond the file's end, which is at %llu.",
		    (unsigned long long)range->start, (unsigned long long)size);
		return false;
	}
	h->start = range->start;
	if (range->end < size)
		h->end = range->end + 1;
	return true;
}

void
cmd_hash(struct session *s, char *arg)
{
	struct hashing h = { .what = "HASH", .kind = s->params.hash };
	char hex[DIGEST_HEX_MAX];

	hashmem_want(s, h.kind);
	if (!hashing_open(&h, arg)) {
		refuse_file(s, errno, arg);
		return;
	}
	/* The end is included here too, so the range of an empty file cannot be told from that of
	 * one byte; its hash can. */
	if (choose_range(s, &h) && hashing_run(s, &h, hex))
		reply(s, 213, "%s %llu-%llu %s %s", digest_name(h.kind),
		    (unsigned long long)h.start,
		    (unsigned long long)(h.end == h.start ? h.end : h.end - 1), hex, arg);
	close(h.fd);
}

/* ---- XCRC and its like ---- */

/* No file of that name, or of a name that long. */
static bool
is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

/* Opens the file of that very name; where there is none, reads the argument as quoted, or as a name
 * with a range behind it.  False with errno. */
static bool
open_argument(struct hashing *h, char *arg, struct hasharg *a)
{
	int missing;

	*a = (struct hasharg){ .kind = HASHARG_WHOLE, .path = arg };
	if (hashing_open(h, arg))
		return true;
	missing = errno;
	if (is_missing(missing) && hasharg_parse(arg, a))
		return hashing_open(h, a->path);
	errno = missing;
	return false;
}

static void
put_upper(char *hex)
{
	for (; *hex != '\0'; hex++)
		*hex = (char)toupper((unsigned char)*hex);
}

/* The digest in large digits, as these commands give it.  False after the reply. */
static bool
run_argument(
    struct session *s, struct hashing *h, const struct hasharg *a, char hex_r[DIGEST_HEX_MAX])
{
	uint64_t size = (uint64_t)h->st.st_size;

	h->start = a->kind == HASHARG_RANGE ? a->start : 0;
	h->end = a->kind == HASHARG_RANGE ? a->end : size;
	if (a->kind == HASHARG_BAD) {
		reply(s, 501,
		    "Usage: %s path, or with a part: start end, from 0, the end not included.",
		    h->what);
		return false;
	}
	if (h->end > size) {
		reply(s, 550, "Byte %llu is beyond the file's end, which is at %llu.",
		    (unsigned long long)h->end, (unsigned long long)size);
		return false;
	}
	if (!hashing_run(s, h, hex_r))
		return false;
	put_upper(hex_r);
	return true;
}

static void
hash_argument(struct session *s, const char *what, enum digest_kind kind, char *arg)
{
	struct hashing h = { .what = what, .kind = kind };
	char hex[DIGEST_HEX_MAX];
	struct hasharg a;

	hashmem_want(s, kind);
	if (!open_argument(&h, arg, &a)) {
		reply_errno(s, errno, what, a.path);
		return;
	}
	if (run_argument(s, &h, &a, hex))
		reply(s, 250, "%s", hex);
	close(h.fd);
}

void
cmd_xcrc(struct session *s, char *arg)
{
	hash_argument(s, "XCRC", DIGEST_CRC32, arg);
}

void
cmd_xmd5(struct session *s, char *arg)
{
	hash_argument(s, "XMD5", DIGEST_MD5, arg);
}

void
cmd_xsha1(struct session *s, char *arg)
{
	hash_argument(s, "XSHA1", DIGEST_SHA1, arg);
}

void
cmd_xsha256(struct session *s, char *arg)
{
	hash_argument(s, "XSHA256", DIGEST_SHA256, arg);
}

void
cmd_xsha512(struct session *s, char *arg)
{
	hash_argument(s, "XSHA512", DIGEST_SHA512, arg);
}

/* It knows no ranges, and has 504 for what is no plain file. */
void
cmd_md5(struct session *s, char *arg)
{
	struct hashing h = { .what = "MD5", .kind = DIGEST_MD5 };
	char hex[DIGEST_HEX_MAX];
	struct hasharg a;

	hashmem_want(s, h.kind);
	if (!open_argument(&h, arg, &a)) {
		if (errno == EISDIR || errno == ENODEV)
			reply(s, 504, "It is not a plain file.");
		else
			reply_errno(s, errno, h.what, a.path);
		return;
	}
	if (a.kind == HASHARG_RANGE)
		reply(s, 501, "Usage: MD5 path");
	else if (run_argument(s, &h, &a, hex))
		reply(s, 251, "%s %s", a.path, hex);
	close(h.fd);
}

/* ---- parts of files ---- */

void
cmd_rang(struct session *s, char *arg)
{
	struct session_range range = { .set = false };

	/* What was set before is gone in any case (draft-bryan-ftp-range section 3). */
	session_forget_range(s);
	if (!hasharg_parse_rang(arg, &range.set, &range.start, &range.end)) {
		reply(s, 501,
		    "Usage: RANG start end, both from 0, the end included; RANG 1 0 ends it");
		return;
	}
	if (!range.set) {
		reply(s, 350, "The next command is for the whole file again.");
		return;
	}
	s->params.range = range;
	reply(s, 350, "The next command is for the bytes %llu to %llu.",
	    (unsigned long long)range.start, (unsigned long long)range.end);
}

static void
resume(struct session *s, struct hashing *h, const char *sha256)
{
	unsigned long long offset = h->end;
	char hex[DIGEST_HEX_MAX];

	if (h->end > (uint64_t)h->st.st_size)
		reply(s, 554, "Byte %llu is beyond the file's end, which is at %llu.", offset,
		    (unsigned long long)h->st.st_size);
	else if (!hashing_run(s, h, hex))
		return;
	else if (strcmp(hex, sha256) != 0)
		reply(s, 554, "The file's first %llu bytes have the SHA-256 %s.", offset, hex);
	else {
		s->params.rest = h->end;
		reply(s, 350, "The first %llu bytes are the same; the next transfer starts there.",
		    offset);
	}
}

void
hash_site_resume(struct session *s, char *arg)
{
	struct hashing h = { .what = "SITE RESUME", .kind = DIGEST_SHA256 };
	char *sha256, *path;

	if (!hasharg_parse_resume(arg, &h.end, &sha256, &path)) {
		reply(s, 501, "Usage: SITE RESUME offset sha256 path");
		return;
	}
	if (s->params.form.type != WIRE_IMAGE || s->params.form.records) {
		reply(s, 504, "Use TYPE I and STRU F: only there an offset is one in the file.");
		return;
	}
	hashmem_want(s, h.kind);
	if (!hashing_open(&h, path)) {
		reply_errno(s, errno, h.what, path);
		return;
	}
	resume(s, &h, sha256);
	close(h.fd);
}
