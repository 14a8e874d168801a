/* Symmetric positive definite systems in float. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cholesky.h"
#include "kernels/kernels.h"
#include "memory.h"
#include "support/naive_kernels.h"
#include "support/data.h"
#include "support/suite.h"

static const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};

/* A random positive definite matrix, and room for its factor. */
typedef struct system {
    size_t n, stride, n_values;
    float *matrix, *factor; /* [n rounded up, stride] */
    float *vector, *rhs;    /* [stride] */
} system_;

static system_ make_system(size_t n, uint64_t seed)
{
    const size_t stride = (n + SM_LANES - 1) / SM_LANES * SM_LANES;
    const size_t n_rows = (n + SM_OUTER_ROWS - 1) / SM_OUTER_ROWS * SM_OUTER_ROWS;
    system_ s = {.n = n, .stride = stride, .n_values = n_rows * stride};
    s.matrix = sm_calloc(s.n_values, sizeof *s.matrix);
    s.factor = sm_calloc(s.n_values, sizeof *s.factor);
    s.vector = sm_calloc(stride, sizeof *s.vector);
    s.rhs = sm_calloc(stride, sizeof *s.rhs);
    ck_assert(s.matrix && s.factor && s.vector && s.rhs);
    sm_random random = {seed};
    for (size_t sample = 0; sample < n + 3; sample++) {
        double *x = test_calloc(n, sizeof *x);
        random_fill(&random, -1, 1, n, x);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                s.matrix[i * stride + j] += (float)(x[i] * x[j]);
        free(x);
    }
    for (size_t i = 0; i < n; i++) {
        s.matrix[i * stride + i] += 1;
        s.rhs[i] = (float)random_between(&random, -1, 1);
    }
    memcpy(s.factor, s.matrix, s.n_values * sizeof *s.factor);
    memcpy(s.vector, s.rhs, stride * sizeof *s.vector);
    return s;
}

static void free_system(system_ *s)
{
    free(s->rhs);
    free(s->vector);
    free(s->factor);
    free(s->matrix);
}

START_TEST(the_factor_times_itself_is_the_matrix)
{
    for (size_t n = 1; n < 70; n += n < 20 ? 1 : 13) {
        system_ s = make_system(n, n);
        ck_assert_int_eq(sm_cholesky_factor(sm_kernels_find(NULL), s.n, s.stride, s.factor), SM_OK);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) {
                double sum = 0;
                for (size_t k = 0; k <= i; k++)
                    sum += (double)s.factor[k * s.stride + i] * (double)s.factor[k * s.stride + j];
                ck_assert_double_eq_tol(sum, (double)s.matrix[i * s.stride + j], 1e-5 * (double)(n + 1));
            }
        }
        free_system(&s);
    }
}
END_TEST

START_TEST(the_solution_satisfies_the_system)
{
    for (size_t n = 1; n < 70; n += n < 20 ? 1 : 13) {
        const sm_kernels *kernels = sm_kernels_find(NULL);
        system_ s = make_system(n, 100 + n);
        ck_assert_int_eq(sm_cholesky_factor(kernels, s.n, s.stride, s.factor), SM_OK);
        sm_cholesky_solve(kernels, s.n, s.stride, s.factor, s.vector);
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += (double)s.matrix[i * s.stride + j] * (double)s.vector[j];
            ck_assert_double_eq_tol(sum, (double)s.rhs[i], 1e-4);
        }
        free_system(&s);
    }
}
END_TEST

START_TEST(only_the_upper_triangle_is_read)
{
    const sm_kernels *kernels = sm_kernels_find(NULL);
    system_ s = make_system(37, 5), clean = make_system(37, 5);
    for (size_t i = 0; i < s.n; i++)
        for (size_t j = 0; j < i; j++)
            s.factor[i * s.stride + j] = 1e6f;
    ck_assert_int_eq(sm_cholesky_factor(kernels, s.n, s.stride, s.factor), SM_OK);
    ck_assert_int_eq(sm_cholesky_factor(kernels, s.n, s.stride, clean.factor), SM_OK);
    sm_cholesky_solve(kernels, s.n, s.stride, s.factor, s.vector);
    sm_cholesky_solve(kernels, s.n, s.stride, clean.factor, clean.vector);
    ck_assert_mem_eq(s.vector, clean.vector, s.n * sizeof *s.vector);
    free_system(&clean);
    free_system(&s);
}
END_TEST

START_TEST(a_matrix_that_is_not_positive_definite_is_refused)
{
    const float bad[] = {-1, 0, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        system_ s = make_system(21, 9);
        s.factor[17 * s.stride + 17] = bad[i];
        ck_assert_int_eq(sm_cholesky_factor(sm_kernels_find(NULL), s.n, s.stride, s.factor), SM_ERROR_NOT_FINITE);
        free_system(&s);
    }
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_bits)
{
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        if (!kernels)
            continue;
        for (size_t n = 1; n < 100; n += 11) {
            system_ s = make_system(n, 200 + n), reference = make_system(n, 200 + n);
            ck_assert_int_eq(sm_cholesky_factor(kernels, n, s.stride, s.factor), SM_OK);
            ck_assert_int_eq(sm_cholesky_factor(&naive_kernels, n, s.stride, reference.factor), SM_OK);
            sm_cholesky_solve(kernels, n, s.stride, s.factor, s.vector);
            sm_cholesky_solve(&naive_kernels, n, s.stride, reference.factor, reference.vector);
            ck_assert_mem_eq(s.vector, reference.vector, n * sizeof *s.vector);
            free_system(&reference);
            free_system(&s);
        }
    }
}
END_TEST

/* As for pictures: features are 0 in most samples, so most of the matrix is 0, with either sign. */
START_TEST(every_instruction_set_gives_the_same_factor_of_a_sparse_matrix)
{
    const size_t sizes[] = {5, 33, 64, 130};
    for (size_t i = 0; i < 4 * sizeof isas / sizeof *isas; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i / 4]);
        if (!kernels)
            continue;
        system_ s = make_system(sizes[i % 4], 300), reference = make_system(sizes[i % 4], 300);
        for (size_t row = 0; row < s.n; row++) {
            for (size_t j = row; j < s.n; j++) {
                float *value = &s.factor[row * s.stride + j];
                if (row != j)
                    *value = row * j % 7 == 1 ? *value / 16 : row % 2 ? 0.0f : -0.0f;
            }
        }
        memcpy(reference.factor, s.factor, s.n_values * sizeof *s.factor);
        ck_assert_int_eq(sm_cholesky_factor(kernels, s.n, s.stride, s.factor), SM_OK);
        ck_assert_int_eq(sm_cholesky_factor(&naive_kernels, s.n, s.stride, reference.factor), SM_OK);
        for (size_t row = 0; row < s.n; row++)
            ck_assert_mem_eq(s.factor + row * s.stride + row, reference.factor + row * s.stride + row,
                             (s.n - row) * sizeof *s.factor);
        free_system(&reference);
        free_system(&s);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("cholesky", the_factor_times_itself_is_the_matrix, the_solution_satisfies_the_system,
                     only_the_upper_triangle_is_read, a_matrix_that_is_not_positive_definite_is_refused,
                     every_instruction_set_gives_the_same_bits,
                     every_instruction_set_gives_the_same_factor_of_a_sparse_matrix);
}
