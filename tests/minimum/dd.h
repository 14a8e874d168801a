/*
 * Double-double arithmetic: an unevaluated sum hi + lo of two doubles, with |lo| at most half a unit in the last place
 * of hi, which carries about 106 bits (Dekker 1971, A floating-point technique for extending the available precision;
 * Joldes, Muller & Popescu 2017, Tight and rigorous error bounds for basic building blocks of double-word arithmetic).
 * The error of an operation is below 2^-100 of its result, and that of a sum below 2^-100 of the sum of the magnitudes.
 * Needs round to nearest and no contraction. There are no branches, so that loops over arrays become vectors.
 */
#ifndef MINIMUM_DD_H
#define MINIMUM_DD_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct dd {
    double hi, lo;
} dd;

static inline dd dd_of(double a)
{
    return (dd){a, 0};
}

/* a + b, exactly. */
static inline dd dd_sum(double a, double b)
{
    const double sum = a + b, other = sum - a;
    return (dd){sum, (a - (sum - other)) + (b - other)};
}

/* The same where |a| >= |b|, or a is 0. */
static inline dd dd_quick_sum(double a, double b)
{
    const double sum = a + b;
    return (dd){sum, b - (sum - a)};
}

/* a b, exactly. */
static inline dd dd_product(double a, double b)
{
    const double product = a * b;
    return (dd){product, fma(a, b, -product)};
}

static inline dd dd_add(dd a, dd b)
{
    const dd sum = dd_sum(a.hi, b.hi);
    return dd_quick_sum(sum.hi, sum.lo + (a.lo + b.lo));
}

static inline dd dd_negative(dd a)
{
    return (dd){-a.hi, -a.lo};
}

static inline dd dd_subtract(dd a, dd b)
{
    return dd_add(a, dd_negative(b));
}

static inline dd dd_multiply(dd a, dd b)
{
    const dd product = dd_product(a.hi, b.hi);
    return dd_quick_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

/* a times a power of two. */
static inline dd dd_scale(dd a, double power)
{
    return (dd){a.hi * power, a.lo * power};
}

static inline dd dd_divide(dd a, dd b)
{
    const double first = a.hi / b.hi;
    const dd rest = dd_subtract(a, dd_multiply(b, dd_of(first)));
    return dd_quick_sum(first, rest.hi / b.hi);
}

/* 2^k for -1022 <= k <= 1023. */
static inline double dd_power_of_two(double k)
{
    const uint64_t bits = (uint64_t)((int64_t)k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* exp(a) = 2^k (1 + rest): *k and the rest, which is accurate relative to itself. |a| is at most 700. */
static inline dd dd_exp_parts(dd a, double *k)
{
    static const double LOG2_E = 1.4426950408889634, LOG_2_HI = 0x1.62e42fefa39efp-1,
                        LOG_2_LO = 0x1.abc9e3b39803fp-56;
    *k = floor(a.hi * LOG2_E + 0.5);
    dd r = dd_subtract(a, dd_product(*k, LOG_2_HI));
    r = dd_scale(dd_subtract(r, dd_product(*k, LOG_2_LO)), 0x1p-6);
    /* Taylor for |r| < 0.0055, the last terms in double: r (1 + r/2 (1 + r/3 (1 + ..))). */
    const double h = r.hi, tail = 1 + h / 8 * (1 + h / 9 * (1 + h / 10 * (1 + h / 11 * (1 + h / 12))));
    dd sum = dd_of(tail);
    for (int i = 7; i >= 2; i--)
        sum = dd_add(dd_of(1), dd_multiply(dd_divide(r, dd_of(i)), sum));
    dd rest = dd_multiply(r, sum);
    for (int i = 0; i < 6; i++) /* exp(2r) - 1 = e (2 + e) for e = exp(r) - 1 */
        rest = dd_add(dd_scale(rest, 2), dd_multiply(rest, rest));
    return rest;
}

/* exp(a) for a up to 700, to about 2^-100 of itself from -650 on, where the low word is a normal number; exp(-700) for
 * all below that. */
static inline dd dd_exp(dd a)
{
    double k;
    const int is_low = a.hi < -700;
    const dd rest = dd_exp_parts((dd){is_low ? -700 : a.hi, is_low ? 0 : a.lo}, &k);
    return dd_scale(dd_add(dd_of(1), rest), dd_power_of_two(k));
}

/* log(1 + a) for 0 <= a <= 1e300, accurate relative to itself: a step of Newton from its value in double. */
static inline dd dd_log1p(dd a)
{
    const double start = log1p(a.hi);
    double k;
    const dd rest = dd_exp_parts(dd_of(start), &k);
    const double power = dd_power_of_two(k);
    const dd expm1 = dd_add(dd_of(power - 1), dd_scale(rest, power));
    const dd step = dd_divide(dd_subtract(a, expm1), dd_add(dd_of(1), expm1));
    return dd_add(dd_of(start), step);
}

#endif
