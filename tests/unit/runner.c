/* Runs one suite.  By hand it speaks to a person; `make check` sets Check's environment variables, and
 * then each test is one line of TAP on standard output and nothing else is. */
#include "runner.h"

#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* By names in the directory at hand, for paths may be longer than the system takes. */
void
unit_remove_tree(const char *path)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL, NULL);
	const FTSENT *e;

	ck_assert_ptr_nonnull(tree);
	while ((e = fts_read(tree)) != NULL) {
		if (e->fts_info == FTS_DP)
			ck_assert_int_eq(rmdir(e->fts_accpath), 0);
		else if (e->fts_info != FTS_D)
			ck_assert_int_eq(unlink(e->fts_accpath), 0);
	}
	fts_close(tree);
}

int
main(void)
{
	SRunner *runner = srunner_create(unit_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	/* TAP has said which tests failed; a bad exit status besides would count as one more. */
	failed = srunner_has_tap(runner) ? 0 : srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
