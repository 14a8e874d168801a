/* The largest errors of exp and log over all floats in their range. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "kernels/elementary.h"

/* The argument with the largest error among those tried, and that error in units in the last place. */
typedef struct worst_case {
    float at;
    double ulp;
} worst_case;

static worst_case worse_of(worst_case a, worst_case b)
{
    return b.ulp > a.ulp ? b : a;
}

/* In double the functions of libc are accurate to far more digits than are compared here. */
static worst_case try_one(float x, float result, double exact)
{
    int exponent;
    (void)frexp(exact, &exponent);
    return (worst_case){x, fabs((double)result - exact) / ldexp(1, exponent - 24)};
}

static worst_case try_exp(float x)
{
    return try_one(x, sm_exp(x), exp((double)x));
}

static worst_case try_log(float x)
{
    return x == 1 ? (worst_case){1, 0} : try_one(x, sm_log(x), log((double)x));
}

/* Consecutive floats of one sign have consecutive bit patterns. */
static void measure(const char *name, worst_case (*try)(float), float first, float last)
{
    const uint32_t from = sm_float_bits(first), to = sm_float_bits(last);
    worst_case worst = {first, 0};
#pragma omp parallel
    {
        worst_case own = worst;
#pragma omp for
        for (uint32_t bits = from; bits <= to; bits++)
            own = worse_of(own, try(sm_float_from_bits(bits)));
#pragma omp critical
        worst = worse_of(worst, own);
    }
    printf("%s: %.4f ulp at most, at %a, of %u floats from %g to %g\n", name, worst.ulp, (double)worst.at,
           to - from + 1, (double)first, (double)last);
}

int main(void)
{
    measure("exp", try_exp, -0.0f, SM_EXP_LOWEST);
    measure("log", try_log, FLT_MIN, FLT_MAX);
    return 0;
}
