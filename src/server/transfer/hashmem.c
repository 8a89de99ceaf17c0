#include "server/transfer/hashmem.h"

#include "base/clock.h"
#include "server/file/change.h"
#include "server/file/plain.h"
#include "server/file/writers.h"
#include "server/session/control.h"
#include "server/session/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* Files that are known.  A client that sends several and then asks for the hashes of all is served
 * too. */
#define FILES_MAX 8

/* Of what stands before an upload at most so much is read: a moment's work, with the client waiting
 * for it. */
#define PREFIX_MAX (64 * 1024 * 1024)

#define READ_BUFFER (256 * 1024)

#define MS 1000000L     /* in nanoseconds */

/* How long the clock of files may take to move on: two ticks of the slowest kernel.  A server of
 * network files may have a clock of its own, far ahead. */
#define SETTLE_MS 20

/* The first bytes of a file, and what the file was when they were digested. */
struct known {
	struct stat st;
	uint64_t len;
	struct digest *digest[NDIGESTS];        /* NULL: not of this kind */
};

struct hashmem {
	bool wanted[NDIGESTS];
	struct known files[FILES_MAX];
	size_t next;            /* the place that is taken next */
	bool uploading;
	struct known upload;
	int watch;              /* for other writers of the upload's file; -1: none */
};

static void
forget(struct known *k)
{
	for (int i = 0; i < NDIGESTS; i++)
		digest_free(&k->digest[i]);
	*k = (struct known){ .len = 0 };
}

static void
forget_upload(struct hashmem *h)
{
	forget(&h->upload);
	h->uploading = false;
	if (h->watch != -1)
		close(h->watch);
	h->watch = -1;
}

static bool
is_empty(const struct known *k)
{
	for (int i = 0; i < NDIGESTS; i++)
		if (k->digest[i] != NULL)
			return false;
	return true;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
	return same_file(a, b) && a->st_size == b->st_size && same_time(&a->st_mtim, &b->st_mtim) &&
	    same_time(&a->st_ctim, &b->st_ctim);
}

/* File systems of this machine alone: nobody writes to them but through this kernel, and their
 * times are of its clock. */
static bool
is_local(int fd)
{
	static const uint32_t types[] = {
		BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC,
		TMPFS_MAGIC, XFS_SUPER_MAGIC, 0x2fc12fc1, /* ZFS, which Linux does not name */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* The kernel takes the time of a change from a clock that ticks some hundred times a second, so two
 * changes within one tick leave the same time: until the next tick a file is not settled.  File
 * systems that keep less of the time show that by round numbers.
 *
 * Since Linux 6.13 some of them give a change that follows a look at the file a time of its own.
 * Such times are ahead of the ticks, and where they are seen, every change after this look
 * shows. */
static bool
is_settled(int fd, const struct stat *st)
{
	long grain = st->st_ctim.tv_nsec == 0      ? 2000 * MS
	    : st->st_ctim.tv_nsec % (10 * MS) == 0 ? 10 * MS
						   : 0;
	struct timespec now;
	int64_t age;

	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == -1)
		return false;
	age = ((int64_t)now.tv_sec - st->st_ctim.tv_sec) * 1000 * MS + now.tv_nsec -
	    st->st_ctim.tv_nsec;
	return age > grain || (age < 0 && is_local(fd));
}

bool
hashmem_may_keep(int fd, const struct stat *st)
{
	return is_settled(fd, st) && is_local(fd) && writers_none(fd);
}

/* ---- what is wanted and known ---- */

void
hashmem_want(struct session *s, enum digest_kind kind)
{
	if (s->hashes == NULL) {
		s->hashes = calloc(1, sizeof(*s->hashes));
		if (s->hashes == NULL)
			return;         /* without memory nothing is known, and files are read */
		s->hashes->watch = -1;
	}
	/* The receipt of a 226 is a SHA-256. */
	s->hashes->wanted[DIGEST_SHA256] = s->hashes->wanted[kind] = true;
}

void
hashmem_free(struct session *s)
{
	if (s->hashes == NULL)
		return;
	forget_upload(s->hashes);
	for (size_t i = 0; i < FILES_MAX; i++)
		forget(&s->hashes->files[i]);
	free(s->hashes);
	s->hashes = NULL;
}

static struct known *
find(struct hashmem *h, const struct stat *st, uint64_t len)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct known *k = &h->files[i];

		if (k->len == len && is_unchanged(&k->st, st) && !is_empty(k))
			return k;
	}
	return NULL;
}

bool
hashmem_find(const struct session *s, const struct stat *st, uint64_t len, enum digest_kind kind,
    char hex_r[DIGEST_HEX_MAX])
{
	struct known *k = s->hashes == NULL ? NULL : find(s->hashes, st, len);
	struct digest *d =
	    k == NULL || k->digest[kind] == NULL ? NULL : digest_copy(k->digest[kind]);

	return d != NULL && digest_end(&d, hex_r);
}

/* A place for the first len bytes of a file: the one they have, one of the same file that is out of
 * date, or the oldest. */
static struct known *
make_room(struct hashmem *h, const struct stat *st, uint64_t len)
{
	struct known *k = find(h, st, len);

	if (k != NULL)
		return k;
	for (size_t i = 0; i < FILES_MAX && k == NULL; i++)
		if (is_empty(&h->files[i]) ||
		    (same_file(&h->files[i].st, st) && !is_unchanged(&h->files[i].st, st)))
			k = &h->files[i];
	if (k == NULL) {
		k = &h->files[h->next];
		h->next = (h->next + 1) % FILES_MAX;
	}
	forget(k);
	k->st = *st;
	k->len = len;
	return k;
}

void
hashmem_keep(struct session *s, const struct stat *before, int fd, uint64_t len,
    enum digest_kind kind, struct digest **d)
{
	struct stat now;
	struct known *k;

