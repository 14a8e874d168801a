/* exp and log of floats and doubles. */
#include <float.h>
#include <math.h>

#include "kernels/elementary.h"
#include "support/data.h"
#include "support/suite.h"

/* The largest errors over all floats in the range are 1.0193 and 0.8661 units in the last place. This tries about one
 * float in a thousand. */
static const double EXP_ULP = 1.0193, LOG_ULP = 0.8661;
enum { STEP = 997 };

/* The smallest argument whose result is not 0. */
static const float LOWEST = -87;

/* The distance of a result from the true value, in units of the last place of a float there. */
static double ulp_error(float result, double exact)
{
    int exponent;
    frexp(exact, &exponent);
    return fabs((double)result - exact) / ldexp(1, exponent - FLT_MANT_DIG);
}

START_TEST(exp_is_accurate_to_its_bound)
{
    const uint32_t first = sm_float_bits(-0.0f), last = sm_float_bits(LOWEST);
    double worst = 0;
    for (uint32_t bits = first; bits <= last; bits += STEP) {
        const float x = sm_float_from_bits(bits);
        worst = fmax(worst, ulp_error(sm_exp(x), exp((double)x)));
    }
    ck_assert_double_le(worst, EXP_ULP);
    ck_assert_double_le(ulp_error(sm_exp(LOWEST), exp((double)LOWEST)), EXP_ULP);
    /* the argument with the largest error: the bound holds there, and is tight */
    ck_assert_double_le(ulp_error(sm_exp(-0x1.b60c42p+4f), exp(-0x1.b60c42p+4)), EXP_ULP);
    ck_assert_double_ge(worst, 0.5);
}
END_TEST

static double worst_log_error(float from, float to)
{
    double worst = 0;
    for (uint32_t bits = sm_float_bits(from); bits <= sm_float_bits(to); bits += STEP) {
        const float x = sm_float_from_bits(bits);
        if (x != 1)
            worst = fmax(worst, ulp_error(sm_log(x), log((double)x)));
    }
    return worst;
}

/* A sum of up to 256 numbers of at most 1, one of which is 1. */
START_TEST(log_is_accurate_to_its_bound_for_sums)
{
    ck_assert_double_le(worst_log_error(1, 256), LOG_ULP);
    ck_assert_double_le(ulp_error(sm_log(0x1.664c3ep+0f), log(0x1.664c3ep+0)), LOG_ULP);
    for (int n = 2; n <= 256; n++)
        ck_assert_double_le(ulp_error(sm_log((float)n), log(n)), LOG_ULP);
}
END_TEST

START_TEST(log_is_accurate_to_its_bound_for_all_normal_floats)
{
    ck_assert_double_le(worst_log_error(FLT_MIN, FLT_MAX), LOG_ULP);
    ck_assert_double_le(ulp_error(sm_log(FLT_MIN), log((double)FLT_MIN)), LOG_ULP);
    ck_assert_double_le(ulp_error(sm_log(FLT_MAX), log((double)FLT_MAX)), LOG_ULP);
}
END_TEST

/* Floats next to 1, where the result is nearly the argument minus 1, and next to where the range is reduced. */
START_TEST(log_keeps_its_precision_around_1_and_the_cuts)
{
    const uint32_t around[] = {sm_float_bits(1), SM_SQRT_HALF_BITS, SM_SQRT_HALF_BITS + (1u << 23)};
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t bits = around[i] - 3000; bits < around[i] + 3000; bits++) {
            const float x = sm_float_from_bits(bits);
            if (x != 1)
                ck_assert_double_le(ulp_error(sm_log(x), log((double)x)), LOG_ULP);
        }
    }
}
END_TEST

START_TEST(exact_and_special_values)
{
    ck_assert(sm_exp(0) == 1 && sm_exp(-0.0f) == 1);
    ck_assert(sm_exp(-HUGE_VALF) == 0);
    ck_assert(sm_exp(-FLT_MAX) == 0 && sm_exp(-1e4f) == 0);
    ck_assert(sm_exp(nextafterf(LOWEST, -HUGE_VALF)) == 0);
    ck_assert(sm_exp(LOWEST) >= FLT_MIN);
    ck_assert(isnan(sm_exp(NAN)));
    ck_assert(sm_log(1) == 0);
}
END_TEST

