/* Floats of 16 bits, converted by integer operations, so that every machine rounds alike. Private to the library. */
#pragma once

#include <stdint.h>

#include "elementary.h"

/* The exact value of a half. */
static inline float sm_float_from_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) /* infinite, or not a number */
        return sm_float_from_bits(sign | 0x7f800000 | magnitude << 13);
    /* Read as a float, the exponent is 112 too low; the product is exact even for subnormal halves. */
    const float value = sm_float_from_bits(magnitude << 13) * 0x1p112f;
    return sm_float_from_bits(sign | sm_float_bits(value));
}

/* The half nearest to x; of two equally near, the even one. */
static inline uint16_t sm_half_from_float(float x)
{
    const uint32_t bits = sm_float_bits(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    const uint32_t lowest_normal = UINT32_C(113) << 23, beyond_all = UINT32_C(143) << 23;
    if (magnitude > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (magnitude >= beyond_all)
        return (uint16_t)(sign | 0x7c00);
    if (magnitude < lowest_normal) /* the last bit of 0.5f is the smallest half, so the sum is rounded to it */
        return (uint16_t)(sign | (sm_float_bits(sm_float_from_bits(magnitude) + 0.5f) - sm_float_bits(0.5f)));
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (rounded - (UINT32_C(112) << 23)) >> 13);
}