	if (s->hashes == NULL || fstat(fd, &now) == -1 || !is_unchanged(before, &now))
		return;
	k = make_room(s->hashes, before, len);
	digest_free(&k->digest[kind]);
	k->digest[kind] = *d;
	*d = NULL;
}

/* ---- uploads ---- */

/* Changes the file's time of change, so that it is one of its own where the kernel has such.  Its
 * owner may. */
static void
touch(int fd, struct stat *st)
{
	if (is_local(fd) && change_nothing(fd, st))
		(void)fstat(fd, st);
}

/* Has the file settled: at once where the kernel can, else by waiting for the next tick.  False
 * when that takes too long.  *st: what fstat(2) said, then and now. */
static bool
settle(int fd, struct stat *st)
{
	int64_t deadline = clock_ms() + SETTLE_MS;

	if (!is_settled(fd, st))
		touch(fd, st);
	while (!is_settled(fd, st)) {
		if (clock_ms() >= deadline)
			return false;
		(void)poll(NULL, 0, 1);
	}
	return true;
}

/* Digests what stands before the upload.  Gives up as soon as the client says anything, which may
 * be ABOR. */
static bool
read_prefix(struct session *s, int fd, uint64_t len)
{
	struct known *up = &s->hashes->upload;
	char *buf = malloc(READ_BUFFER);

	while (buf != NULL && up->len < len) {
		uint64_t left = len - up->len;
		ssize_t n =
		    pread(fd, buf, left < READ_BUFFER ? (size_t)left : READ_BUFFER, (off_t)up->len);

		if (n <= 0 || control_wait(s, -1, 0, 0) != EVENT_TIMEOUT)
			break;
		hashmem_upload_add(s, buf, (size_t)n);
	}
	free(buf);
	return up->len == len;
}

static bool
begin_with_prefix(struct session *s, int into, struct stat *st, const char *path, uint64_t offset)
{
	struct stat opened;
	bool ok;
	int fd;

	if (offset > PREFIX_MAX || !settle(into, st) || !writers_none(into))
		return false;
	fd = plain_open(path, PLAIN_READ, &opened);
	if (fd == -1)
		return false;
	ok = same_file(&opened, st) && read_prefix(s, fd, offset);
	close(fd);
	return ok;
}

static bool
is_still(int fd, const struct stat *st)
{
	struct stat now;

	return fstat(fd, &now) == 0 && is_unchanged(&now, st);
}

void
hashmem_upload_begin(struct session *s, int fd, const char *path, uint64_t offset)
{
	struct hashmem *h = s->hashes;
	struct known *before, *up;
	struct stat st;

	if (h == NULL)
		return;
	forget_upload(h);
	up = &h->upload;
	if (!is_local(fd) || fstat(fd, &st) == -1)
		return;
	before = offset == 0 ? NULL : find(h, &st, offset);
	h->uploading = true;
	for (int i = 0; i < NDIGESTS; i++) {
		if (!h->wanted[i])
			continue;
		if (before == NULL)
			up->digest[i] = digest_start((enum digest_kind)i);
		else if (before->digest[i] != NULL)
			up->digest[i] = digest_copy(before->digest[i]);
	}
	if (before != NULL)
		up->len = offset;
	else if (offset != 0 && !begin_with_prefix(s, fd, &st, path, offset))
		forget(up);
	if (!is_empty(up))
		h->watch = writers_watch(fd, path);
	/* What stands before the upload was known or read before the watch began. */
	h->uploading = h->watch != -1 && (offset == 0 || is_still(fd, &st));
	if (!h->uploading)
		forget_upload(h);
}

bool
hashmem_uploads(const struct session *s)
{
	return s->hashes != NULL && s->hashes->uploading;
}

void
hashmem_upload_add(struct session *s, const void *bytes, size_t len)
{
	if (!hashmem_uploads(s))
		return;
	for (int i = 0; i < NDIGESTS; i++)
		if (s->hashes->upload.digest[i] != NULL)
			digest_add(s->hashes->upload.digest[i], bytes, len);
	s->hashes->upload.len += len;
}

void
hashmem_upload_end(struct session *s, int fd)
{
	struct hashmem *h = s->hashes;
	struct known *up, *k;
	struct stat st;
	int saved = errno;

	if (!hashmem_uploads(s))
		return;
	up = &h->upload;
	/* The size tells whether there is more in the file than has passed.  Whether anybody came
	 * is asked last: who comes after that changes the times. */
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size == up->len && settle(fd, &st) &&
	    is_still(fd, &st) && (up->len == 0 || writers_none_since(h->watch))) {
		k = make_room(h, &st, up->len);
		forget(k);
		*k = *up;
		k->st = st;
		*up = (struct known){ .len = 0 };
	}
	forget_upload(h);
	errno = saved;
}

const char *
hashmem_receipt(
    const struct session *s, int fd, const char *words, char text_r[HASHMEM_RECEIPT_MAX])
{
	char hex[DIGEST_HEX_MAX];
	struct sb out;
	struct stat st;
	int saved = errno;

	sb_init(&out, text_r, HASHMEM_RECEIPT_MAX);
	if (s->hashes != NULL && wire_is_plain(&s->params.form) && fstat(fd, &st) == 0 &&
	    hashmem_find(s, &st, (uint64_t)st.st_size, DIGEST_SHA256, hex))
		sb_printf(&out, lang_text(s->lang, N_("The file has %llu bytes, SHA-256 %s.")),
		    (unsigned long long)st.st_size, hex);
	if (words != NULL)
		sb_printf(&out, "%s%s", out.len == 0 ? "" : " ", words);
	errno = saved;
	return out.len == 0 ? NULL : text_r;
}
