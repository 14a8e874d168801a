#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* The time limit of a test in seconds, generous enough for sanitizers on a slow machine. */
enum { TIMEOUT = 240 };

/* Whether the text, a list of words, contains a word. */
static bool lists(const char *text, const char *word)
{
    static const char separators[] = " \n";
    const size_t length = strlen(word);
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        const size_t n = strcspn(text, separators);
        if (n == length && memcmp(text, word, n) == 0)
            return true;
        text += n;
    }
    return false;
}

int suite_run(const char *name, bool is_slow, size_t n_tests, const TTest *const *tests)
{
    const char *wanted = getenv("MNIST_TEST_CASES");
    if (wanted && (strcmp(wanted, "slow") == 0) != is_slow)
        return EXIT_SUCCESS;
    const char *left_out = getenv("MNIST_TEST_LEFT_OUT");
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < n_tests; i++) { /* one case per test, so that CK_RUN_CASE=NAME runs a single test */
        if (left_out && lists(left_out, tests[i]->name))
            continue;
        TCase *only = tcase_create(tests[i]->name);
        tcase_set_timeout(only, TIMEOUT);
        tcase_add_test(only, tests[i]);
        suite_add_tcase(suite, only);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
