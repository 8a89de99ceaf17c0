/* Makes another process run one system call, as an attacker who has taken it over would: what that call
 * then does is the proof of what the process may do.
 *
 *   inject [--at CALL] PID CALL [ARGUMENT]...
 *
 * With --at it says "ready", and then waits until the process is about to make that other call, which it makes
 * after ours: so a process is met in a state that it does not rest in.  What that one has in its sixth register is said
 * behind the result.  Without, the process is taken where it waits.
 *
 * CALL is a name; an argument is a number, "=TEXT", whose address is passed after the text was put on the
 * process's stack, or "+HEX", bytes of which the same is true.  On standard output comes "returned N" (negative: an errno) or "signal N" when the
 * process got that signal instead; it is then let go and ends as it would by itself.  The process
 * waits in a system call when it is found; that call is begun anew afterwards. */
#include <elf.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

#define NARGS 6
#define TRIES 5000

#if defined(__x86_64__)
typedef struct user_regs_struct registers;
#define INSTRUCTION_LEN 2
#define INSTRUCTION     0x050f
#define PC(r)           ((r)->rip)
#define SP(r)           ((r)->rsp)
#define RESULT(r)       ((r)->rax)

#define CALL(r)         ((long)(r)->orig_rax)
#define SIXTH(r)        ((r)->r9)

static void
set_call(registers *r, long call, const unsigned long long *args)
{
	r->orig_rax = (unsigned long long)-1;   /* no call to be begun anew */
	r->rax = (unsigned long long)call;
	r->rdi = args[0];
	r->rsi = args[1];
	r->rdx = args[2];
	r->r10 = args[3];
	r->r8 = args[4];
	r->r9 = args[5];
}

/* At the entry of a call: another is to be made in its place. */
static int
replace_call(pid_t pid, registers *r, long call)
{
	(void)pid;
	r->orig_rax = (unsigned long long)call;
	return 0;
}

/* The call whose entry r was is to be made from its beginning. */
static void
begin_anew(registers *r)
{
	r->rax = r->orig_rax;
	r->orig_rax = (unsigned long long)-1;
	r->rip -= INSTRUCTION_LEN;
}
#elif defined(__aarch64__)
typedef struct user_regs_struct registers;
#define INSTRUCTION_LEN 4
#define INSTRUCTION     0xd4000001
#define PC(r)           ((r)->pc)
#define SP(r)           ((r)->sp)
#define RESULT(r)       ((r)->regs[0])
#define CALL(r)         ((long)(r)->regs[8])
#define SIXTH(r)        ((r)->regs[5])

static void
set_call(registers *r, long call, const unsigned long long *args)
{
	for (int i = 0; i < NARGS; i++)
		r->regs[i] = args[i];
	r->regs[8] = (unsigned long long)call;
}

static int
replace_call(pid_t pid, registers *r, long call)
{
	int number = (int)call;
	struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };

	(void)r;
	return (int)ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &iov);
}

static void
begin_anew(registers *r)
{
	r->pc -= INSTRUCTION_LEN;
}
#else
#define UNKNOWN_MACHINE
#endif

#ifndef UNKNOWN_MACHINE
static int
die(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

static int
transfer_registers(enum __ptrace_request request, pid_t pid, registers *r)
{
	struct iovec iov = { .iov_base = r, .iov_len = sizeof(*r) };

	return (int)ptrace(request, pid, (void *)NT_PRSTATUS, &iov);
}

static int
write_bytes(pid_t pid, unsigned long long where, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(long)) {
		long word = 0;

		memcpy(&word, bytes + i, len - i < sizeof(word) ? len - i : sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, (void *)(where + i), (void *)word) == -1)
			return -1;
	}
	return 0;
}

/* Arguments below the part of the stack that is in use. */
static int
parse_args(pid_t pid, unsigned long long sp, int argc, char **argv, unsigned long long args[NARGS])
{
	unsigned long long free_stack = sp - 65536;

	for (int i = 0; i < argc; i++) {
		char *text = argv[i] + 1;
		size_t len = strlen(argv[i]);

		if (argv[i][0] != '=' && argv[i][0] != '+') {
			args[i] = strtoull(argv[i], NULL, 0);
			continue;
		}
		if (argv[i][0] == '+') {
			len = strlen(text) / 2;
			for (size_t j = 0; j < len; j++) {
				const char pair[] = { text[2 * j], text[2 * j + 1], '\0' };

				text[j] = (char)strtoul(pair, NULL, 16);
			}
		}
		free_stack = (free_stack - len - 64) & ~15ULL;
		if (write_bytes(pid, free_stack, text, len) == -1)
			return -1;
		args[i] = free_stack;
	}
	return 0;
}

/* Goes on until the process stands behind the call.  1: it does; 0: *signal_r came instead; -1. */
static int
step(pid_t pid, int *signal_r)
{
	int status;

	if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1 || waitpid(pid, &status, __WALL) == -1)
		return -1;
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && status >> 16 == 0)
		return 1;
	*signal_r = WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status);
	return WIFSTOPPED(status) || WIFSIGNALED(status) ? 0 : -1;
}

/* Lets the process run on with the signal, to its end; the trap of our step, which comes behind, is kept from
 * it. */
static int
let_end(pid_t pid, int sig)
{
	int status;

	while (ptrace(PTRACE_CONT, pid, NULL, (void *)(long)sig) == 0 && waitpid(pid, &status, __WALL) == pid &&
	    WIFSTOPPED(status))
		sig = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
	return EXIT_SUCCESS;
}

