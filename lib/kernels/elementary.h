/*
 * exp and log by IEEE operations alone, so that every machine and every vector width gives the same bits.
 * Private to the library. The coefficients are this project's own minimax fits for floats, and those of Taylor for doubles.
 */
#pragma once

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "floats are rounded to floats: on a PC of 32 bits, compile for SSE2");

/* Below this, exp returns 0: its result would not be a normal float. */
#define SM_EXP_LOWEST (-87.0f)

#define SM_LOG2_E 0x1.715476p+0f
/* ln 2 as a sum; the first term has so few bits that its product with an exponent is exact. */
#define SM_LN2_HIGH 0x1.62e4p-1f
#define SM_LN2_LOW 0x1.7f7d1cp-20f
/* Adding this to a float of small magnitude rounds it to an integer, in the low bits of the sum. */
#define SM_ROUND_MAGIC 0x1.8p+23f

/* exp(r) = 1 + r + r^2 (E0 + E1 r + E2 r^2 + E3 r^3 + E4 r^4) for |r| <= ln(2)/2, to 3.1e-9 */
#define SM_E0 0x1.fffffcp-2f
#define SM_E1 0x1.555490p-3f
#define SM_E2 0x1.5558f4p-5f
#define SM_E3 0x1.123a6cp-7f
#define SM_E4 0x1.6a2352p-10f

/* log(1 + f) = f - f^2/2 + f^3 (L0 + ... + L7 f^7) for sqrt(1/2) <= 1 + f <= sqrt(2), to 6.0e-9 */
#define SM_L0 0x1.555554p-2f
#define SM_L1 -0x1.000232p-2f
#define SM_L2 0x1.99a060p-3f
#define SM_L3 -0x1.546f2ap-3f
#define SM_L4 0x1.22cf4ep-3f
#define SM_L5 -0x1.0d9a40p-3f
#define SM_L6 0x1.05b75cp-3f
#define SM_L7 -0x1.392f30p-4f

/* The bits of sqrt(1/2): mantissas are taken from there to sqrt(2). */
#define SM_SQRT_HALF_BITS 0x3f3504f3

static inline uint32_t sm_float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float sm_float_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(x) for x <= 0; NaN for NaN. */
static inline float sm_exp(float x)
{
    if (x < SM_EXP_LOWEST)
        return 0;
    const float shifted = fmaf(x, SM_LOG2_E, SM_ROUND_MAGIC);
    const float n = shifted - SM_ROUND_MAGIC;
    float r = fmaf(n, -SM_LN2_HIGH, x);
    r = fmaf(n, -SM_LN2_LOW, r);

    float q = fmaf(r, SM_E4, SM_E3);
    q = fmaf(r, q, SM_E2);
    q = fmaf(r, q, SM_E1);
    q = fmaf(r, q, SM_E0);
    q = fmaf(r * r, q, r);

    /* The low bits of `shifted` are n: shifted to the exponent, they add n to it. */
    const uint32_t power = (sm_float_bits(shifted) << 23) + (UINT32_C(127) << 23);
    return fmaf(q, sm_float_from_bits(power), sm_float_from_bits(power));
}

/* log(x) for normal x > 0; NaN for NaN. */
static inline float sm_log(float x)
{
    const uint32_t above = sm_float_bits(x) - SM_SQRT_HALF_BITS;
    const uint32_t exponent_bits = above & UINT32_C(0xff800000);
    const float f = sm_float_from_bits(sm_float_bits(x) - exponent_bits) - 1.0f;
    const float e = (float)((int32_t)exponent_bits / (1 << 23));

    float q = fmaf(f, SM_L7, SM_L6);
    q = fmaf(f, q, SM_L5);
    q = fmaf(f, q, SM_L4);
    q = fmaf(f, q, SM_L3);
    q = fmaf(f, q, SM_L2);
    q = fmaf(f, q, SM_L1);
    q = fmaf(f, q, SM_L0);

    const float square = f * f;
    q = fmaf(q, square * f, e * SM_LN2_LOW);
    q = fmaf(square, -0.5f, q);
    /* The bits of a NaN would give an arbitrary number; x - x is NaN for a NaN, and 0 otherwise. */
    return fmaf(e, SM_LN2_HIGH, f + q) + (x - x);
}

/* Below this, sm_exp_double returns 0: its result would not be a normal double. */
#define SM_EXP_DOUBLE_LOWEST (-708.0)

#define SM_DOUBLE_LOG2_E 0x1.71547652b82fep+0
/* ln 2 as a sum; the first term has so few bits that its product with an exponent is exact. */
#define SM_DOUBLE_LN2_HIGH 0x1.62e42fee00000p-1
#define SM_DOUBLE_LN2_LOW 0x1.a39ef35793c76p-33
#define SM_DOUBLE_ROUND_MAGIC 0x1.8p+52

