/* What listener, keeper and session may say to one another, and that text ends in its field. */
#include "runner.h"
#include "server/process/ipc.h"

#include "base/chan.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LEN(member) (offsetof(struct ipc, u) + sizeof(((struct ipc *)0)->u.member))

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

/* Every message, with whom it is for: the whole table once more, so that no change of it goes unseen. */
static const struct {
	enum ipc_type type;
	bool fd;
	unsigned at;
} messages[] = {
	{ IPC_READY, true, LISTENER },
	{ IPC_OPEN, true, KEEPER_CTL },
	{ IPC_REAPED, false, KEEPER_CTL },
	{ IPC_COUNT, false, LISTENER },
	{ IPC_ADMIT, true, LISTENER },
	{ IPC_ADMITTED, true, KEEPER_CTL },
	{ IPC_CONF, true, KEEPER_CTL },
	{ IPC_LOG, true, KEEPER_CTL },
	{ IPC_TRANSFER_LOG, true, KEEPER_CTL },
	{ IPC_STOP, false, KEEPER_CTL | SESSION_PRE | SESSION_IN },
	{ IPC_REVIVE, true, KEEPER_IN | LISTENER },
	{ IPC_LOGIN, false, KEEPER_PRE },
	{ IPC_LOGIN_CERTIFICATE, false, KEEPER_PRE },
	{ IPC_PASSWORD, false, SESSION_PRE },
	{ IPC_GRANTED, true, SESSION_PRE },
	{ IPC_DENIED, false, SESSION_PRE },
	{ IPC_TRANSFER, false, KEEPER_IN },
	{ IPC_HASH_ASK, false, KEEPER_IN },
	{ IPC_HASH_ANSWER, false, SESSION_IN },
	{ IPC_HASH_DONE, false, KEEPER_IN },
	{ IPC_NOTE, false, KEEPER_PRE | KEEPER_IN },
	{ IPC_REFUSED, false, KEEPER_PRE | KEEPER_IN },
	{ IPC_WHO, false, KEEPER_IN },
	{ IPC_WHOS, false, SESSION_IN },
	{ IPC_ACCOUNT, false, SESSION_IN },
	{ IPC_LEASE, false, KEEPER_IN },
	{ IPC_LEASED, false, SESSION_IN },
	{ IPC_SETTLE, false, KEEPER_IN },
	{ IPC_RECALL, false, SESSION_IN },
	{ IPC_COUNTED, false, KEEPER_IN },
};

START_TEST(for_whom)
{
	static const enum ipc_at all[] = { KEEPER_CTL, KEEPER_PRE, KEEPER_IN, SESSION_PRE, SESSION_IN, LISTENER };
	const struct ipc m = { .type = messages[_i].type };
	struct ipc got;
	int fd;

	ck_assert_int_eq(ipc_send(sv[0], &m, messages[_i].fd ? -1 : STDIN_FILENO), -1);
	ck_assert_int_eq(errno, EINVAL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int wanted = (messages[_i].at & all[i]) != 0 ? 1 : -1;

		ck_assert_int_eq(ipc_send(sv[0], &m, messages[_i].fd ? STDIN_FILENO : -1), 0);
		ck_assert_int_eq(ipc_recv(sv[1], all[i], &got, &fd), wanted);
		ck_assert_int_eq(fd != -1, wanted == 1 && messages[_i].fd);
		if (fd != -1)
			close(fd);
	}
}
END_TEST

START_TEST(every_type_is_tested)
{
	ck_assert_uint_eq(sizeof(messages) / sizeof(messages[0]), IPC_NTYPES - 1);
}
END_TEST

/* Every pair: whatever else the keeper says is no answer. */
static const struct {
	enum ipc_type question, answer;
} pairs[] = {
	{ IPC_LOGIN, IPC_GRANTED },
	{ IPC_LOGIN, IPC_DENIED },
	{ IPC_LOGIN_CERTIFICATE, IPC_GRANTED },
	{ IPC_LOGIN_CERTIFICATE, IPC_DENIED },
	{ IPC_LOGIN_CERTIFICATE, IPC_PASSWORD },
	{ IPC_WHO, IPC_WHOS },
	{ IPC_HASH_ASK, IPC_HASH_ANSWER },
	{ IPC_LEASE, IPC_LEASED },
};

START_TEST(what_answers_what)
{
	unsigned found = 0;

	/* A type that there is none of is in reach of who sends: it is a number on a wire. */
	for (uint32_t question = 0; question < IPC_NTYPES + 70; question++)
		for (uint32_t answer = 0; answer < IPC_NTYPES + 70; answer++)
			found += ipc_is_answer(question, answer);
	ck_assert_uint_eq(found, sizeof(pairs) / sizeof(pairs[0]));
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert(ipc_is_answer(pairs[i].question, pairs[i].answer));
}
END_TEST

static const struct {
	enum ipc_type type;
	enum ipc_at at;
	size_t len, field, field_len;
} texts[] = {
	{ IPC_LOGIN, KEEPER_PRE, LEN(login), offsetof(struct ipc, u.login.name), IPC_TEXT_MAX },
	{ IPC_LOGIN, KEEPER_PRE, LEN(login), offsetof(struct ipc, u.login.password), IPC_PASSWORD_MAX },
	{ IPC_LOGIN_CERTIFICATE, KEEPER_PRE, LEN(certificate), offsetof(struct ipc, u.certificate.name), IPC_TEXT_MAX },
	{ IPC_LOGIN_CERTIFICATE, KEEPER_PRE, LEN(certificate), offsetof(struct ipc, u.certificate.fingerprint),
	    FINGERPRINT_LEN },
	{ IPC_GRANTED, SESSION_PRE, LEN(granted), offsetof(struct ipc, u.granted.name), NAME_ACCOUNT_MAX + 1 },
	{ IPC_GRANTED, SESSION_PRE, LEN(granted), offsetof(struct ipc, u.granted.charset), NAME_CHARSET_MAX + 1 },
	{ IPC_TRANSFER, KEEPER_IN, LEN(transfer), offsetof(struct ipc, u.transfer.path), PATH_MAX },
	{ IPC_NOTE, KEEPER_IN, LEN(note), offsetof(struct ipc, u.note.text), IPC_TEXT_MAX },
};

