/* The kernels in AVX-512: one register holds 16 lanes. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef __m512 lanes;
typedef __mmask16 lane_mask;

static inline lanes splat(float x)
{
    return _mm512_set1_ps(x);
}

static inline lanes load(const float *p)
{
    return _mm512_loadu_ps(p);
}

static inline lanes load_bytes(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

static inline void store(float *p, lanes x)
{
    _mm512_storeu_ps(p, x);
}

static inline lanes add(lanes a, lanes b)
{
    return _mm512_add_ps(a, b);
}

static inline lanes subtract(lanes a, lanes b)
{
    return _mm512_sub_ps(a, b);
}

static inline lanes multiply(lanes a, lanes b)
{
    return _mm512_mul_ps(a, b);
}

static inline lanes divide(lanes a, lanes b)
{
    return _mm512_div_ps(a, b);
}

static inline lanes multiply_add(lanes a, lanes b, lanes c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline lane_mask greater(lanes a, lanes b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

static inline lanes choose(lane_mask mask, lanes yes, lanes no)
{
    return _mm512_mask_blend_ps(mask, no, yes);
}

/* 2^n for `shifted` as in sm_exp */
static inline lanes power_of_two(lanes shifted)
{
    const __m512i n = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(n, _mm512_set1_epi32(127 << 23)));
}

/* Four rounds of pairwise exchange: single lanes, pairs, quarters, halves. */
static inline void transpose(lanes rows[16])
{
    lanes t[16], u[16];
    for (size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (size_t i = 0; i < 16; i += 4) {
        for (size_t j = 0; j < 2; j++) {
            const __m512d a = _mm512_castps_pd(t[i + j]), b = _mm512_castps_pd(t[i + j + 2]);
            u[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            u[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    }
    for (size_t j = 0; j < 4; j++) {
        t[j] = _mm512_shuffle_f32x4(u[j], u[j + 4], 0x88);
        t[j + 4] = _mm512_shuffle_f32x4(u[j], u[j + 4], 0xdd);
        t[j + 8] = _mm512_shuffle_f32x4(u[j + 8], u[j + 12], 0x88);
        t[j + 12] = _mm512_shuffle_f32x4(u[j + 8], u[j + 12], 0xdd);
    }
    for (size_t j = 0; j < 4; j++) {
        rows[j] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0x88);
        rows[j + 8] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0xdd);
        rows[j + 4] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0x88);
        rows[j + 12] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0xdd);
    }
}

/* How much of a tile of sums, and of a group of rows, the registers hold. */
enum { OUTER_VECTORS = 4, GRADIENT_GROUP = 4 };

#include "wide.h"

const sm_kernels sm_kernels_avx512 = {
    .name = "avx512",
    .scores = scores,
    .softmax = softmax,
    .gradient = gradient,
    .flush = flush,
    .add_scaled = add_scaled,
    .dot = dot,
    .outer = outer,
};
