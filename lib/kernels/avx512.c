/* The kernels in AVX-512: one register holds 16 lanes. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { VECTOR_LANES = 16 };
typedef __m512 vector;
typedef __mmask16 vector_mask;

static inline vector vector_splat(float x)
{
    return _mm512_set1_ps(x);
}

static inline vector vector_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

/* vector_load, for more than one use: GCC would rather load again for each of them. */
static inline vector vector_load_once(const float *p)
{
    vector x = vector_load(p);
    __asm__("" : "+v"(x));
    return x;
}

static inline vector vector_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

static inline vector vector_load_halves(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

static inline void vector_store(float *p, vector x)
{
    _mm512_storeu_ps(p, x);
}

static inline vector vector_add(vector a, vector b)
{
    return _mm512_add_ps(a, b);
}

static inline vector vector_subtract(vector a, vector b)
{
    return _mm512_sub_ps(a, b);
}

static inline vector vector_multiply(vector a, vector b)
{
    return _mm512_mul_ps(a, b);
}

static inline vector vector_divide(vector a, vector b)
{
    return _mm512_div_ps(a, b);
}

static inline vector vector_multiply_add(vector a, vector b, vector c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vector vector_subtract_product(vector c, vector a, vector b)
{
    return _mm512_fnmadd_ps(a, b, c);
}

static inline vector_mask vector_greater(vector a, vector b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

static inline vector vector_choose(vector_mask mask, vector yes, vector no)
{
    return _mm512_mask_blend_ps(mask, no, yes);
}

/* 2^n for `shifted` as in sm_exp */
static inline vector vector_power_of_two(vector shifted)
{
    const __m512i n = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(n, _mm512_set1_epi32(127 << 23)));
}

#include "lanes.h"

/* Four rounds of pairwise exchange: single lanes, pairs, quarters, halves. */
static inline void transpose(lanes rows[16])
{
    __m512 t[16], u[16];
    for (size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(rows[i].part[0], rows[i + 1].part[0]);
        t[i + 1] = _mm512_unpackhi_ps(rows[i].part[0], rows[i + 1].part[0]);
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
        rows[j].part[0] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0x88);
        rows[j + 8].part[0] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0xdd);
        rows[j + 4].part[0] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0x88);
        rows[j + 12].part[0] = _mm512_shuffle_f32x4(t[j + 4], t[j + 12], 0xdd);
    }
}

static inline __m512 sum_halves(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}

static inline __m512 sum_quarters(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

/* Lane k of the result is the sum of the lanes of v[k]: those a distance of 8, then 4, 2 and 1 apart are
 * added, of two vectors at a time. */
static inline lanes sum_each(const lanes v[16])
{
    __m512 q[4];
    for (size_t j = 0; j < 4; j++)
        q[j] = sum_quarters(sum_halves(v[j].part[0], v[4 + j].part[0]),
                            sum_halves(v[8 + j].part[0], v[12 + j].part[0]));
    const __m512 a = _mm512_add_ps(_mm512_shuffle_ps(q[0], q[1], 0x44), _mm512_shuffle_ps(q[0], q[1], 0xee));
    const __m512 b = _mm512_add_ps(_mm512_shuffle_ps(q[2], q[3], 0x44), _mm512_shuffle_ps(q[2], q[3], 0xee));
    return (lanes){{_mm512_add_ps(_mm512_shuffle_ps(a, b, 0x88), _mm512_shuffle_ps(a, b, 0xdd))}};
}

/* How much the registers hold: vectors of a tile of sums, and rows whose scores are summed at once. */
enum { OUTER_VECTORS = 4, SCORE_ROWS = 2 };

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
