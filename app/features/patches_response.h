/*
 * The responses of a bank of filters to a tile of patches, written for each instruction set. They are sums of
 * integers, the same in any order. Included by patches_loops.c alone.
 *
 *   for each row of a patch, for each quad of its bytes, with the signs [32 filters][4 bytes] for both:
 *       responses[i][j] += sum over the 4 bytes k of points[13 i + 4 quad + k] * signs[j][k]
 */
#pragma once

#include <string.h>

#include "features/patches.h"

typedef int32_t tile_responses[PATCHES_TILE][PATCHES_BANK];

enum { QUAD_SIGNS = PATCHES_BANK * PATCHES_QUAD };

/* Bytes from one row of points to the next. */
static size_t point_row_bytes(const patches *p)
{
    return p->n_grid_columns * PATCHES_CHANNELS;
}

static const int8_t *signs_of_bank(const patches *p, size_t bank)
{
    return p->signs + bank * PATCHES_SIDE * PATCHES_QUADS * QUAD_SIGNS;
}

/* respond: the responses of a bank to the PATCHES_TILE patches i at points + i PATCHES_CHANNELS. */
#if defined(__AVX2__)
#include <immintrin.h>

/* The 4 bytes, as one integer. */
static int32_t quad_at(const uint8_t *bytes)
{
    int32_t quad;
    memcpy(&quad, bytes, sizeof quad);
    return quad;
}
#endif

#if defined(__AVX512VNNI__)

static void respond(const patches *p, size_t bank, const uint8_t *points, tile_responses responses)
{
    enum { HALF = PATCHES_BANK / 2 };
    const int8_t *signs = signs_of_bank(p, bank);
    __m512i low[PATCHES_TILE], high[PATCHES_TILE];
    for (size_t i = 0; i < PATCHES_TILE; i++)
        low[i] = high[i] = _mm512_setzero_si512();
    for (size_t row = 0; row < PATCHES_SIDE; row++, points += point_row_bytes(p)) {
        for (size_t quad = 0; quad < PATCHES_QUADS; quad++, signs += QUAD_SIGNS) {
            const __m512i low_signs = _mm512_loadu_si512(signs);
            const __m512i high_signs = _mm512_loadu_si512(signs + HALF * PATCHES_QUAD);
            for (size_t i = 0; i < PATCHES_TILE; i++) {
                const __m512i values =
                    _mm512_set1_epi32(quad_at(points + i * PATCHES_CHANNELS + quad * PATCHES_QUAD));
                low[i] = _mm512_dpbusd_epi32(low[i], values, low_signs);
                high[i] = _mm512_dpbusd_epi32(high[i], values, high_signs);
            }
        }
    }
    for (size_t i = 0; i < PATCHES_TILE; i++) {
        _mm512_storeu_si512(responses[i], low[i]);
        _mm512_storeu_si512(responses[i] + HALF, high[i]);
    }
}

#elif defined(__AVX2__)

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

#else

/* Sums the bytes of a quad separately, so that compilers vectorise it. 5 x 17 products fit into 16 bits. */
static void respond(const patches *p, size_t bank, const uint8_t *points, tile_responses responses)
{
    const int8_t *signs = signs_of_bank(p, bank);
    int16_t sums[PATCHES_TILE][QUAD_SIGNS] = {{0}};
    for (size_t row = 0; row < PATCHES_SIDE; row++, points += point_row_bytes(p)) {
        for (size_t quad = 0; quad < PATCHES_QUADS; quad++, signs += QUAD_SIGNS) {
            for (size_t i = 0; i < PATCHES_TILE; i++) {
                const uint8_t *values = points + i * PATCHES_CHANNELS + quad * PATCHES_QUAD;
                for (size_t j = 0; j < PATCHES_BANK; j++)
                    for (size_t k = 0; k < PATCHES_QUAD; k++)
                        sums[i][j * PATCHES_QUAD + k] += (int16_t)(values[k] * signs[j * PATCHES_QUAD + k]);
            }
        }
    }
    for (size_t i = 0; i < PATCHES_TILE; i++) {
        for (size_t j = 0; j < PATCHES_BANK; j++) {
            const int16_t *of_quad = sums[i] + j * PATCHES_QUAD;
            responses[i][j] = of_quad[0] + of_quad[1] + of_quad[2] + of_quad[3];
        }
    }
}

#endif
