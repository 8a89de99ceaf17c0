/* Runs a program as systemd does whose SystemCallFilter= is the list of names, and SystemCallErrorNumber=
 * EPERM.
 *
 *   allow NAME... -- PROGRAM [ARGUMENT]...
 *
 * Names that this machine has not are passed over, as systemd does. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
fail(const char *what, int error)
{
	fprintf(stderr, "allow: %s: %s\n", what, strerror(error));
	return 125;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc, i;

	if (ctx == NULL)
		return fail("seccomp_init", ENOMEM);
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		int call = seccomp_syscall_resolve_name(argv[i]);

		if (call == __NR_SCMP_ERROR)
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
		if (rc != 0)
			return fail(argv[i], -rc);
	}
	if (i + 1 >= argc)
		return fail("usage: allow NAME... -- PROGRAM [ARGUMENT]...", EINVAL);
	rc = seccomp_load(ctx);         /* it says no_new_privs, too */
	if (rc != 0)
		return fail("seccomp_load", -rc);
	seccomp_release(ctx);
	execvp(argv[i + 1], argv + i + 1);
	return fail(argv[i + 1], errno);
}
