#include "suite.h"

#include <stdlib.h>

/* Seconds for one test, with sanitizers on a slow machine. */
enum { TIMEOUT = 240 };

int suite_run(const char *name, size_t n_tests, const TTest *const *tests)
{
    TCase *cases = tcase_create(name);
    tcase_set_timeout(cases, TIMEOUT);
    for (size_t i = 0; i < n_tests; i++)
        tcase_add_test(cases, tests[i]);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
