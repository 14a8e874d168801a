/* The kernels in AVX2 with FMA: two registers hold 16 lanes. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { VECTOR_LANES = 8 };
typedef __m256 vector;
typedef __m256 vector_mask;

static inline vector vector_splat(float x)
{
    return _mm256_set1_ps(x);
}

static inline vector vector_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

/* vector_load, for more than one use */
static inline vector vector_load_once(const float *p)
{
    return _mm256_loadu_ps(p);
}

static inline vector vector_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

static inline vector vector_load_halves(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline void vector_store(float *p, vector x)
{
    _mm256_storeu_ps(p, x);
}

static inline vector vector_add(vector a, vector b)
{
    return _mm256_add_ps(a, b);
}

static inline vector vector_subtract(vector a, vector b)
{
    return _mm256_sub_ps(a, b);
}

static inline vector vector_multiply(vector a, vector b)
{
    return _mm256_mul_ps(a, b);
}

static inline vector vector_divide(vector a, vector b)
{
    return _mm256_div_ps(a, b);
}

static inline vector vector_multiply_add(vector a, vector b, vector c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vector vector_subtract_product(vector c, vector a, vector b)
{
    return _mm256_fnmadd_ps(a, b, c);
}

static inline vector_mask vector_greater(vector a, vector b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

static inline vector vector_choose(vector_mask mask, vector yes, vector no)
{
    return _mm256_blendv_ps(no, yes, mask);
}

/* 2^n for `shifted` as in sm_exp */
static inline vector vector_power_of_two(vector shifted)
{
    const __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(n, _mm256_set1_epi32(127 << 23)));
}

#include "lanes.h"

/* Three rounds of pairwise exchange: single lanes, pairs, halves. */
static inline void transpose_8(const __m256 *in, __m256 *out)
{
    __m256 t[8], u[8];
    for (size_t i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(in[i], in[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(in[i], in[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        for (size_t j = 0; j < 2; j++) {
            u[i + 2 * j] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0x44);
            u[i + 2 * j + 1] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0xee);
        }
    }
    for (size_t j = 0; j < 4; j++) {
        out[j] = _mm256_permute2f128_ps(u[j], u[j + 4], 0x20);
        out[j + 4] = _mm256_permute2f128_ps(u[j], u[j + 4], 0x31);
    }
}

static inline void transpose(lanes rows[16])
{
    __m256 in[4][8], out[4][8]; /* quarters: upper left, upper right, lower left, lower right */
    for (size_t i = 0; i < 8; i++) {
        in[0][i] = rows[i].part[0];
        in[1][i] = rows[i].part[1];
        in[2][i] = rows[i + 8].part[0];
        in[3][i] = rows[i + 8].part[1];
    }
    for (size_t quarter = 0; quarter < 4; quarter++)
        transpose_8(in[quarter], out[quarter]);
    for (size_t i = 0; i < 8; i++) {
        rows[i] = (lanes){{out[0][i], out[2][i]}};
        rows[i + 8] = (lanes){{out[1][i], out[3][i]}};
    }
}

/* The sums of the lanes of eight vectors: those a distance of 8, then 4, 2 and 1 apart are added. */
static inline __m256 sum_each_8(const lanes *v)
{
    __m256 pairs[4];
    for (size_t j = 0; j < 4; j++) {
        const __m256 a = _mm256_add_ps(v[j].part[0], v[j].part[1]);
        const __m256 b = _mm256_add_ps(v[4 + j].part[0], v[4 + j].part[1]);
        pairs[j] = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
    }
    const __m256 *p = pairs;
    const __m256 a = _mm256_add_ps(_mm256_shuffle_ps(p[0], p[1], 0x44), _mm256_shuffle_ps(p[0], p[1], 0xee));
    const __m256 b = _mm256_add_ps(_mm256_shuffle_ps(p[2], p[3], 0x44), _mm256_shuffle_ps(p[2], p[3], 0xee));
    return _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x88), _mm256_shuffle_ps(a, b, 0xdd));
}

/* Lane k of the result is the sum of the lanes of v[k]. */
static inline lanes sum_each(const lanes v[16])
{
    return (lanes){{sum_each_8(v), sum_each_8(v + 8)}};
}

/* How much the registers hold: vectors of a tile of sums, and rows whose scores are summed at once. */
enum { OUTER_VECTORS = 1, SCORE_ROWS = 1 };

#include "wide.h"

const sm_kernels sm_kernels_avx2 = {
    .name = "avx2",
    .scores = scores,
    .softmax = softmax,
    .gradient = gradient,
    .flush = flush,
    .add_scaled = add_scaled,
    .dot = dot,
    .outer = outer,
};
