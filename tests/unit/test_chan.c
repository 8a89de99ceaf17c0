/* Messages between processes: what the rules name passes, nothing else, and no descriptor is left open. */
#include "base/chan.h"
#include "runner.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING, BARE, WITH_FD, LONG, NTYPES };
enum { HERE = 1, THERE = 2 };

struct message {
	uint32_t type;
	char bytes[60];
};

static const struct chan_rule rules[NTYPES] = {
	[BARE] = { 4, 0, HERE },
	[WITH_FD] = { 4, 1, HERE },
	[LONG] = { 64, 0, HERE | THERE },
};

static int sv[2];

static void
open_pair(void)
{
	ck_assert_int_eq(chan_pair(sv), 0);
}

static void
close_pair(void)
{
	close(sv[0]);
	close(sv[1]);
}

static int
open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Sends len bytes that start with type, with nfds descriptors in one control message. */
static void
send_raw(uint32_t type, size_t len, size_t nfds)
{
	union {
		struct cmsghdr align;
		unsigned char bytes[CMSG_SPACE(8 * sizeof(int))];
	} ctl;
	char copy[256];
	struct iovec iov = { .iov_base = copy, .iov_len = len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	ck_assert_uint_le(len, sizeof(copy));
	memset(copy, 0, sizeof(copy));
	if (len > 0)
		memcpy(copy, &type, len < sizeof(type) ? len : sizeof(type));
	if (nfds > 0) {
		int fds[8];

		for (size_t i = 0; i < nfds; i++)
			fds[i] = STDIN_FILENO;
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(sv[0], &mh, 0), (ssize_t)len);
}

START_TEST(round_trip)
{
	struct message sent = { .type = LONG, .bytes = "some text" }, got;
	const uint32_t with_fd = WITH_FD;
	struct stat a, b;
	int fd;

	ck_assert_int_eq(chan_send(sv[0], rules, NTYPES, &sent, -1), 0);
	memset(&got, 0x55, sizeof(got));
	ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, THERE, &got, sizeof(got), &fd), 1);
	ck_assert_int_eq(fd, -1);
	ck_assert_mem_eq(&sent, &got, sizeof(sent));

	ck_assert_int_eq(chan_send(sv[0], rules, NTYPES, &with_fd, sv[0]), 0);
	memset(&got, 0x55, sizeof(got));
	ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, HERE, &got, sizeof(got), &fd), 1);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(sv[0], &a), 0);
	ck_assert_int_eq(fstat(fd, &b), 0);
	ck_assert_uint_eq(a.st_ino, b.st_ino);
	close(fd);
	for (size_t i = 0; i < sizeof(got.bytes); i++)
		ck_assert_int_eq(got.bytes[i], 0);
}
END_TEST

/* The sender, too, is held to the rules. */
START_TEST(no_such_message)
{
	const struct {
		uint32_t type;
		int fd;
	} wrong[] = { { NOTHING, -1 }, { NTYPES, -1 }, { UINT32_MAX, -1 }, { BARE, STDIN_FILENO }, { WITH_FD, -1 } };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		ck_assert_int_eq(chan_send(sv[0], rules, NTYPES, &wrong[i].type, wrong[i].fd), -1);
		ck_assert_int_eq(errno, EINVAL);
	}
}
END_TEST

static const struct {
	uint32_t type;
	size_t len, nfds;
	unsigned at;
	bool good;
} raw[] = {
	{ BARE, 4, 0, HERE, true },
	{ BARE, 4, 0, THERE, false },           /* not there */
	{ BARE, 4, 0, 0, false },
	{ BARE, 3, 0, HERE, false },            /* not even a type */
	{ BARE, 0, 1, HERE, false },
	{ BARE, 5, 0, HERE, false },            /* too long */
	{ BARE, 4, 1, HERE, false },            /* a descriptor too many */
	{ WITH_FD, 4, 0, HERE, false },         /* and one too few */
	{ WITH_FD, 4, 1, HERE, true },
	{ WITH_FD, 4, 1, THERE, false },
	{ WITH_FD, 4, 2, HERE, false },         /* fits CMSG_SPACE's padding */
	{ WITH_FD, 4, 3, HERE, false },         /* does not: MSG_CTRUNC */
	{ WITH_FD, 4, 8, HERE, false },
	{ LONG, 64, 0, HERE, true },
	{ LONG, 63, 0, HERE, false },
	{ LONG, 65, 0, HERE, false },           /* longer than the buffer: MSG_TRUNC */
	{ LONG, 128, 0, HERE, false },
	{ LONG, 64, 1, HERE, false },
	{ NOTHING, 4, 0, HERE, false },
	{ NTYPES, 4, 0, HERE, false },
	{ UINT32_MAX, 64, 0, HERE, false },
};

START_TEST(received)
{
	struct message m;
	int fd = 4711, before = open_fds();

	send_raw(raw[_i].type, raw[_i].len, raw[_i].nfds);
	errno = 0;
	if (raw[_i].good) {
		ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, raw[_i].at, &m, sizeof(m), &fd), 1);
		ck_assert_int_eq(fd != -1, raw[_i].nfds == 1);
		if (fd != -1)
			close(fd);
	} else {
		ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, raw[_i].at, &m, sizeof(m), &fd), -1);
		ck_assert_int_eq(errno, EBADMSG);
		ck_assert_int_eq(fd, -1);
	}
	ck_assert_int_eq(open_fds(), before);
}
END_TEST

/* What cannot be taken is told apart from what is wrong: the sender did nothing wrong. */
START_TEST(no_room)
{
	struct rlimit old, low;
	struct message m;
	int fd = 4711, before = open_fds();

	send_raw(WITH_FD, 4, 1);
	send_raw(WITH_FD, 4, 1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, HERE, &m, sizeof(m), &fd), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(open_fds(), before);
	/* The next one arrives. */
	ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, HERE, &m, sizeof(m), &fd), 1);
	close(fd);
}
END_TEST

START_TEST(end)
{
	struct message m;
	int fd = 4711;

	close(sv[0]);
	ck_assert_int_eq(chan_recv(sv[1], rules, NTYPES, HERE, &m, sizeof(m), &fd), 0);
	ck_assert_int_eq(fd, -1);
	m.type = BARE;
	ck_assert_int_eq(chan_send(sv[1], rules, NTYPES, &m, -1), -1);
	ck_assert_int_eq(errno, EPIPE);
	sv[0] = dup(sv[1]);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("chan");
	TCase *tcase = tcase_create("chan");

	tcase_add_checked_fixture(tcase, open_pair, close_pair);
	tcase_add_test(tcase, round_trip);
	tcase_add_test(tcase, no_such_message);
	tcase_add_loop_test(tcase, received, 0, sizeof(raw) / sizeof(raw[0]));
	tcase_add_test(tcase, no_room);
	tcase_add_test(tcase, end);
	suite_add_tcase(suite, tcase);
	return suite;
}
