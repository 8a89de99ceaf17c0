#include "server/command/cmd_site_copy.h"

#include "ftp/words.h"
#include "server/file/counted.h"
#include "server/file/path.h"
#include "server/file/plain.h"
#include "server/session/reply.h"
#include "server/transfer/copy.h"
#include "server/transfer/work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file to copy to: made anew, or one that is there and loses what it has, as with RNTO.  -1
 * with errno; EEXIST when it is the source itself. */
static int
open_target(struct session *s, const char *path, const struct stat *source, bool *made_r)
{
	int fd = counted_make(s, path, false, source->st_mode & 0777);
	struct stat st;
	int saved;

	*made_r = fd != -1;
	if (fd != -1 || errno != EEXIST)
		return fd;
	fd = plain_open(path, PLAIN_WRITE, &st);
	if (fd == -1)
		return -1;
	if (st.st_dev == source->st_dev && st.st_ino == source->st_ino)
		errno = EEXIST;
	else if (counted_cut(s, fd, 0))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Replies with code, or with what went wrong. */
static void
copy(struct session *s, int code, const char *what, const char *from, char *to)
{
	struct stat st;
	enum transfer_result result;
	int source, target;
	bool made;

	path_parent_from_listed(to);
	if (!path_is_creatable(to)) {
		reply(s, 553, "Names with control characters are not made here.");
		return;
	}
	source = plain_open(from, PLAIN_READ, &st);
	if (source == -1) {
		reply_errno(s, errno, what, from);
		return;
	}
	target = open_target(s, to, &st, &made);
	if (target == -1) {
		if (errno == EEXIST)
			reply(s, 553, "Both names are the same file.");
		else
			reply_errno(s, errno, what, to);
		close(source);
		return;
	}
	work_begin(s, what);
	result = copy_bytes(s, source, target, 0);
	close(source);
	if (result != TRANSFER_DONE && made) {
		int saved = errno;

		(void)counted_unmake(s, to, target, s->transfer.bytes);
		errno = saved;
	}
	/* Some file systems say only now that there was no room. */
	if (counted_close(s, target) == -1 && result == TRANSFER_DONE)
		result = TRANSFER_LOCAL;
	if (work_end(s, result, to))
		reply(s, code, "Copied, %llu bytes.", (unsigned long long)s->transfer.bytes);
}

void
site_cpfr(struct session *s, char *arg)
{
	struct stat st;
	int fd;

	s->params.pending = PENDING_NONE;
	path_from_listed(arg);
	if (strlen(arg) >= sizeof(s->params.from)) {
		reply_errno(s, ENAMETOOLONG, "SITE CPFR", arg);
		return;
	}
	fd = plain_open(arg, PLAIN_READ, &st);
	if (fd == -1) {
		reply_errno(s, errno, "SITE CPFR", arg);
		return;
	}
	close(fd);
	memcpy(s->params.from, arg, strlen(arg) + 1);
	s->params.pending = PENDING_COPY;
	reply(s, 350, "It can be read; now SITE CPTO with the name of the copy.");
}

void
site_cpto(struct session *s, char *arg)
{
	if (s->params.pending != PENDING_COPY)
		reply(s, 503, "Send SITE CPFR first.");
	else
		copy(s, 250, "SITE CPTO", s->params.from, arg);
}

void
site_copy(struct session *s, char *arg)
{
	char *words[2];

	if (words_split(arg, words, 2) != 2) {
		reply(s, 501, "Usage: SITE COPY from to, names with blanks in double quotes");
		return;
	}
	path_from_listed(words[0]);
	copy(s, 200, "SITE COPY", words[0], words[1]);
}
