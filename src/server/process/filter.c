#include "config.h"

#include "server/process/filter.h"

#include "base/log.h"
#include "server/process/ipc.h"
#include "server/process/session_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
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

/* Allowed whatever their arguments: what the commands need, and what libc needs for them.  Names
 * that this machine's architecture does not have are passed over by libseccomp. */
static const char *const session_calls[] = {
	/* the connections */
	"accept4", "bind", "getpeername", "getsockname", "getsockopt", "poll", "ppoll", "read",
	"recvfrom", "recvmsg", "setsockopt", "shutdown", "write", "writev",
	/* files, once there are any */
	"access", "chdir", "chmod", "close", "copy_file_range", "faccessat", "faccessat2", "fchdir",
	"fchmod", "fchmodat", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate",
	"getcwd", "getdents64", "inotify_add_watch", "inotify_init1", "lseek", "lstat", "mkdir",
	"mkdirat", "newfstatat", "open", "openat", "pipe2", "pread64", "pwrite64", "readlink",
	"readlinkat", "rename", "renameat", "renameat2", "rmdir", "sendfile", "splice", "stat",
	"statfs", "statx", "symlinkat", "umask", "unlink", "unlinkat", "utimensat",
	/* the way into the home; which ids is the other filter's matter */
	"capget", "capset", "chroot", "setresgid", "setresuid",
	/* libc: memory, time, random, qsort's look at the memory's size, the end */
	"brk", "clock_gettime", "exit", "exit_group", "futex", "getpid", "getrandom", "gettid",
	"gettimeofday", "madvise", "mremap", "munmap", "restart_syscall", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sysinfo", "time",
#ifdef FERRY_SANITIZERS
	/* what AddressSanitizer's runtime does on its own */
	"prctl", "sched_yield", "sigaltstack",
#endif
};

/* The keeper's: SQLite, logs, messages, threads, and libc. */
static const char *const keeper_calls[] = {
	/* the listener, sessions, and the other threads */
	"close", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2",
	"getpeername", "getsockname", "getsockopt", "inotify_add_watch", "inotify_init1", "poll",
	"ppoll", "read", "readv", "recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt",
	"shutdown", "write", "writev",
	/* the store, logs, the home of an account as a name */
	"access", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fallocate", "fchmod",
	"fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64",
	"lseek", "lstat", "newfstatat", "open", "openat", "pread64", "pwrite64", "readlink",
	"readlinkat", "stat", "statfs", "statx", "umask", "unlink", "unlinkat", "utimensat",
	/* libc: memory, threads, time, random, who we are, the end */
	"arch_prctl", "brk", "capget", "clock_getres", "clock_gettime", "clock_nanosleep", "exit",
	"exit_group", "futex", "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom",
	"getrlimit", "gettid", "gettimeofday", "getuid", "get_robust_list", "madvise", "mremap",
	"munmap", "nanosleep", "prlimit64", "restart_syscall", "rseq", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list",
	"sigaltstack", "sysinfo", "time", "uname",
#ifdef FERRY_SANITIZERS
	/* LeakSanitizer looks at its own process from another */
	"clone", "getdents", "kill", "personality", "pipe", "pipe2", "prctl", "ptrace", "wait4",
#endif
};

/* Of a new namespace's kind, each: a process in one of its own users has every capability there. */
#define NAMESPACES \
	((uint64_t)(unsigned)(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | \
	    CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS))

/* What a thread is made with; a clone(2) with these and no namespace makes no process. */
#define THREAD ((uint64_t)(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND))

struct argument_row {
	const char *call;
	unsigned ncmp;
	struct scmp_arg_cmp cmp[3];
};

static int
add(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned ncmp,
    const struct scmp_arg_cmp *cmp)
{
	int call = seccomp_syscall_resolve_name(name);

	return call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(ctx, action, call, ncmp, cmp);
}

static int
add_rows(scmp_filter_ctx ctx, uint32_t action, const struct argument_row *rows, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add(ctx, action, rows[i].call, rows[i].ncmp, rows[i].cmp);
	return rc;
}

static int
add_names(scmp_filter_ctx ctx, const char *const *names, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add(ctx, SCMP_ACT_ALLOW, names[i], 0, NULL);
	return rc;
}

/* What stands in a built program for the two halves of the token; no other constant of it is one of
 * these. */
