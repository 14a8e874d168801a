/* Small linear systems. */
#include <math.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

enum { MAX_N = 20 };

/* A = R R' with R [n, n] random, and b = A x. */
static void make_system(size_t n, const double *x, sm_random *random, double *equations)
{
    double r[MAX_N * MAX_N];
    random_fill(random, -1, 1, n * n, r);
    for (size_t i = 0; i < n; i++) {
        double *row = equations + i * (n + 1);
        row[n] = 0;
        for (size_t j = 0; j < n; j++) {
            row[j] = i == j;
            for (size_t k = 0; k < n; k++)
                row[j] += r[i * n + k] * r[j * n + k];
            row[n] += row[j] * x[j];
        }
    }
}

START_TEST(the_solution_is_found)
{
    sm_random random = {1};
    for (size_t n = 1; n <= MAX_N; n++) {
        double x[MAX_N], equations[MAX_N * (MAX_N + 1)], solution[MAX_N];
        random_fill(&random, -5, 5, n, x);
        make_system(n, x, &random, equations);
        sm_solve(n, equations, solution);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(solution[i], x[i], 1e-11);
    }
}
END_TEST

/* x0 + x1 = 3 twice, and x2 = 5: x1 is free, and set to 0. */
START_TEST(an_unknown_that_is_not_determined_is_0)
{
    double equations[] = {1, 1, 0, 3, 1, 1, 0, 3, 0, 0, 2, 10}, solution[3];
    sm_solve(3, equations, solution);
    ck_assert_double_eq_tol(solution[0], 3, 1e-15);
    ck_assert_double_eq(solution[1], 0);
    ck_assert_double_eq_tol(solution[2], 5, 1e-15);
    double none[] = {0, 0, 0, 0, 0, 0};
    sm_solve(2, none, solution);
    ck_assert(solution[0] == 0 && solution[1] == 0);
}
END_TEST

int main(void)
{
    return SUITE_RUN("solve", the_solution_is_found, an_unknown_that_is_not_determined_is_0);
}
