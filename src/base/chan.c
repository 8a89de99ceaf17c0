#include "base/chan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* CMSG_SPACE rounds up, so room for one descriptor holds a second one, unflagged: it is looked
 * for. */
union control {
	struct cmsghdr align;
	unsigned char bytes[CMSG_SPACE(sizeof(int))];
};

int
chan_pair(int sv[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv);
}

static uint32_t
type_of(const void *msg)
{
	uint32_t type;

	memcpy(&type, msg, sizeof(type));
	return type;
}

int
chan_send(int chan, const struct chan_rule *rules, size_t nrules, const void *msg, int fd)
{
	union control ctl;
	uint32_t type = type_of(msg);
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (type >= nrules || rules[type].len == 0 || rules[type].nfds != (fd != -1)) {
		errno = EINVAL;
		return -1;
	}
	iov.iov_len = rules[type].len;
	if (fd != -1) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = sizeof(ctl);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(chan, &mh, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static bool
rule_allows(const struct chan_rule *rules, size_t nrules, unsigned at, const void *msg, size_t len,
    size_t nfds)
{
	uint32_t type;

	if (len < sizeof(type) || (type = type_of(msg)) >= nrules)
		return false;
	return rules[type].len == len && rules[type].nfds == nfds && (rules[type].at & at) != 0;
}

int
chan_recv(int chan, const struct chan_rule *rules, size_t nrules, unsigned at, void *msg,
    size_t cap, int *fd_r)
{
	union control ctl;
	int fds[sizeof(ctl) / sizeof(int)];
	struct iovec iov = { .iov_base = msg, .iov_len = cap };
	struct msghdr mh = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctl,
		.msg_controllen = sizeof(ctl) };
	struct cmsghdr *c;
	size_t nfds = 0;
	ssize_t n;

	*fd_r = -1;
	do
		n = recvmsg(chan, &mh, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1 || (n == 0 && mh.msg_controllen == 0))
		return (int)n;
	c = CMSG_FIRSTHDR(&mh);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		nfds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), nfds * sizeof(int));
	}
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
	    rule_allows(rules, nrules, at, msg, (size_t)n, nfds)) {
		memset((char *)msg + n, 0, cap - (size_t)n);
		*fd_r = nfds == 1 ? fds[0] : -1;
		return 1;
	}
	/* The kernel drops descriptors that this process has no room for, and tells no more than
	 * that. */
	errno = nfds == 0 && (mh.msg_flags & MSG_CTRUNC) != 0 ? EMFILE : EBADMSG;
	while (nfds > 0)
		close(fds[--nfds]);
	return -1;
}
