#include "server/process/ipc.h"

#include "base/chan.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define BARE        offsetof(struct ipc, u)
#define LEN(member) (offsetof(struct ipc, u) + sizeof(((struct ipc *)0)->u.member))

#define ANSWERS(type) (UINT64_C(1) << (type))

/* Which questions a message answers; one that has no row is no answer. */
static const uint64_t answers[IPC_NTYPES] = {
	[IPC_PASSWORD] = ANSWERS(IPC_LOGIN_CERTIFICATE),
	[IPC_GRANTED] = ANSWERS(IPC_LOGIN) | ANSWERS(IPC_LOGIN_CERTIFICATE),
	[IPC_DENIED] = ANSWERS(IPC_LOGIN) | ANSWERS(IPC_LOGIN_CERTIFICATE),
	[IPC_WHOS] = ANSWERS(IPC_WHO),
	[IPC_HASH_ANSWER] = ANSWERS(IPC_HASH_ASK),
	[IPC_LEASED] = ANSWERS(IPC_LEASE),
};

static_assert(IPC_NTYPES <= 64, "each type has a bit");

static const struct chan_rule rules[IPC_NTYPES] = {
	[IPC_READY] = { LEN(ready), 1, LISTENER },
	[IPC_OPEN] = { LEN(open), 1, KEEPER_CTL },
	[IPC_REAPED] = { BARE, 0, KEEPER_CTL },
	[IPC_COUNT] = { LEN(count), 0, LISTENER },
	[IPC_ADMIT] = { LEN(admit), 1, LISTENER },
	[IPC_ADMITTED] = { LEN(admitted), 1, KEEPER_CTL },
	[IPC_CONF] = { BARE, 1, KEEPER_CTL },
	[IPC_LOG] = { BARE, 1, KEEPER_CTL },
	[IPC_TRANSFER_LOG] = { BARE, 1, KEEPER_CTL },
	[IPC_STOP] = { BARE, 0, KEEPER_CTL | SESSION_PRE | SESSION_IN },
	[IPC_REVIVE] = { LEN(revive), 1, KEEPER_IN | LISTENER },
	[IPC_LOGIN] = { LEN(login), 0, KEEPER_PRE },
	[IPC_LOGIN_CERTIFICATE] = { LEN(certificate), 0, KEEPER_PRE },
	[IPC_PASSWORD] = { BARE, 0, SESSION_PRE },
	[IPC_GRANTED] = { LEN(granted), 1, SESSION_PRE },
	[IPC_DENIED] = { LEN(denied), 0, SESSION_PRE },
	[IPC_TRANSFER] = { LEN(transfer), 0, KEEPER_IN },
	[IPC_NOTE] = { LEN(note), 0, KEEPER_PRE | KEEPER_IN },
	[IPC_REFUSED] = { LEN(refused), 0, KEEPER_PRE | KEEPER_IN },
	[IPC_WHO] = { LEN(who), 0, KEEPER_IN },
	[IPC_WHOS] = { LEN(whos), 0, SESSION_IN },
	[IPC_HASH_ASK] = { BARE, 0, KEEPER_IN },
	[IPC_HASH_ANSWER] = { LEN(hash), 0, SESSION_IN },
	[IPC_HASH_DONE] = { BARE, 0, KEEPER_IN },
	[IPC_ACCOUNT] = { LEN(account), 0, SESSION_IN },
	[IPC_LEASE] = { LEN(lease), 0, KEEPER_IN },
	[IPC_LEASED] = { LEN(leased), 0, SESSION_IN },
	[IPC_SETTLE] = { LEN(settle), 0, KEEPER_IN },
	[IPC_RECALL] = { BARE, 0, SESSION_IN },
	[IPC_COUNTED] = { LEN(counted), 0, KEEPER_IN },
};

#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

static bool
whos_end(const struct ipc_whos *w)
{
	for (uint32_t i = 0; i < w->count && i < IPC_WHOS_MAX; i++)
		if (!ENDS(w->rows[i].peer))
			return false;
	return w->count <= IPC_WHOS_MAX;
}

/* So that sums of what a session says never overflow. */
static bool
is_amount(int64_t n)
{
	return n >= 0 && n <= USAGE_MAX;
}

static bool
settle_is_sane(const struct ipc_settle *m)
{
	return m->used.bytes >= -USAGE_MAX && m->used.bytes <= USAGE_MAX &&
	    m->used.files >= -USAGE_MAX && m->used.files <= USAGE_MAX && is_amount(m->back.bytes) &&
	    is_amount(m->back.files) && is_amount(m->unseen.bytes) && is_amount(m->unseen.files);
}

static bool
fields_end(const struct ipc *m)
{
	switch (m->type) {
	case IPC_LOGIN:
		return ENDS(m->u.login.name) && ENDS(m->u.login.password);
	case IPC_LOGIN_CERTIFICATE:
		return ENDS(m->u.certificate.name) && ENDS(m->u.certificate.fingerprint);
	case IPC_GRANTED:
		return ENDS(m->u.granted.name) && ENDS(m->u.granted.charset);
	case IPC_TRANSFER:
		return ENDS(m->u.transfer.path);
	case IPC_NOTE:
		return ENDS(m->u.note.text);
	case IPC_REVIVE:
		return m->u.revive.how < REVIVE_NHOWS &&
		    m->u.revive.len <= sizeof(m->u.revive.bytes);
	case IPC_WHOS:
		return whos_end(&m->u.whos);
	case IPC_LEASE:
		return settle_is_sane(&m->u.lease.settle) && is_amount(m->u.lease.need.bytes) &&
		    is_amount(m->u.lease.need.files) && is_amount(m->u.lease.want.bytes) &&
		    is_amount(m->u.lease.want.files);
	case IPC_SETTLE:
		return settle_is_sane(&m->u.settle);
	case IPC_COUNTED:
		return is_amount(m->u.counted.files.bytes) && is_amount(m->u.counted.files.files);
	default:
		return true;
	}
}

int
ipc_send(int chan, const struct ipc *m, int fd)
{
	return chan_send(chan, rules, IPC_NTYPES, m, fd);
}

bool
ipc_is_answer(uint32_t question, uint32_t type)
{
	return question < IPC_NTYPES && type < IPC_NTYPES &&
	    (answers[type] & ANSWERS(question)) != 0;
}

int
ipc_recv(int chan, enum ipc_at at, struct ipc *m, int *fd_r)
{
	int rc = chan_recv(chan, rules, IPC_NTYPES, at, m, sizeof(*m), fd_r);

	if (rc != 1 || fields_end(m))
		return rc;
	if (*fd_r != -1)
		close(*fd_r);
	*fd_r = -1;
	errno = EBADMSG;
	return -1;
}
