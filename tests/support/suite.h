/* Runs the tests of a unit. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stddef.h>

/* Runs n_tests tests, reports failures, and returns the exit status of the program. */
int suite_run(const char *name, size_t n_tests, const TTest *const *tests);

/* The body of a main(): the unit's name and all its tests. */
#define SUITE_RUN(name, ...)                                                                                       \
    suite_run(name, sizeof((const TTest *const[]){__VA_ARGS__}) / sizeof(const TTest *),                           \
              (const TTest *const[]){__VA_ARGS__})

#endif
