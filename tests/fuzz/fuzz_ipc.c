/* The decoder of messages between processes: a stranger's packet, with or without a descriptor, at every
 * place where one is read.  The first byte chooses. */
#include "server/process/ipc.h"

#include "base/chan.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
send_packet(int to, const uint8_t *data, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} ctl;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd != -1) {
		struct cmsghdr *c;

		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = sizeof(ctl);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	(void)sendmsg(to, &mh, MSG_DONTWAIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum ipc_at places[] = { KEEPER_CTL, KEEPER_PRE, KEEPER_IN, SESSION_PRE, SESSION_IN, LISTENER };
	uint8_t choice = len == 0 ? 0 : data[0];
	enum ipc_at at = places[(choice & 0x7f) % 6];
	int sv[2], fd = -1, got;
	struct ipc m;

	if (len == 0 || chan_pair(sv) == -1)
		return 0;
	if ((choice & 0x80) != 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	send_packet(sv[0], data + 1, len - 1, fd);
	close(sv[0]);
	if (ipc_recv(sv[1], at, &m, &got) == 1) {
		/* What is accepted has text that ends. */
		if (m.type == IPC_NOTE && memchr(m.u.note.text, '\0', sizeof(m.u.note.text)) == NULL)
			abort();
		if (m.type == IPC_LOGIN && memchr(m.u.login.password, '\0', sizeof(m.u.login.password)) == NULL)
			abort();
		/* Only sessions ask, so only they get answers. */
		for (uint32_t question = 0; question < IPC_NTYPES; question++)
			if (ipc_is_answer(question, m.type) && at != SESSION_PRE && at != SESSION_IN)
				abort();
	} else if (got != -1) {
		abort();
	}
	if (got != -1)
		close(got);
	if (fd != -1)
		close(fd);
	close(sv[1]);
	return 0;
}