#define TOKEN_HIGH UINT32_C(0x9e1a53c7)
#define TOKEN_LOW  UINT32_C(0x5ac4d18b)
#define WITH_TOKEN(call) \
	{ \
		call, 1, \
		{ \
			{ \
				5, SCMP_CMP_EQ, (uint64_t)TOKEN_HIGH << 32 | TOKEN_LOW, 0 \
			} \
		} \
	}

/* Instructions of a program; the kernel's own bound is 4096. */
#define PROGRAM_MOST 1024

#define FCNTL(command) { "fcntl", 1, { { 1, SCMP_CMP_EQ, (command), 0 } } }

/* Signals from a descriptor (O_ASYNC, F_SETOWN and their like) would be kill(2) by another name. */
static const struct argument_row fcntl_rows[] = {
	FCNTL(F_GETFD), FCNTL(F_SETFD), FCNTL(F_GETFL), FCNTL(F_DUPFD_CLOEXEC),
	{ "fcntl", 2, { { 1, SCMP_CMP_EQ, F_SETFL, 0 }, { 2, SCMP_CMP_MASKED_EQ, O_ASYNC, 0 } } },
	{ "mmap", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
	{ "mprotect", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
};

/* Allows what needs a look at its arguments. */
static int
allow_with_arguments(scmp_filter_ctx ctx, bool may_connect)
{
	const uint64_t type_mask = 0xf;         /* SOCK_NONBLOCK and SOCK_CLOEXEC are above it */
	const struct argument_row rows[] = {
		FCNTL(F_SETPIPE_SZ), FCNTL(F_SETLEASE),
		{ "prctl", 1, { { 0, SCMP_CMP_EQ, PR_SET_NAME, 0 } } },
		{ "ioctl", 1, { { 1, SCMP_CMP_EQ, FICLONE, 0 } } },
		/* To nobody but who is connected: with MSG_FASTOPEN these are connect(2) by another
		 * name. */
		{ "sendto", 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
		{ "sendmsg", 1, { { 2, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0 } } },
		WITH_TOKEN("listen"),
	};
	const struct argument_row connect_row = WITH_TOKEN("connect");
	const uint64_t families[] = { AF_INET, AF_INET6 }, protocols[] = { 0, IPPROTO_TCP };
	int rc = add_rows(ctx, SCMP_ACT_ALLOW, fcntl_rows, COUNT(fcntl_rows));

	if (rc == 0)
		rc = add_rows(ctx, SCMP_ACT_ALLOW, rows, COUNT(rows));
	if (rc == 0 && may_connect)
		rc = add_rows(ctx, SCMP_ACT_ALLOW, &connect_row, 1);
	for (size_t i = 0; i < COUNT(families); i++) {
		for (size_t j = 0; rc == 0 && j < COUNT(protocols); j++) {
			const struct argument_row tcp = { "socket", 3,
				{ { 0, SCMP_CMP_EQ, families[i], 0 },
				    { 1, SCMP_CMP_MASKED_EQ, type_mask, SOCK_STREAM },
				    { 2, SCMP_CMP_EQ, protocols[j], 0 } } };

			rc = add_rows(ctx, SCMP_ACT_ALLOW, &tcp, 1);
		}
	}
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
build_allow(scmp_filter_ctx ctx, bool may_connect)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	if (rc == 0)
		rc = add_names(ctx, session_calls, COUNT(session_calls));
	return rc == 0 ? allow_with_arguments(ctx, may_connect) : rc;
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

static bool
is_constant(const struct sock_filter *i, uint32_t k)
{
	return i->code == (BPF_JMP | BPF_JEQ | BPF_K) && i->k == k;
}

/* Whether the program has both halves of the token for filter_load() to find. */
static bool
asks_for_token(const struct sock_fprog *program)
{
	bool high = false, low = false;

	for (size_t i = 0; i < program->len; i++) {
		high |= is_constant(&program->filter[i], TOKEN_HIGH);
		low |= is_constant(&program->filter[i], TOKEN_LOW);
	}
	return high && low && program->len <= PROGRAM_MOST;
}

bool
filter_build(struct filter *f, uint32_t min_id, bool may_connect)
{
	scmp_filter_ctx allow = seccomp_init(SCMP_ACT_TRAP), ids = seccomp_init(SCMP_ACT_ALLOW);
	bool ok;

	memset(f, 0, sizeof(*f));
	ok = allow != NULL && ids != NULL && build_allow(allow, may_connect) == 0 &&
	    build_ids(ids, min_id) == 0 && export_program(allow, &f->allow) &&
	    export_program(ids, &f->ids) && asks_for_token(&f->allow);
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

/* The one thing done in a signal handler of ferryd: the process ends here, and one send(2) says
 * why.  Calling again what was refused, with SIGSYS blocked, makes the kernel end us by SIGSYS. */
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

/* Puts the token, by its halves, into the place of what stands for it. */
static void
put_token(struct sock_filter *i, const uint64_t *token)
{
	if (is_constant(i, TOKEN_HIGH))
		i->k = sizeof(long) > sizeof(uint32_t) ? (uint32_t)(*token >> 32) : 0;
	else if (is_constant(i, TOKEN_LOW))
		i->k = (uint32_t)*token;
}

/* Nothing of the token is left in memory: it is in no variable that is not wiped. */
static bool
load_with_token(const struct sock_fprog *program, uint64_t *token)
{
	struct sock_filter copy[PROGRAM_MOST];
	const struct sock_fprog with = { .len = program->len, .filter = copy };
	bool ok;

	for (size_t i = 0; i < program->len; i++) {
		copy[i] = program->filter[i];
		put_token(&copy[i], token);
	}
	explicit_bzero(token, sizeof(*token));
	ok = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &with) == 0;
	explicit_bzero(copy, program->len * sizeof(copy[0]));
	return ok;
}

bool
filter_load(const struct filter *f, uint64_t *token)
{
	struct sigaction sa = { .sa_sigaction = tell_and_die, .sa_flags = SA_SIGINFO };

	/* The one on ids first: once the list of what is allowed stands, no filter can be added. */
	return sigaction(SIGSYS, &sa, NULL) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f->ids) == 0 &&
	    load_with_token(&f->allow, token);
}

/* clone3(2) has its flags in memory, where a filter cannot look; libc then takes clone(2). */
static int
refuse_clone3(scmp_filter_ctx ctx)
{
	return add(ctx, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

static bool
load(scmp_filter_ctx ctx, int rc, const char *whose)
{
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc != 0)
		log_error("cannot load the filter of system calls of %s: %s", whose, strerror(-rc));
	seccomp_release(ctx);
	return rc == 0;
}

bool
filter_load_listener(void)
{
	static const char *const refused[] = { "setns", "unshare" };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx == NULL ? -ENOMEM : refuse_clone3(ctx);

	for (size_t i = 0; rc == 0 && i < COUNT(refused); i++)
		rc = add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0, NULL);
	for (unsigned bit = 0; bit < 64; bit++) {
		const uint64_t flag = UINT64_C(1) << bit;
		const struct argument_row row = { "clone", 1,
			{ { 0, SCMP_CMP_MASKED_EQ, flag, flag } } };

		if (rc == 0 && (NAMESPACES & flag) != 0)
			rc = add_rows(ctx, SCMP_ACT_ERRNO(EPERM), &row, 1);
	}
	return load(ctx, rc, "the listener");
}

bool
filter_load_keeper(void)
{
	const struct argument_row rows[] = {
		{ "clone", 1, { { 0, SCMP_CMP_MASKED_EQ, THREAD | NAMESPACES, THREAD } } },
		/* abort(3) and the like; to no other process */
		{ "tgkill", 1, { { 0, SCMP_CMP_EQ, (uint64_t)getpid(), 0 } } },
		/* the log, by syslog(3) */
		{ "socket", 1, { { 0, SCMP_CMP_EQ, AF_UNIX, 0 } } },
		{ "connect", 0, { { 0 } } },
		/* SQLite's locks, and the keepers' on the file by which they know of one another */
		FCNTL(F_GETLK),
		FCNTL(F_SETLK),
		FCNTL(F_SETLKW),
		FCNTL(F_OFD_GETLK),
		FCNTL(F_OFD_SETLK),
		/* what came with a handover is what it was sealed as */
		FCNTL(F_GET_SEALS),
		{ "prctl", 1, { { 0, SCMP_CMP_EQ, PR_SET_NAME, 0 } } },
	};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx == NULL ? -ENOMEM : refuse_clone3(ctx);

	if (rc == 0)
		rc = add_names(ctx, keeper_calls, COUNT(keeper_calls));
	if (rc == 0)
		rc = add_rows(ctx, SCMP_ACT_ALLOW, fcntl_rows, COUNT(fcntl_rows));
	if (rc == 0)
		rc = add_rows(ctx, SCMP_ACT_ALLOW, rows, COUNT(rows));
	return load(ctx, rc, "the keeper");
}

const char *
filter_call_name(int call, char name_r[64])
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

	snprintf(name_r, 64, "%s", name == NULL ? "unknown" : name);
	free(name);
	return name_r;
}
