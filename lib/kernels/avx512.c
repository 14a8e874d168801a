/* The kernels in AVX-512: one register holds a chunk. */
#include <immintrin.h>

enum { VECTOR_LANES = 16, SCORE_ROWS = 2, GRADIENT_VECTORS = 2, OUTER_VECTORS = 4 };

#include "dense.h"
#include "doubles.h"
#include "probabilities.h"
#include "sums.h"

SM_INLINE vector multiply_add(vector a, vector b, vector c)
{
    return _mm512_fmadd_ps(a, b, c);
}

SM_INLINE vector load_bytes(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

SM_INLINE vector load_halves(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

SM_INLINE void exchange(size_t distance, vector *a, vector *b)
{
    const vector x = *a, y = *b;
    if (distance == 8) {
        *a = _mm512_shuffle_f32x4(x, y, 0x44);
        *b = _mm512_shuffle_f32x4(x, y, 0xee);
    } else if (distance == 4) {
        *a = _mm512_mask_shuffle_f32x4(x, 0xf0f0, y, y, 0xa0);
        *b = _mm512_mask_shuffle_f32x4(y, 0x0f0f, x, x, 0xf5);
    } else if (distance == 2) {
        *a = _mm512_shuffle_ps(x, y, 0x44);
        *b = _mm512_shuffle_ps(x, y, 0xee);
    } else {
        *a = _mm512_mask_moveldup_ps(x, 0xaaaa, y);
        *b = _mm512_mask_movehdup_ps(y, 0x5555, x);
    }
}

const sm_kernels sm_kernels_avx512 = {"avx512", scores, softmax,       gradient,        flush,       add_scaled,
                                      dot,      outer,  double_scores, double_gradient, double_outer};