/* exp(x) in double for x <= 0; NaN for NaN. Fused multiply-adds are avoided: without the hardware they are slow. With
 * x = n ln 2 + r, |r| <= ln(2)/2, Taylor's series of exp(r) to r^13/13! leaves out less than 2^-57. The relative error
 * is at most SM_EXP_DOUBLE_ERROR. */
static inline double sm_exp_double(double x)
{
    /* 1/k! for k = 2 .. 13 */
    static const double coefficients[] = {
        0.5,
        0x1.5555555555555p-3,
        0x1.5555555555555p-5,
        0x1.1111111111111p-7,
        0x1.6c16c16c16c17p-10,
        0x1.a01a01a01a01ap-13,
        0x1.a01a01a01a01ap-16,
        0x1.71de3a556c734p-19,
        0x1.27e4fb7789f5cp-22,
        0x1.ae64567f544e4p-26,
        0x1.1eed8eff8d898p-29,
        0x1.6124613a86d09p-33,
    };
    if (x < SM_EXP_DOUBLE_LOWEST)
        return 0;
    const double shifted = x * SM_DOUBLE_LOG2_E + SM_DOUBLE_ROUND_MAGIC, n = shifted - SM_DOUBLE_ROUND_MAGIC;
    const double r = (x - n * SM_DOUBLE_LN2_HIGH) - n * SM_DOUBLE_LN2_LOW;
    double q = coefficients[11];
    for (size_t i = 11; i-- > 0;)
        q = coefficients[i] + r * q;
    /* The low bits of `shifted` are n: shifted to the exponent, they add n to it. */
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + (UINT64_C(1023) << 52);
    double power;
    memcpy(&power, &bits, sizeof power);
    return power + power * (r + r * r * q);
}

/* Bounds of the relative errors of sm_exp_double and sm_log1p_double, in test_elementary against long double. */
#define SM_EXP_DOUBLE_ERROR 0x1p-51
#define SM_LOG1P_DOUBLE_ERROR 0x1p-51

/* log(1 + x) in double for -0.3 <= x <= 2^20, without losing digits of a small x; NaN for NaN. With 1 + x = 2^k (1 + f),
 * sqrt(1/2) <= 1 + f <= sqrt(2), and s = f / (2 + f):
 *   log(1 + f) = 2 atanh(s) = f - s (f - R)   with   R = 2 s^2/3 + 2 s^4/5 + ..., of which s^24 and more are left out. */
static inline double sm_log1p_double(double x)
{
    double sum = 1 + x, lost = 0, k = 0, f = x;
    if (x > 0x1.a827999fcef32p-2) {
        uint64_t bits;
        memcpy(&bits, &sum, sizeof bits);
        const uint64_t exponent = (bits - UINT64_C(0x3fe6a09e667f3bcd)) >> 52; /* from the bits of sqrt(1/2) */
        bits -= exponent << 52;
        k = (double)exponent;
        memcpy(&f, &bits, sizeof f);
        f -= 1;
        lost = (x - (sum - 1)) / sum; /* by rounding 1 + x */
    }
    const double s = f / (2 + f), square = s * s;
    double series = 0;
    for (size_t i = 11; i > 0; i--)
        series = (series + 2 / (double)(2 * i + 1)) * square;
    return k * SM_DOUBLE_LN2_HIGH + (f - (s * (f - series) - (k * SM_DOUBLE_LN2_LOW + lost))) + (x - x);
}

/* log(x) in double for normal x > 0, with an absolute error of at most 2^-51 (1 + |log x|); NaN for NaN. */
static inline double sm_log_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int64_t exponent = (int64_t)(bits - UINT64_C(0x3fe6a09e667f3bcd)) >> 52; /* from the bits of sqrt(1/2) */
    bits -= (uint64_t)exponent << 52;
    double mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    return (double)exponent * SM_DOUBLE_LN2_HIGH +
           (sm_log1p_double(mantissa - 1) + (double)exponent * SM_DOUBLE_LN2_LOW) + (x - x);
}

/* The sum of 16 partial sums: those 8 apart are added, then those 4, 2 and 1 apart. */
static inline float sm_sum_lanes(const float *partial)
{
    float sums[16];
    memcpy(sums, partial, sizeof sums);
    for (int distance = 8; distance > 0; distance /= 2)
        for (int i = 0; i < distance; i++)
            sums[i] += sums[i + distance];
    return sums[0];
}
