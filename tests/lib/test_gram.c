/* Products of vectors with each other. */
#include <stdlib.h>
#include <string.h>

#include "gram.h"
#include "memory.h"
#include "support/data.h"
#include "support/naive_kernels.h"
#include "support/suite.h"

/* Random numbers, some of them 0. */
static float *random_columns(size_t n_columns, size_t n)
{
    sm_random random = {n_columns + n};
    float *columns = sm_calloc(n_columns * n, sizeof *columns);
    ck_assert(columns);
    for (size_t i = 0; i < n_columns * n; i++)
        columns[i] = i % 7 ? (float)random_between(&random, -1, 1) : 0;
    return columns;
}

static float *products_by(const sm_kernels *kernels, size_t n_threads, size_t n_columns, size_t n,
                          const float *columns)
{
    float *products = sm_calloc(n * n, sizeof *products);
    ck_assert(products);
    ck_assert_int_eq(sm_gram(kernels, n_threads, n_columns, n, columns, products), SM_OK);
    return products;
}

/* Sizes around those of a strip, a panel and of columns that are added together. */
static const size_t sizes[][2] = {{1, 16}, {5, 48}, {127, 64}, {128, 80}, {130, 16}, {3, 512}, {2, 544}, {300, 32}};

START_TEST(products_are_sums_over_columns)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n_columns = sizes[i][0], n = sizes[i][1];
        float *columns = random_columns(n_columns, n);
        float *products = products_by(sm_kernels_find(NULL), 2, n_columns, n, columns);
        for (size_t a = 0; a < n; a++) {
            for (size_t b = a; b < n; b++) {
                double sum = 0;
                for (size_t d = 0; d < n_columns; d++)
                    sum += (double)columns[d * n + a] * (double)columns[d * n + b];
                ck_assert_double_eq_tol((double)products[a * n + b], sum, 1e-6 * (double)(n_columns + 1));
            }
        }
        free(products);
        free(columns);
    }
}
END_TEST

START_TEST(they_are_added_to_what_is_there)
{
    const float columns[16] = {1, 2, 3};
    float products[16 * 16] = {10};
    ck_assert_int_eq(sm_gram(sm_kernels_find(NULL), 1, 1, 16, columns, products), SM_OK);
    ck_assert(products[0] == 11 && products[1] == 2 && products[16 + 1] == 4 && products[16 + 2] == 6);
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    for (size_t i = 0; i < 4 * sizeof sizes / sizeof *sizes; i++) {
        const size_t n_columns = sizes[i / 4][0], n = sizes[i / 4][1];
        const sm_kernels *kernels = sm_kernels_find(isas[i % 4]);
        if (!kernels)
            continue;
        float *columns = random_columns(n_columns, n);
        float *expected = products_by(&naive_kernels, 1, n_columns, n, columns);
        float *products = products_by(kernels, 1 + i % 3, n_columns, n, columns);
        for (size_t a = 0; a < n; a++)
            ck_assert_mem_eq(products + a * n + a, expected + a * n + a, (n - a) * sizeof *products);
        free(products);
        free(expected);
        free(columns);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("gram", products_are_sums_over_columns, they_are_added_to_what_is_there,
                     threads_and_instruction_sets_do_not_change_a_bit);
}
