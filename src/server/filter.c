#include "config.h"

#include "server/filter.h"

#include "base/log.h"
#include "server/ipc.h"
#include "server/session_fds.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Allowed whatever their arguments: what the commands need, and what libc needs for them.  Names that
 * this machine's architecture does not have are passed over by libseccomp. */
static const char *const session_calls[] = {
	/* the connections */
	"accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen", "poll", "ppoll",
	"read", "recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "write", "writev",
	/* files, once there are any */
	"access", "chdir", "chmod", "close", "copy_file_range", "faccessat", "faccessat2", "fchdir", "fchmod",
	"fchmodat", "fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64",
	"lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open",
	"openat", "pipe2", "pread64", "pwrite64", "readlink", "readlinkat", "rename", "renameat", "renameat2",
	"rmdir", "sendfile", "splice", "stat", "statfs", "statx", "symlinkat", "umask", "unlink", "unlinkat",
	"utimensat",
	/* the way into the home; which ids is the other filter's matter */
	"capget", "capset", "chroot", "setresgid", "setresuid",
	/* libc: memory, time, random, qsort's look at the memory's size, the end */
	"brk", "clock_gettime", "exit", "exit_group", "futex", "getpid", "getrandom", "gettid", "gettimeofday",
	"madvise", "mremap", "munmap", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"sysinfo", "time",
#ifdef FERRY_SANITIZERS
	/* what AddressSanitizer's runtime does on its own */
	"prctl", "sched_yield", "sigaltstack",
#endif
};

static const char *const keeper_refused[] = {
	"accept", "accept4", "bind", "bpf", "chroot", "connect", "execve", "execveat", "fork", "fsopen",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "kexec_load", "kill", "listen", "mount",
	"move_mount", "open_tree", "perf_event_open", "pivot_root", "process_vm_readv", "process_vm_writev",
	"setns", "umount2", "unshare", "userfaultfd", "vfork",
#ifndef FERRY_SANITIZERS
	"ptrace",       /* LeakSanitizer looks at its own process that way */
#endif
};

static int
add(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned ncmp, const struct scmp_arg_cmp *cmp)
{
	int call = seccomp_syscall_resolve_name(name);

	return call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(ctx, action, call, ncmp, cmp);
}