/* A field filled to its last byte is refused; with a NUL as its last byte it is good. */
START_TEST(text_ends)
{
	struct ipc m = { .type = texts[_i].type }, got;
	char *field = (char *)&m + texts[_i].field;
	int with_fd = texts[_i].type == IPC_GRANTED ? STDIN_FILENO : -1, fd;

	memset(field, 'x', texts[_i].field_len);
	ck_assert_int_eq(ipc_send(sv[0], &m, with_fd), 0);
	errno = 0;
	ck_assert_int_eq(ipc_recv(sv[1], texts[_i].at, &got, &fd), -1);
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_int_eq(fd, -1);

	field[texts[_i].field_len - 1] = '\0';
	ck_assert_int_eq(ipc_send(sv[0], &m, with_fd), 0);
	ck_assert_int_eq(ipc_recv(sv[1], texts[_i].at, &got, &fd), 1);
	ck_assert_mem_eq(&got, &m, texts[_i].len);
	if (fd != -1)
		close(fd);
}
END_TEST

/* Rows that count must end, and no more may count than there are. */
START_TEST(rows)
{
	struct ipc m = { .type = IPC_WHOS }, got;
	int fd;

	m.u.whos.count = _i < 2 ? IPC_WHOS_MAX : IPC_WHOS_MAX + 1;
	if (_i == 1)
		memset(m.u.whos.rows[IPC_WHOS_MAX - 1].peer, 'x', sizeof(m.u.whos.rows[0].peer));
	ck_assert_int_eq(ipc_send(sv[0], &m, -1), 0);
	ck_assert_int_eq(ipc_recv(sv[1], SESSION_IN, &got, &fd), _i == 0 ? 1 : -1);
	ck_assert_int_eq(fd, -1);
}
END_TEST

/* A length may be all of its field, and no more. */
START_TEST(length)
{
	struct ipc m = { .type = IPC_REVIVE }, got;
	int fd;

	m.u.revive.len = IPC_REST_MAX;
	ck_assert_int_eq(ipc_send(sv[0], &m, STDIN_FILENO), 0);
	ck_assert_int_eq(ipc_recv(sv[1], LISTENER, &got, &fd), 1);
	close(fd);
	m.u.revive.len++;
	ck_assert_int_eq(ipc_send(sv[0], &m, STDIN_FILENO), 0);
	ck_assert_int_eq(ipc_recv(sv[1], LISTENER, &got, &fd), -1);
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_int_eq(fd, -1);
}
END_TEST

/* What a session claims can be added up by whoever keeps the books. */
static const struct {
	enum ipc_type type;
	size_t field;
	int64_t lowest;
} amounts[] = {
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.used.bytes), -USAGE_MAX },
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.used.files), -USAGE_MAX },
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.back.bytes), 0 },
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.back.files), 0 },
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.unseen.bytes), 0 },
	{ IPC_SETTLE, offsetof(struct ipc, u.settle.unseen.files), 0 },
	{ IPC_LEASE, offsetof(struct ipc, u.lease.settle.used.bytes), -USAGE_MAX },
	{ IPC_LEASE, offsetof(struct ipc, u.lease.need.bytes), 0 },
	{ IPC_LEASE, offsetof(struct ipc, u.lease.need.files), 0 },
	{ IPC_LEASE, offsetof(struct ipc, u.lease.want.bytes), 0 },
	{ IPC_LEASE, offsetof(struct ipc, u.lease.want.files), 0 },
	{ IPC_COUNTED, offsetof(struct ipc, u.counted.files.bytes), 0 },
	{ IPC_COUNTED, offsetof(struct ipc, u.counted.files.files), 0 },
};

START_TEST(amount)
{
	const struct {
		int64_t value;
		bool good;
	} tries[] = { { amounts[_i].lowest, true }, { amounts[_i].lowest - 1, false }, { USAGE_MAX, true },
		{ USAGE_MAX + 1, false }, { INT64_MIN, false }, { INT64_MAX, false } };
	struct ipc m = { .type = amounts[_i].type }, got;
	int fd;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		memcpy((char *)&m + amounts[_i].field, &tries[i].value, sizeof(tries[i].value));
		ck_assert_int_eq(ipc_send(sv[0], &m, -1), 0);
		ck_assert_int_eq(ipc_recv(sv[1], KEEPER_IN, &got, &fd), tries[i].good ? 1 : -1);
	}
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("ipc");
	TCase *tcase = tcase_create("ipc");

	tcase_add_checked_fixture(tcase, open_pair, close_pair);
	tcase_add_loop_test(tcase, for_whom, 0, sizeof(messages) / sizeof(messages[0]));
	tcase_add_test(tcase, every_type_is_tested);
	tcase_add_test(tcase, what_answers_what);
	tcase_add_loop_test(tcase, text_ends, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(tcase, rows, 0, 3);
	tcase_add_loop_test(tcase, amount, 0, sizeof(amounts) / sizeof(amounts[0]));
	tcase_add_test(tcase, length);
	suite_add_tcase(suite, tcase);
	return suite;
}
