/* Runs a program to which the kernel refuses system calls with an errno of the test's choice, as a disk that fails or is
 * full does.
 *
 *   refuse ERRNO CALL[,INDEX,VALUE]... -- PROGRAM [ARGUMENT]...
 *
 * ERRNO is a number.  With INDEX, from 0, and VALUE only those calls are refused of which that argument has that value. */
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
fail(const char *what, int error)
{
	fprintf(stderr, "refuse: %s: %s\n", what, strerror(error));
	return 125;
}

/* 0, or an errno. */
static int
add(scmp_filter_ctx ctx, uint16_t error, char *rule)
{
	char *at = strchr(rule, ','), *value = at == NULL ? NULL : strchr(at + 1, ',');
	struct scmp_arg_cmp argument = { .op = SCMP_CMP_EQ };
	int call;

	if (at != NULL)
		*at = '\0';
	call = seccomp_syscall_resolve_name(rule);
	if (call == __NR_SCMP_ERROR)
		return ENOSYS;
	if (at == NULL)
		return -seccomp_rule_add(ctx, SCMP_ACT_ERRNO(error), call, 0);
	if (value == NULL)
		return EINVAL;
	argument.arg = (unsigned)strtoul(at + 1, NULL, 10);
	argument.datum_a = strtoull(value + 1, NULL, 0);
	return -seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(error), call, 1, &argument);
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc, i;

	if (ctx == NULL)
		return fail("seccomp_init", ENOMEM);
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
		rc = add(ctx, (uint16_t)strtoul(argv[1], NULL, 10), argv[i]);
		if (rc != 0)
			return fail(argv[i], rc);
	}
	if (i + 1 >= argc)
		return fail("usage: refuse ERRNO CALL[,INDEX,VALUE]... -- PROGRAM [ARGUMENT]...", EINVAL);
	rc = seccomp_load(ctx);         /* it says no_new_privs, too */
	if (rc != 0)
		return fail("seccomp_load", -rc);
	seccomp_release(ctx);
	execvp(argv[i + 1], argv + i + 1);
	return fail(argv[i + 1], errno);
}
