/* Arrays that are freed together. */
#include <stdint.h>
#include <string.h>

#include "base/pool.h"
#include "support/suite.h"

static bool is_filled(size_t n, const unsigned char *bytes, size_t value)
{
    size_t n_equal = 0;
    for (size_t i = 0; i < n; i++)
        n_equal += bytes[i] == value;
    return n_equal == n;
}

START_TEST(arrays_are_zero_aligned_and_apart)
{
    pool p = {0};
    unsigned char *arrays[40];
    const size_t sizes[] = {1, 0, 63, 64, 100000, 3000000, 7};
    for (size_t round = 0; round < 2; round++) { /* the second on pages that were used */
        for (size_t i = 0; i < 40; i++) {
            const size_t size = sizes[i % 7];
            arrays[i] = pool_take(&p, size, 1);
            ck_assert_ptr_nonnull(arrays[i]);
            ck_assert_uint_eq((uintptr_t)arrays[i] % 64, 0);
            ck_assert(is_filled(size, arrays[i], 0));
            memset(arrays[i], (int)i + 1, size);
        }
        for (size_t i = 0; i < 40; i++)
            ck_assert(is_filled(sizes[i % 7], arrays[i], i + 1));
        pool_free(&p);
    }
    ck_assert(!p.has_failed);
}
END_TEST

START_TEST(sizes_that_overflow_fail)
{
    pool p = {0};
    ck_assert_ptr_null(pool_take(&p, SIZE_MAX / 2, 4));
    ck_assert(p.has_failed);
    ck_assert_ptr_nonnull(pool_take(&p, 3, 4));
    ck_assert(p.has_failed);
    pool_free(&p);
    pool_free(&p);
}
END_TEST

int main(void)
{
    return SUITE_RUN("pool", arrays_are_zero_aligned_and_apart, sizes_that_overflow_fail);
}
