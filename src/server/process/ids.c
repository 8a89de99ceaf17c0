#include "config.h"

#include "server/process/ids.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel writes as much as its own structures have, which may one day be more than this header
 * knows. */
#define KERNEL_MOST 512

union request {
	struct seccomp_notif n;
	char kernel[KERNEL_MOST];
};

union response {
	struct seccomp_notif_resp r;
	char kernel[KERNEL_MOST];
};

/* Answers that let a call go on are of Linux 5.5, and sizes of 5.0; a kernel with mount_setattr(2),
 * of 5.12, has both. */
static bool
kernel_can(void)
{
	struct seccomp_notif_sizes sizes;

	if (mount_setattr(-1, "", 0, NULL, 0) == -1 && (errno == ENOSYS || errno == EPERM)) {
		errno = ENOSYS;
		return false;
	}
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == -1)
		return false;
	if (sizes.seccomp_notif > KERNEL_MOST || sizes.seccomp_notif_resp > KERNEL_MOST) {
		errno = ENOSYS;
		return false;
	}
	return true;
}

/* The call asks unless all that it sets is that one id. */
static int
ask_unless(scmp_filter_ctx ctx, const char *name, uint32_t id)
{
	int call = seccomp_syscall_resolve_name(name), rc = 0;

	for (unsigned arg = 0; rc == 0 && arg < 3; arg++) {
		const struct scmp_arg_cmp other[] = { { arg, SCMP_CMP_NE, id, 0 } };

		rc = seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY, call, 1, other);
	}
	return rc;
}

int
ids_watch(uid_t session_uid, gid_t session_gid)
{
	scmp_filter_ctx ctx;
	int rc, watch = -1;

	if (!kernel_can())
		return -1;
	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	rc = ask_unless(ctx, "setresuid", session_uid);
	if (rc == 0)
		rc = ask_unless(ctx, "setresgid", session_gid);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc == 0)
		watch = seccomp_notify_fd(ctx);
	seccomp_release(ctx);
	errno = rc == 0 ? EINVAL : rc == -ECANCELED ? EBUSY : -rc;
	return watch < 0 ? -1 : watch;
}

bool
ids_next(int watch, struct ids_call *call_r)
{
	union request request;

	memset(&request, 0, sizeof(request));
	if (ioctl(watch, SECCOMP_IOCTL_NOTIF_RECV, &request) == -1)
		return false;
	*call_r = (struct ids_call){ .id = request.n.id,
		.pid = (pid_t)request.n.pid,
		.group = request.n.data.nr == SYS_setresgid,
		.args = {
		    request.n.data.args[0], request.n.data.args[1], request.n.data.args[2] } };
	return true;
}

bool
ids_is(const struct ids_call *call, uid_t uid, gid_t gid)
{
	uint64_t id = call->group ? gid : uid;

	return call->args[0] == id && call->args[1] == id && call->args[2] == id;
}

void
ids_answer(int watch, const struct ids_call *call, bool allow)
{
	union response response;

	memset(&response, 0, sizeof(response));
	response.r.id = call->id;
	if (allow)
		response.r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		response.r.error = -EPERM;
	/* ENOENT: it has died meanwhile. */
	(void)ioctl(watch, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
