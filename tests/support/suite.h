/* Runs the tests of a unit. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

/* Each assertion that holds calls _mark_point, which writes its place to a file, so that a crash is reported with the place
 * of the last one. That takes longer than the tests themselves, whose loops make millions of assertions. */
#define _mark_point(file, line) ((void)0)

/* Runs n_tests tests, reports which failed, and returns the exit status of the program. $MNIST_TEST_CASES says which
 * tests are wanted: "fast", "slow", or by default both; $MNIST_TEST_LEFT_OUT lists the names of tests to leave out. */
int suite_run(const char *name, bool is_slow, size_t n_tests, const TTest *const *tests);

/* The body of main(): the name of the unit and all its tests that take less than about a second. */
#define SUITE_RUN(name, ...) SUITE_RUN_TESTS(name, false, __VA_ARGS__)

/* Its other tests: return SUITE_RUN(...) || SUITE_RUN_SLOW(...). */
#define SUITE_RUN_SLOW(name, ...) SUITE_RUN_TESTS(name, true, __VA_ARGS__)

#define SUITE_RUN_TESTS(name, is_slow, ...)                                                                        \
    suite_run(name, is_slow, sizeof((const TTest *const[]){__VA_ARGS__}) / sizeof(const TTest *),                  \
              (const TTest *const[]){__VA_ARGS__})

#endif
