/* The loops of the map of patches, compiled for AVX-512 with products of bytes (VNNI). */
#include <immintrin.h>

#include "features/patches_loops.h"

enum { HALF = PATCHES_GROUP / 2 };

static void respond(const patches *p, size_t group, const uint8_t *points, tile sums)
{
    const int8_t *signs = p->signs + group * PATCHES_SIDE * PATCHES_WORDS * PATCHES_GROUP * PATCHES_WORD;
    __m512i low[PATCHES_TILE], high[PATCHES_TILE];
    for (size_t i = 0; i < PATCHES_TILE; i++)
        low[i] = high[i] = _mm512_setzero_si512();
    for (size_t row = 0; row < PATCHES_SIDE; row++) {
        for (size_t word = 0; word < PATCHES_WORDS; word++) {
            const __m512i low_signs = _mm512_loadu_si512(signs);
            const __m512i high_signs = _mm512_loadu_si512(signs + HALF * PATCHES_WORD);
            for (size_t i = 0; i < PATCHES_TILE; i++) {
                int32_t bytes;
                memcpy(&bytes, points + i * PATCHES_CHANNELS + word * PATCHES_WORD, sizeof bytes);
                const __m512i values = _mm512_set1_epi32(bytes);
                low[i] = _mm512_dpbusd_epi32(low[i], values, low_signs);
                high[i] = _mm512_dpbusd_epi32(high[i], values, high_signs);
            }
            signs += (size_t)PATCHES_GROUP * PATCHES_WORD;
        }
        points += row_bytes_of(p);
    }
    for (size_t i = 0; i < PATCHES_TILE; i++) {
        _mm512_storeu_si512(sums[i], low[i]);
        _mm512_storeu_si512(sums[i] + HALF, high[i]);
    }
}

const patches_loops patches_avx512 = {
    .isa = "avx512", .memory_bytes = memory_bytes, .transform = transform, .vjp = vjp};
