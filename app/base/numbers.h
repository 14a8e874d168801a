/* The smaller and the larger of two numbers that are not NaN. Those of libm, which care for NaN, are calls on some
 * machines. */
#pragma once

static inline float float_min(float a, float b)
{
    return a < b ? a : b;
}

static inline float float_max(float a, float b)
{
    return a > b ? a : b;
}

static inline double double_min(double a, double b)
{
    return a < b ? a : b;
}

static inline double double_max(double a, double b)
{
    return a > b ? a : b;
}