/* Allows what needs a look at its arguments. */
static int
allow_with_arguments(scmp_filter_ctx ctx)
{
	const uint64_t type_mask = 0xf;         /* SOCK_NONBLOCK and SOCK_CLOEXEC are above it */
	const struct {
		const char *call;
		unsigned ncmp;
		struct scmp_arg_cmp cmp[2];
	} rows[] = {
		{ "mmap", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
		{ "mprotect", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
		{ "socket", 2,
		    { { 0, SCMP_CMP_EQ, AF_INET, 0 }, { 1, SCMP_CMP_MASKED_EQ, type_mask, SOCK_STREAM } } },
		{ "socket", 2,
		    { { 0, SCMP_CMP_EQ, AF_INET6, 0 }, { 1, SCMP_CMP_MASKED_EQ, type_mask, SOCK_STREAM } } },
		{ "prctl", 1, { { 0, SCMP_CMP_EQ, PR_SET_NAME, 0 } } },
		{ "ioctl", 1, { { 1, SCMP_CMP_EQ, FICLONE, 0 } } },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(rows); i++)
		rc = add(ctx, SCMP_ACT_ALLOW, rows[i].call, rows[i].ncmp, rows[i].cmp);
	return rc;
}

/* The finished program of ctx, in memory of ours. */
static bool
export_program(scmp_filter_ctx ctx, struct sock_fprog *program)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;
	bool ok = false;

	if (fd == -1)
		return false;
	if (seccomp_export_bpf(ctx, fd) == 0 && (size = lseek(fd, 0, SEEK_END)) > 0 &&
	    (program->filter = malloc((size_t)size)) != NULL) {
		ok = pread(fd, program->filter, (size_t)size, 0) == (ssize_t)size;
		program->len = (unsigned short)((size_t)size / sizeof(program->filter[0]));
	}
	close(fd);
	return ok;
}

static int
build_allow(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	for (size_t i = 0; rc == 0 && i < COUNT(session_calls); i++)
		rc = add(ctx, SCMP_ACT_ALLOW, session_calls[i], 0, NULL);
	return rc == 0 ? allow_with_arguments(ctx) : rc;
}

/* Every id of every call that sets some: not below the floor, not above 32 bits. */
static int
build_ids(scmp_filter_ctx ctx, uint32_t min_id)
{
	static const char *const calls[] = { "setresuid", "setresgid" };
	int rc = 0;

	for (size_t i = 0; i < COUNT(calls); i++) {
		for (unsigned arg = 0; rc == 0 && arg < 3; arg++) {
			const struct scmp_arg_cmp low[] = { { arg, SCMP_CMP_LT, min_id, 0 } };
			const struct scmp_arg_cmp high[] = { { arg, SCMP_CMP_GT, UINT32_MAX, 0 } };

			rc = add(ctx, SCMP_ACT_TRAP, calls[i], 1, low);
			if (rc == 0)
				rc = add(ctx, SCMP_ACT_TRAP, calls[i], 1, high);
		}
	}
	return rc;
}

bool
filter_build(struct filter *f, uint32_t min_id)
{
	scmp_filter_ctx allow = seccomp_init(SCMP_ACT_TRAP), ids = seccomp_init(SCMP_ACT_ALLOW);
	bool ok;

	memset(f, 0, sizeof(*f));
	ok = allow != NULL && ids != NULL && build_allow(allow) == 0 && build_ids(ids, min_id) == 0 &&
	    export_program(allow, &f->allow) && export_program(ids, &f->ids);
	if (!ok) {
		log_error("cannot build the filter of system calls with this libseccomp");
		filter_free(f);
	}
	seccomp_release(allow);
	seccomp_release(ids);
	return ok;
}

void
filter_free(struct filter *f)
{
	free(f->allow.filter);
	free(f->ids.filter);
	memset(f, 0, sizeof(*f));
}

/* The one thing done in a signal handler of ferryd: the process ends here, and one send(2) says why.
 * Calling again what was refused, with SIGSYS blocked, makes the kernel end us by SIGSYS. */
static void
tell_and_die(int sig, siginfo_t *info, void *context)
{
	struct ipc m = { .type = IPC_REFUSED };

	(void)sig;
	(void)context;
	m.u.refused.call = info->si_syscall;
	(void)ipc_send(SESSION_CHAN, &m, -1);
	(void)syscall(info->si_syscall, -1L, -1L, -1L, -1L, -1L, -1L);
	_exit(1);
}

bool
filter_load(const struct filter *f)
{
	struct sigaction sa = { .sa_sigaction = tell_and_die, .sa_flags = SA_SIGINFO };

	/* The one on ids first: once the list of what is allowed stands, no filter can be added. */
	return sigaction(SIGSYS, &sa, NULL) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f->ids) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f->allow) == 0;
}

bool
filter_load_keeper(void)
{
	const struct scmp_arg_cmp not_local[] = { { 0, SCMP_CMP_NE, AF_UNIX, 0 } };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx == NULL ? -ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < COUNT(keeper_refused); i++)
		rc = add(ctx, SCMP_ACT_ERRNO(EPERM), keeper_refused[i], 0, NULL);
	if (rc == 0)
		rc = add(ctx, SCMP_ACT_ERRNO(EPERM), "socket", 1, not_local);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc != 0)
		log_error("keeper: cannot load its filter of system calls: %s", strerror(-rc));
	seccomp_release(ctx);
	return rc == 0;
}

const char *
filter_call_name(int call, char name_r[64])
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

	snprintf(name_r, 64, "%s", name == NULL ? "unknown" : name);
	free(name);
	return name_r;
}
