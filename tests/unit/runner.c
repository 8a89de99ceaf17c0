/* Runs one suite.  By hand it speaks to a person; `make check` sets Check's environment variables, and
 * then each test is one line of TAP on standard output and nothing else is. */
#include "runner.h"

#include <stdlib.h>

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
