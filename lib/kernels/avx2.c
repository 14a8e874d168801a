/* The kernels in AVX2 with FMA: two registers hold 16 lanes. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lanes {
    __m256 low, high;
} lanes;
typedef lanes lane_mask;

static inline lanes splat(float x)
{
    return (lanes){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}

static inline lanes load(const float *p)
{
    return (lanes){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}

static inline lanes load_bytes(const uint8_t *p)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (lanes){_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)),
                   _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)))};
}

static inline void store(float *p, lanes x)
{
    _mm256_storeu_ps(p, x.low);
    _mm256_storeu_ps(p + 8, x.high);
}

static inline lanes add(lanes a, lanes b)
{
    return (lanes){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}

static inline lanes subtract(lanes a, lanes b)
{
    return (lanes){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}

static inline lanes multiply(lanes a, lanes b)
{
    return (lanes){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}

static inline lanes divide(lanes a, lanes b)
{
    return (lanes){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}

static inline lanes multiply_add(lanes a, lanes b, lanes c)
{
    return (lanes){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}

static inline lane_mask greater(lanes a, lanes b)
{
    return (lanes){_mm256_cmp_ps(a.low, b.low, _CMP_GT_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_GT_OQ)};
}

static inline lanes choose(lane_mask mask, lanes yes, lanes no)
{
    return (lanes){_mm256_blendv_ps(no.low, yes.low, mask.low), _mm256_blendv_ps(no.high, yes.high, mask.high)};
}

static inline __m256 power_of_two_8(__m256 shifted)
{
    const __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(n, _mm256_set1_epi32(127 << 23)));
}

/* 2^n for `shifted` as in sm_exp */
static inline lanes power_of_two(lanes shifted)
{
    return (lanes){power_of_two_8(shifted.low), power_of_two_8(shifted.high)};
}

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
        in[0][i] = rows[i].low;
        in[1][i] = rows[i].high;
        in[2][i] = rows[i + 8].low;
        in[3][i] = rows[i + 8].high;
    }
    for (size_t quarter = 0; quarter < 4; quarter++)
        transpose_8(in[quarter], out[quarter]);
    for (size_t i = 0; i < 8; i++) {
        rows[i] = (lanes){out[0][i], out[2][i]};
        rows[i + 8] = (lanes){out[1][i], out[3][i]};
    }
}

/* How much of a tile of sums, and of a group of rows, the registers hold. */
enum { OUTER_VECTORS = 1, GRADIENT_GROUP = 4 };

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
