/* 16-bit floating-point numbers, checked against IEEE 754's definition of binary16. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/half.h"
#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

/* By the definition of the format. */
static double value_of(uint16_t half)
{
    const int exponent = half >> 10 & 31, mantissa = half & 0x3ff;
    const double sign = half & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return mantissa ? (double)NAN : sign * HUGE_VAL;
    return exponent ? sign * ldexp(1024 + mantissa, exponent - 25) : sign * ldexp(mantissa, -24);
}

START_TEST(every_half_is_read_exactly_and_written_back)
{
    for (uint32_t i = 0; i <= UINT16_MAX; i++) {
        const uint16_t half = (uint16_t)i;
        const double expected = value_of(half);
        const float found = sm_float_from_half(half);
        ck_assert(isnan(expected) ? isnan(found) : (double)found == expected);
        if (!isnan(expected))
            ck_assert_uint_eq(sm_half_from_float(found), half);
        ck_assert(!signbit(found) == !(half >> 15));
    }
    ck_assert(isnan(sm_float_from_half(sm_half_from_float(NAN))));
}
END_TEST

/* A value between two neighbours rounds to the nearer one, or half way to the even one; beyond the last, as if there
 * were another. */
START_TEST(floats_are_rounded_to_the_nearest_half)
{
    for (uint16_t half = 0; half < 0x7c00; half++) {
        const double low = value_of(half), high = half == 0x7bff ? 65536 : value_of((uint16_t)(half + 1));
        const float middle = (float)((low + high) / 2);
        const uint16_t next = (uint16_t)(half + 1);
        ck_assert_uint_eq(sm_half_from_float(middle), half % 2 ? next : half);
        ck_assert_uint_eq(sm_half_from_float(nextafterf(middle, 0)), half);
        ck_assert_uint_eq(sm_half_from_float(nextafterf(middle, HUGE_VALF)), next);
        ck_assert_uint_eq(sm_half_from_float(-nextafterf(middle, HUGE_VALF)), next | 0x8000);
    }
    ck_assert_uint_eq(sm_half_from_float(FLT_MAX), 0x7c00);
    ck_assert_uint_eq(sm_half_from_float(HUGE_VALF), 0x7c00);
    ck_assert_uint_eq(sm_half_from_float(FLT_MIN), 0);
    ck_assert_uint_eq(sm_half_from_float(-0.0f), 0x8000);
}
END_TEST

START_TEST(arrays_are_converted_value_by_value)
{
    enum { N = 37 };
    float values[N], back[N];
    uint16_t halves[N];
    sm_random random = {1};
    for (size_t i = 0; i < N; i++)
        values[i] = (float)random_between(&random, -2, 2);
    sm_to_halves(N, values, halves);
    sm_from_halves(N, halves, back);
    for (size_t i = 0; i < N; i++) {
        ck_assert_uint_eq(halves[i], sm_half_from_float(values[i]));
        ck_assert(fabsf(back[i] - values[i]) <= 0x1p-11f * fabsf(values[i]) + 0x1p-25f);
    }
    ck_assert_uint_eq(sm_type_bytes(SM_U8), 1);
    ck_assert_uint_eq(sm_type_bytes(SM_F16), 2);
    ck_assert_uint_eq(sm_type_bytes(SM_F32), 4);
}
END_TEST

int main(void)
{
    return SUITE_RUN("half", every_half_is_read_exactly_and_written_back, floats_are_rounded_to_the_nearest_half,
                     arrays_are_converted_value_by_value);
}
