/* The responses in the vectors of AVX2. */
#pragma once

#include <immintrin.h>

#include "features/patches_response.h"

enum { QUARTERS = 4, QUARTER = PATCHES_BANK / QUARTERS };

/* Adds the products of a row of a patch, whose sums fit into 16 bits, to 32-bit sums. */
static void respond_to_row(const uint8_t *values, const int8_t *signs, __m256i sums[QUARTERS])
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i row_sums[QUARTERS];
    for (size_t q = 0; q < QUARTERS; q++)
        row_sums[q] = _mm256_setzero_si256();
    for (size_t quad = 0; quad < PATCHES_QUADS; quad++) {
        const __m256i value = _mm256_set1_epi32(quad_at(values + quad * PATCHES_QUAD));
        for (size_t q = 0; q < QUARTERS; q++, signs += (size_t)QUARTER * PATCHES_QUAD) {
            const __m256i sign = _mm256_loadu_si256((const __m256i *)(const void *)signs);
            row_sums[q] = _mm256_add_epi16(row_sums[q], _mm256_maddubs_epi16(value, sign));
        }
    }
    for (size_t q = 0; q < QUARTERS; q++)
        sums[q] = _mm256_add_epi32(sums[q], _mm256_madd_epi16(row_sums[q], ones));
}

static void respond(const patches *p, size_t bank, const uint8_t *points, tile_responses responses)
{
    const int8_t *signs = signs_of_bank(p, bank);
    for (size_t i = 0; i < PATCHES_TILE; i++) {
        __m256i sums[QUARTERS];
        for (size_t q = 0; q < QUARTERS; q++)
            sums[q] = _mm256_setzero_si256();
        for (size_t row = 0; row < PATCHES_SIDE; row++)
            respond_to_row(points + i * PATCHES_CHANNELS + row * point_row_bytes(p),
                           signs + row * PATCHES_QUADS * QUAD_SIGNS, sums);
        for (size_t q = 0; q < QUARTERS; q++)
            _mm256_storeu_si256((__m256i *)(void *)(responses[i] + q * QUARTER), sums[q]);
    }
}
