/* What a unit test gives to the main() they all share. */
#ifndef FERRY_TESTS_UNIT_RUNNER_H
#define FERRY_TESTS_UNIT_RUNNER_H

#include <check.h>

/* Makes the suite of this test program. */
Suite *unit_suite(void);

/* Removes a directory that a test made, with all that is in it. */
void unit_remove_tree(const char *path);

#endif
