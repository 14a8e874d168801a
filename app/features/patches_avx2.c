/* The loops of the map of patches, compiled for AVX2. */
#include <immintrin.h>

#include "features/patches_loops.h"

enum { QUARTERS = 4, QUARTER = PATCHES_GROUP / QUARTERS };

/* Adds the products of a row of a patch to 32-bit sums. Two products of a byte and a sign, and those of all words
 * of a row, are far within 16 bits. */
static void respond_to_row(const uint8_t *values, const int8_t *signs, __m256i sums[QUARTERS])
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i row_sums[QUARTERS];
    for (size_t q = 0; q < QUARTERS; q++)
        row_sums[q] = _mm256_setzero_si256();
    for (size_t word = 0; word < PATCHES_WORDS; word++) {
        int32_t bytes;
        memcpy(&bytes, values + word * PATCHES_WORD, sizeof bytes);
        const __m256i value = _mm256_set1_epi32(bytes);
        for (size_t q = 0; q < QUARTERS; q++) {
            const __m256i sign = _mm256_loadu_si256((const __m256i *)(const void *)signs);
            row_sums[q] = _mm256_add_epi16(row_sums[q], _mm256_maddubs_epi16(value, sign));
            signs += (size_t)QUARTER * PATCHES_WORD;
        }
    }
    for (size_t q = 0; q < QUARTERS; q++)
        sums[q] = _mm256_add_epi32(sums[q], _mm256_madd_epi16(row_sums[q], ones));
}

static void respond(const patches *p, size_t group, const uint8_t *points, tile sums)
{
    const int8_t *signs = p->signs + group * PATCHES_SIDE * PATCHES_WORDS * PATCHES_GROUP * PATCHES_WORD;
    for (size_t i = 0; i < PATCHES_TILE; i++) {
        __m256i quarters[QUARTERS];
        for (size_t q = 0; q < QUARTERS; q++)
            quarters[q] = _mm256_setzero_si256();
        for (size_t row = 0; row < PATCHES_SIDE; row++)
            respond_to_row(points + i * PATCHES_CHANNELS + row * row_bytes_of(p),
                           signs + row * PATCHES_WORDS * PATCHES_GROUP * PATCHES_WORD, quarters);
        for (size_t q = 0; q < QUARTERS; q++)
            _mm256_storeu_si256((__m256i *)(void *)(sums[i] + q * QUARTER), quarters[q]);
    }
}

const patches_loops patches_avx2 = {
    .isa = "avx2", .memory_bytes = memory_bytes, .transform = transform, .vjp = vjp};
