#include "server/command/cmd_file.h"

#include "server/file/plain.h"
#include "server/session/reply.h"
#include "server/transfer/hashmem.h"
#include "server/transfer/part.h"
#include "server/transfer/send.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void
send_opened(struct session *s, int fd, const struct stat *st, const char *path)
{
	uint64_t size = (uint64_t)st->st_size;
	char extra[HASHMEM_RECEIPT_MAX];
	enum transfer_result result;
	struct part part;

	if (!part_find(s, size, true, &part) || !transfer_begin(s, "RETR"))
		return;
	/* Clients read "(n bytes)" as the file's size, so it is said only where that is what
	 * comes. */
	if (wire_is_plain(&s->params.form) && part.start.offset == 0 && part.end == size)
		reply(s, 150, "Here it comes (%llu bytes).", (unsigned long long)size);
	else
		reply(s, 150, "Here it comes.");
	result = send_file(s, fd, &part.start, part.end);
	/* All bytes came, but perhaps of two files. */
	if (result == TRANSFER_DONE && plain_is_rewritten(fd, st))
		result = TRANSFER_CHANGED;
	transfer_end(s, result, TRANSFER_OUT, path, hashmem_receipt(s, fd, NULL, extra));
}

void
cmd_retr(struct session *s, char *arg)
{
	struct stat st;
	int fd;

	if (!transfer_ready(s))
		return;
	fd = plain_open(arg, PLAIN_READ, &st);
	if (fd == -1) {
		reply_errno(s, errno, "RETR", arg);
		return;
	}
	send_opened(s, fd, &st, arg);
	close(fd);
}
