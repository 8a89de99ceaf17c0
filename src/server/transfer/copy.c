#include "server/transfer/copy.h"

#include "server/file/counted.h"
#include "server/file/plain.h"
#include "server/transfer/work.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER (256 * 1024)

struct job {
	struct session *s;
	int from, to;
	off_t read_at, write_at;
	uint64_t left;
	/* s->transfer.bytes when the control connection was last looked at */
	uint64_t heard;
};

static enum transfer_result
count(struct job *j, ssize_t n)
{
	j->left -= (uint64_t)n;
	j->s->transfer.bytes += (uint64_t)n;
	if (j->left == 0 || j->s->transfer.bytes - j->heard < WORK_CHUNK)
		return TRANSFER_DONE;
	j->heard = j->s->transfer.bytes;
	return work_hear(j->s);
}

static bool
is_unsupported(int error)
{
	return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

/* By the file system or the kernel.  *able_r false: not here, and nothing is copied. */
static enum transfer_result
copy_in_kernel(struct job *j, bool *able_r)
{
	enum transfer_result result = TRANSFER_DONE;
	bool first = true;

	*able_r = true;
	while (result == TRANSFER_DONE && j->left > 0) {
		ssize_t n = counted_copy_range(j->s, j->from, &j->read_at, j->to, &j->write_at,
		    j->left < WORK_CHUNK ? j->left : WORK_CHUNK);

		/* Some file systems give nothing of a file that has something. */
		if (first && (n == 0 || (n == -1 && is_unsupported(errno)))) {
			*able_r = false;
			return TRANSFER_DONE;
		}
		if (n == 0)
			return TRANSFER_CHANGED;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return TRANSFER_LOCAL;
		first = false;
		result = count(j, n);
	}
	return result;
}

static ssize_t
write_some(struct job *j, const char *bytes, size_t len)
{
	struct counted c;
	size_t room;
	ssize_t n;

	if (!counted_begin(&c, j->s, j->to, (uint64_t)j->write_at, len, &room))
		return -1;
	n = pwrite(j->to, bytes, room, j->write_at);
	counted_end(&c, n);
	return n;
}

static enum transfer_result
write_all(struct job *j, const char *bytes, size_t len)
{
	enum transfer_result result = TRANSFER_DONE;

	while (result == TRANSFER_DONE && len > 0) {
		ssize_t n = write_some(j, bytes, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return TRANSFER_LOCAL;
		j->write_at += n;
		bytes += n;
		len -= (size_t)n;
		result = count(j, n);
	}
	return result;
}

static enum transfer_result
copy_by_hand(struct job *j)
{
	char *buf = malloc(BUFFER);
	enum transfer_result result = buf == NULL ? TRANSFER_LOCAL : TRANSFER_DONE;

	while (result == TRANSFER_DONE && j->left > 0) {
		ssize_t n =
		    pread(j->from, buf, j->left < BUFFER ? (size_t)j->left : BUFFER, j->read_at);

		if (n == 0) {
			result = TRANSFER_CHANGED;
			break;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			result = TRANSFER_LOCAL;
			break;
		}
		j->read_at += n;
		result = write_all(j, buf, (size_t)n);
	}
	free(buf);
	return result;
}

enum transfer_result
copy_bytes(struct session *s, int from, int to, uint64_t at)
{
	struct job j = {
		.s = s, .from = from, .to = to, .write_at = (off_t)at, .heard = s->transfer.bytes
	};
	enum transfer_result result;
	struct stat st;
	bool able;

	if (fstat(from, &st) == -1)
		return TRANSFER_LOCAL;
	/* A file that grows meanwhile is copied as long as it was. */
	j.left = (uint64_t)st.st_size;
	if (at == 0 && j.left > 0 && counted_clone(j.s, j.from, j.to, j.left)) {
		s->transfer.bytes += j.left;
		return TRANSFER_DONE;
	}
	result = copy_in_kernel(&j, &able);
	if (!able)
		result = copy_by_hand(&j);
	/* All of it came, but perhaps of two files. */
	return result == TRANSFER_DONE && plain_is_rewritten(from, &st) ? TRANSFER_CHANGED : result;
}
