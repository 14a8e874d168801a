/* SplitMix64 and the numbers drawn from it. */
#include <stdbool.h>
#include <string.h>

#include "softmax.h"
#include "support/suite.h"

/* The values of the generator's reference implementation for this seed. */
START_TEST(the_published_sequence)
{
    const uint64_t expected[5] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                  UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                  UINT64_C(16408922859458223821)};
    sm_random random = {1234567};
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(sm_random_next(&random), expected[i]);
}
END_TEST

START_TEST(any_seed_is_good)
{
    sm_random zero = {0}, one = {1}, last = {UINT64_MAX};
    const uint64_t a = sm_random_next(&zero), b = sm_random_next(&one), c = sm_random_next(&last);
    ck_assert(a != 0 && a != b && b != c && a != c);
}
END_TEST

START_TEST(draws_stay_below_their_bound)
{
    const uint64_t bounds[] = {1, 2, 3, 10, 255, 256, 257, UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX};
    sm_random random = {5};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (size_t j = 0; j < 1000; j++)
            ck_assert(sm_random_below(&random, bounds[i]) < bounds[i]);
}
END_TEST

/* 70000 draws of 7 values: 10000 of each with a standard deviation of 93; the test allows five of these. */
START_TEST(every_value_is_drawn_equally_often)
{
    size_t counts[7] = {0};
    sm_random random = {6};
    for (size_t i = 0; i < 70000; i++)
        counts[sm_random_below(&random, 7)]++;
    for (size_t k = 0; k < 7; k++)
        ck_assert(counts[k] > 9535 && counts[k] < 10465);
}
END_TEST

/* The plain remainder would draw the lowest third of 3 * 2^62 twice as often as the rest. */
START_TEST(a_large_bound_is_not_biased)
{
    const uint64_t third = UINT64_C(1) << 62;
    size_t counts[3] = {0};
    sm_random random = {7};
    for (size_t i = 0; i < 30000; i++)
        counts[sm_random_below(&random, 3 * third) / third]++;
    for (size_t k = 0; k < 3; k++)
        ck_assert(counts[k] > 9590 && counts[k] < 10410);
}
END_TEST

START_TEST(a_shuffle_is_a_permutation)
{
    const size_t sizes[] = {0, 1, 2, 3, 100, 1000};
    sm_random random = {8};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t indices[1001];
        bool seen[1001] = {false};
        for (size_t j = 0; j < 1001; j++)
            indices[j] = j;
        sm_shuffle(&random, sizes[i], indices);
        for (size_t j = 0; j < 1001; j++) {
            ck_assert_uint_le(indices[j], 1000);
            ck_assert(!seen[indices[j]]);
            seen[indices[j]] = true;
            ck_assert(j < sizes[i] || indices[j] == j);
        }
    }
}
END_TEST

/* 60000 shuffles of three: each of the 6 orders occurs 10000 times with a standard deviation of 91. */
START_TEST(every_order_is_equally_likely)
{
    size_t counts[3][3] = {{0}};
    sm_random random = {9};
    for (size_t i = 0; i < 60000; i++) {
        size_t indices[3] = {0, 1, 2};
        sm_shuffle(&random, 3, indices);
        counts[indices[0]][indices[1]]++;
    }
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++)
            ck_assert(a == b ? counts[a][b] == 0 : counts[a][b] > 9540 && counts[a][b] < 10460);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_order)
{
    size_t a[50], b[50], c[50];
    for (size_t i = 0; i < 50; i++)
        a[i] = b[i] = c[i] = i;
    sm_shuffle(&(sm_random){10}, 50, a);
    sm_shuffle(&(sm_random){10}, 50, b);
    sm_shuffle(&(sm_random){11}, 50, c);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_ne(a, c, sizeof a);
}
END_TEST

int main(void)
{
    return SUITE_RUN("random", the_published_sequence, any_seed_is_good, draws_stay_below_their_bound,
                     every_value_is_drawn_equally_often, a_large_bound_is_not_biased, a_shuffle_is_a_permutation,
                     every_order_is_equally_likely, the_same_seed_gives_the_same_order);
}
