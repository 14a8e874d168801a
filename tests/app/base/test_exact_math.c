/* exp, log, sine and cosine, compared with those of the C library. */
#include <float.h>
#include <math.h>

#include "base/exact_math.h"
#include "support/suite.h"

START_TEST(exp_is_accurate_to_its_bound)
{
    for (double x = 0; x > -699; x -= 0.0137)
        ck_assert_double_le(fabs(exact_exp(x) - exp(x)), 4e-16 * exp(x));
    ck_assert_double_eq(exact_exp(0), 1);
    ck_assert_double_eq(exact_exp(-701), 0);
}
END_TEST

START_TEST(log_is_accurate_to_its_bound)
{
    for (double x = 1; x > 1e-300; x *= 0.9937)
        ck_assert_double_le(fabs(exact_log(x) - log(x)), 4e-16 * (1 - log(x)));
    ck_assert_double_eq(exact_log(1), 0);
}
END_TEST

START_TEST(turns_are_accurate_to_their_bound)
{
    const double pi = 3.14159265358979323846;
    for (size_t n = 1; n < 200; n++) {
        for (size_t t = 0; t < n; t++) {
            const turn found = exact_turn(t, n);
            const double angle = 2 * pi * (double)t / (double)n;
            /* The library's angle is itself rounded. */
            ck_assert_double_le(fabs(found.cosine - cos(angle)), 3e-16 + angle * DBL_EPSILON);
            ck_assert_double_le(fabs(found.sine - sin(angle)), 3e-16 + angle * DBL_EPSILON);
        }
    }
}
END_TEST

/* Quarter turns are exact, and symmetries hold to the last bit. */
START_TEST(turns_have_their_symmetries)
{
    const double cosines[] = {1, 0, -1, 0}, sines[] = {0, 1, 0, -1};
    for (size_t n = 4; n < 200; n += 4) {
        for (size_t i = 0; i < 4; i++) {
            ck_assert_double_eq(exact_turn(i * n / 4, n).cosine, cosines[i]);
            ck_assert_double_eq(exact_turn(i * n / 4, n).sine, sines[i]);
        }
        for (size_t t = 1; t < n; t++) {
            ck_assert_double_eq(exact_turn(t, n).cosine, exact_turn(n - t, n).cosine);
            ck_assert_double_eq(exact_turn(t, n).sine, -exact_turn(n - t, n).sine);
        }
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("exact_math", exp_is_accurate_to_its_bound, log_is_accurate_to_its_bound,
                     turns_are_accurate_to_their_bound, turns_have_their_symmetries);
}