/* A higher score must not get a lower probability. */
START_TEST(exp_never_exceeds_1_and_falls)
{
    float last = 1;
    for (uint32_t bits = sm_float_bits(-0.0f); bits <= sm_float_bits(-90); bits += 10 * STEP) {
        const float e = sm_exp(sm_float_from_bits(bits));
        ck_assert(e >= 0 && e <= last);
        last = e;
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Doubles                                                                                         */

static double relative_error(double result, long double exact)
{
    return (double)fabsl(((long double)result - exact) / exact);
}

/* Arguments spread evenly, and evenly in their exponents. */
START_TEST(exp_of_doubles_is_accurate_to_its_bound)
{
    enum { N = 200000 };
    double worst = 0;
    for (int i = 0; i <= N; i++) {
        const double even = SM_EXP_DOUBLE_LOWEST * i / N, small = -exp2(10 - 80.0 * i / N);
        worst = fmax(worst, relative_error(sm_exp_double(even), expl((long double)even)));
        if (small >= SM_EXP_DOUBLE_LOWEST)
            worst = fmax(worst, relative_error(sm_exp_double(small), expl((long double)small)));
    }
    ck_assert_double_le(worst, SM_EXP_DOUBLE_ERROR);
    ck_assert_double_ge(worst, DBL_EPSILON / 8); /* it is rounded */
}
END_TEST

/* Around odd multiples of ln(2) / 2, where the range is reduced differently. */
START_TEST(exp_of_doubles_is_accurate_around_the_cuts)
{
    for (int n = 0; n < 1020; n++) {
        double x = -(n + 0.5) * log(2);
        for (int i = 0; i < 20; i++)
            x = nextafter(x, 0);
        for (int i = 0; i < 40; i++, x = nextafter(x, -HUGE_VAL))
            ck_assert_double_le(relative_error(sm_exp_double(x), expl((long double)x)), SM_EXP_DOUBLE_ERROR);
    }
}
END_TEST

START_TEST(log1p_of_doubles_is_accurate_to_its_bound)
{
    enum { N = 200000 };
    double worst = 0;
    for (int i = 1; i <= N; i++) {
        const double sum = 256.0 * i / N, any = exp2(20 - 1040.0 * i / N), near = 2.0 * i / N;
        worst = fmax(worst, relative_error(sm_log1p_double(sum), log1pl((long double)sum)));
        worst = fmax(worst, relative_error(sm_log1p_double(any), log1pl((long double)any)));
        worst = fmax(worst, relative_error(sm_log1p_double(near), log1pl((long double)near)));
    }
    ck_assert_double_le(worst, SM_LOG1P_DOUBLE_ERROR);
    ck_assert_double_ge(worst, DBL_EPSILON / 8);
}
END_TEST

/* Where 1 + x is cut to a mantissa: at sqrt(2) 2^k. */
START_TEST(log1p_of_doubles_is_accurate_around_the_cuts)
{
    for (int k = 0; k < 20; k++) {
        double x = sqrt(2) * exp2(k) - 1;
        for (int i = 0; i < 200; i++)
            x = nextafter(x, 0);
        for (int i = 0; i < 400; i++, x = nextafter(x, HUGE_VAL))
            ck_assert_double_le(relative_error(sm_log1p_double(x), log1pl((long double)x)), SM_LOG1P_DOUBLE_ERROR);
    }
}
END_TEST

START_TEST(log_of_doubles_is_accurate_to_its_bound)
{
    sm_random random = {7};
    for (int i = 0; i < 100000; i++) {
        const double x = exp2(random_between(&random, i % 2 ? -1021 : -2, i % 2 ? 1023 : 2));
        const long double exact = logl((long double)x);
        ck_assert(fabsl((long double)sm_log_double(x) - exact) <= 0x1p-51L * (1 + fabsl(exact)));
    }
    ck_assert(sm_log_double(1) == 0 && isnan(sm_log_double((double)NAN)));
}
END_TEST

START_TEST(special_doubles)
{
    ck_assert(sm_exp_double(0) == 1 && sm_exp_double(-0.0) == 1);
    ck_assert(sm_exp_double(-HUGE_VAL) == 0 && sm_exp_double(-DBL_MAX) == 0);
    ck_assert(sm_exp_double(nextafter(SM_EXP_DOUBLE_LOWEST, -HUGE_VAL)) == 0);
    ck_assert(sm_exp_double(SM_EXP_DOUBLE_LOWEST) >= DBL_MIN);
    ck_assert(isnan(sm_exp_double((double)NAN)) && isnan(sm_log1p_double((double)NAN)));
    ck_assert(sm_log1p_double(0) == 0);
    ck_assert(sm_log1p_double(DBL_MIN) == DBL_MIN && sm_log1p_double(0x1p-60) == 0x1p-60);
}
END_TEST

START_TEST(exp_of_doubles_never_exceeds_1_and_falls)
{
    double last = 1;
    for (double x = 0; x >= -720; x -= 1.0 / 256) {
        const double e = sm_exp_double(x);
        ck_assert(e >= 0 && e <= last);
        last = e;
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("elementary", exp_is_accurate_to_its_bound, log_is_accurate_to_its_bound_for_sums,
                     log_is_accurate_to_its_bound_for_all_normal_floats,
                     log_keeps_its_precision_around_1_and_the_cuts, exact_and_special_values,
                     exp_never_exceeds_1_and_falls, exp_of_doubles_is_accurate_to_its_bound,
                     exp_of_doubles_is_accurate_around_the_cuts, log1p_of_doubles_is_accurate_to_its_bound,
                     log1p_of_doubles_is_accurate_around_the_cuts, log_of_doubles_is_accurate_to_its_bound,
                     special_doubles, exp_of_doubles_never_exceeds_1_and_falls);
}