/* Goes on to the next entry or end of a call.  1, 0 and -1 as step(). */
static int
next_stop(pid_t pid, int *signal_r)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == -1 || waitpid(pid, &status, __WALL) == -1)
		return -1;
	if (WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80))
		return 1;
	*signal_r = WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status);
	return WIFSTOPPED(status) || WIFSIGNALED(status) ? 0 : -1;
}

/* Where the process is about to make the call `at`, it makes ours first. */
static int
inject_at(pid_t pid, long at, long call, int argc, char **argv)
{
	registers saved, changed;
	unsigned long long args[NARGS] = { 0 };
	int status, sig = 0, stopped;

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1 || waitpid(pid, &status, __WALL) == -1)
		return die("ptrace");
	puts("ready");
	if (fflush(stdout) == EOF)
		return die("standard output");
	do {
		/* An end of a call is passed over too: it is never that of `at`, whose entry we wait for. */
		if (next_stop(pid, &sig) != 1 || transfer_registers(PTRACE_GETREGSET, pid, &saved) == -1)
			return die("the way there");
	} while (CALL(&saved) != at);
	changed = saved;
	if (parse_args(pid, SP(&saved), argc, argv, args) == -1)
		return die("stack");
	set_call(&changed, call, args);
	if (replace_call(pid, &changed, call) == -1 || transfer_registers(PTRACE_SETREGSET, pid, &changed) == -1)
		return die("registers");
	stopped = next_stop(pid, &sig);
	if (stopped == -1)
		return die("step");
	if (stopped == 0) {
		printf("signal %d\n", sig);
		return let_end(pid, sig);
	}
	if (transfer_registers(PTRACE_GETREGSET, pid, &changed) == -1)
		return die("registers");
	printf("returned %lld %llu\n", (long long)RESULT(&changed), (unsigned long long)SIXTH(&saved));
	begin_anew(&saved);
	if (transfer_registers(PTRACE_SETREGSET, pid, &saved) == -1)
		return die("registers");
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) == -1)
		return die("detach");
	return EXIT_SUCCESS;
}

/* Whether the process stands behind the instruction of a call, and not wherever it happened to be at work. */
static bool
is_behind_call(pid_t pid, const registers *r)
{
	long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)(unsigned long)(PC(r) - INSTRUCTION_LEN), NULL);

	return ((unsigned long long)word & ((1ULL << 8 * INSTRUCTION_LEN) - 1)) == INSTRUCTION;
}

/* Stops the process where it waits in a call, if need be once it does.  -1 with errno. */
static int
stop_in_call(pid_t pid, registers *saved_r)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int status;

	for (int i = 0; i < TRIES; i++) {
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1 ||
		    waitpid(pid, &status, __WALL) == -1 ||
		    transfer_registers(PTRACE_GETREGSET, pid, saved_r) == -1)
			return -1;
		if (is_behind_call(pid, saved_r))
			return 0;
		if (ptrace(PTRACE_DETACH, pid, NULL, NULL) == -1)
			return -1;
		(void)nanosleep(&moment, NULL);
	}
	errno = EBUSY;
	return -1;
}

static int
inject(pid_t pid, long call, int argc, char **argv)
{
	registers saved, changed;
	unsigned long long args[NARGS] = { 0 };
	int sig = 0, stepped;

	if (stop_in_call(pid, &saved) == -1)
		return die("ptrace");
	changed = saved;
	if (parse_args(pid, SP(&saved), argc, argv, args) == -1)
		return die("stack");
	/* It stands behind the instruction of the call in which it waited: that is used again. */
	PC(&changed) = PC(&saved) - INSTRUCTION_LEN;
	set_call(&changed, call, args);
#if defined(__aarch64__)
	int none = -1;
	struct iovec iov = { .iov_base = &none, .iov_len = sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &iov);
#endif
	if (transfer_registers(PTRACE_SETREGSET, pid, &changed) == -1)
		return die("registers");
	stepped = step(pid, &sig);
	if (stepped == -1)
		return die("step");
	if (stepped == 0) {
		printf("signal %d\n", sig);
		return let_end(pid, sig);
	}
	if (transfer_registers(PTRACE_GETREGSET, pid, &changed) == -1)
		return die("registers");
	printf("returned %lld\n", (long long)RESULT(&changed));
	if (transfer_registers(PTRACE_SETREGSET, pid, &saved) == -1)
		return die("registers");
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) == -1)
		return die("detach");
	return EXIT_SUCCESS;
}
#endif

int
main(int argc, char **argv)
{
#ifdef UNKNOWN_MACHINE
	(void)argv;
	fprintf(stderr, "inject: not for this machine (%d)\n", argc);
	return 77;
#else
	const char *at = NULL;
	int call, where = -1;

	if (argc > 2 && strcmp(argv[1], "--at") == 0) {
		at = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3 || argc > 3 + NARGS) {
		fputs("Usage: inject [--at CALL] PID CALL [NUMBER | =TEXT | +HEX]...\n", stderr);
		return EXIT_FAILURE;
	}
	call = seccomp_syscall_resolve_name(argv[2]);
	if (at != NULL)
		where = seccomp_syscall_resolve_name(at);
	if (call < 0 || (at != NULL && where < 0)) {
		fprintf(stderr, "inject: no such call here\n");
		return 77;
	}
	if (at != NULL)
		return inject_at((pid_t)strtol(argv[1], NULL, 10), where, call, argc - 3, argv + 3);
	return inject((pid_t)strtol(argv[1], NULL, 10), call, argc - 3, argv + 3);
#endif
}
