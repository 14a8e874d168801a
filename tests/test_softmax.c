/* One sample: softmax, its Jacobian, the cross-entropy and its gradient. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "softmax.h"

START_TEST(equal_scores_are_equally_likely)
{
    const double scores[4] = {7, 7, 7, 7};
    double p[4];
    sm_softmax(4, scores, p);
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_eq_tol(p[k], 0.25, 1e-15);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("softmax");
    tcase_add_test(cases, equal_scores_are_equally_likely);
    Suite *suite = suite_create("softmax");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
