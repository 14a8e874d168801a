/* The kernels in AVX2 with FMA and F16C: two registers hold a chunk. */
#include <immintrin.h>

enum { VECTOR_LANES = 8, SCORE_ROWS = 1, GRADIENT_VECTORS = 1, OUTER_VECTORS = 2 };

#include "dense.h"
#include "doubles.h"
#include "probabilities.h"
#include "sums.h"

SM_INLINE vector multiply_add(vector a, vector b, vector c)
{
    return _mm256_fmadd_ps(a, b, c);
}

SM_INLINE vector load_bytes(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

SM_INLINE vector load_halves(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

SM_INLINE void exchange(size_t distance, vector *a, vector *b)
{
    const vector x = *a, y = *b;
    if (distance == 4) {
        *a = _mm256_permute2f128_ps(x, y, 0x20);
        *b = _mm256_permute2f128_ps(x, y, 0x31);
    } else if (distance == 2) {
        *a = _mm256_shuffle_ps(x, y, 0x44);
        *b = _mm256_shuffle_ps(x, y, 0xee);
    } else {
        *a = _mm256_blend_ps(x, _mm256_moveldup_ps(y), 0xaa);
        *b = _mm256_blend_ps(_mm256_movehdup_ps(x), y, 0xaa);
    }
}

const sm_kernels sm_kernels_avx2 = {"avx2", scores, softmax,       gradient,        flush,       add_scaled,
                                    dot,    outer,  double_scores, double_gradient, double_outer};
