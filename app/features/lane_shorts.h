/*
 * Vectors of 16-bit integers, two in each 32-bit lane, with the two products that C's vectors lack. The low and the high
 * half of a lane are those of its 32-bit integer, whatever the order of bytes. Included by the files of inner loops alone.
 */
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#include "features/lane_vector.h"

/* Unsigned, so that sums wrap around. */
typedef uint16_t lane_shorts __attribute__((vector_size(N_LANES * sizeof(int32_t)), may_alias));
typedef uint32_t lane_words __attribute__((vector_size(N_LANES * sizeof(uint32_t)), may_alias));

/* The pairs of low and high, which are kept modulo 2^16. */
static inline lane_shorts pair_shorts(lane_integers low, lane_integers high)
{
    return (lane_shorts)(((lane_words)low & 0xffff) | (lane_words)high << 16);
}

static inline lane_integers low_shorts(lane_shorts x)
{
    return (lane_integers)((lane_words)x << 16) >> 16;
}

static inline lane_integers high_shorts(lane_shorts x)
{
    return (lane_integers)x >> 16;
}

/* -1 where a signed integer is negative, else 0. */
static inline lane_shorts where_negative(lane_shorts x)
{
    typedef int16_t signed_shorts __attribute__((vector_size(sizeof x)));
    return (lane_shorts)((signed_shorts)x >> 15);
}

/* Two in each lane, from memory. */
static inline lane_shorts load_shorts(const int16_t *x)
{
    typedef uint16_t loose_shorts
        __attribute__((vector_size(sizeof(lane_shorts)), may_alias, aligned(sizeof(int16_t))));
    return *(const loose_shorts *)(const void *)x;
}

/* The low halves of lanes, one after another. */
static inline void store_shorts(lane_integers x, int16_t *to)
{
    typedef int16_t narrow
        __attribute__((vector_size(N_LANES * sizeof(int16_t)), may_alias, aligned(sizeof(int16_t))));
    *(narrow *)(void *)to = __builtin_convertvector(x, narrow);
}

/* Of signed integers, not both -2^15: the products divided by 2^16, rounded down. */
static inline lane_shorts multiply_high(lane_shorts a, lane_shorts b)
{
#if defined(__AVX512BW__)
    return (lane_shorts)_mm512_mulhi_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (lane_shorts)_mm256_mulhi_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (lane_shorts)_mm_mulhi_epi16((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
    return (lane_shorts)vshrq_n_s16(vqdmulhq_s16((int16x8_t)a, (int16x8_t)b), 1);
#else
    return pair_shorts(low_shorts(a) * low_shorts(b) >> 16, high_shorts(a) * high_shorts(b) >> 16);
#endif
}

/* Of signed integers, b below 2^14: the products divided by 2^15, rounded to the nearest, ties up. */
static inline lane_shorts multiply_rounded(lane_shorts a, lane_shorts b)
{
#if defined(__AVX512BW__)
    return (lane_shorts)_mm512_mulhrs_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (lane_shorts)_mm256_mulhrs_epi16((__m256i)a, (__m256i)b);
#elif defined(__aarch64__)
    return (lane_shorts)vqrdmulhq_s16((int16x8_t)a, (int16x8_t)b);
#elif defined(__wasm_simd128__)
    return (lane_shorts)wasm_i16x8_q15mulr_sat((v128_t)a, (v128_t)b);
#else
    return multiply_high(a, 2 * b) + ((a * (2 * b)) >> 15);
#endif
}

/* Of signed integers: in each lane, the sum of the products of both pairs. */
static inline lane_integers multiply_pairs(lane_shorts a, lane_shorts b)
{
#if defined(__AVX512BW__)
    return (lane_integers)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (lane_integers)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (lane_integers)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
    const int16x8_t c = (int16x8_t)a, d = (int16x8_t)b;
    return (lane_integers)vpaddq_s32(vmull_s16(vget_low_s16(c), vget_low_s16(d)), vmull_high_s16(c, d));
#elif defined(__wasm_simd128__)
    return (lane_integers)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b);
#else
    return low_shorts(a) * low_shorts(b) + high_shorts(a) * high_shorts(b);
#endif
}
