#include "server/process/counter.h"

#include "base/tally.h"
#include "server/process/ipc.h"
#include "server/process/session_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool
say(enum ipc_counted_how how, const struct usage *files, int error)
{
	struct ipc m = { .type = IPC_COUNTED };

	m.u.counted.how = how;
	if (files != NULL)
		m.u.counted.files = *files;
	m.u.counted.error = error;
	return ipc_send(SESSION_CHAN, &m, -1) == 0;
}

/* A keeper that has lost interest is gone, and the sending tells. */
static bool
go_on(void *context, const struct usage *sum)
{
	(void)context;
	return say(COUNTED_SO_FAR, sum, 0);
}

static void
count(const struct privilege *privilege, const struct ipc_granted *granted, int home)
{
	struct usage sum;
	int top = -1;

	if (privilege_enter_home(privilege, granted->uid, granted->gid, home))
		top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top == -1 || !tally_tree(top, go_on, NULL, &sum))
		(void)say(COUNTED_NOT, NULL, errno);
	else
		(void)say(COUNTED_ALL, &sum, 0);
}

noreturn void
counter_run(const struct privilege *privilege)
{
	struct ipc m;
	int home;

	if (ipc_recv(SESSION_CHAN, SESSION_PRE, &m, &home) == 1 && m.type == IPC_GRANTED)
		count(privilege, &m.u.granted, home);
	_exit(0);
}
