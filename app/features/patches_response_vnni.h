/* The responses in the vectors of AVX-512 with VNNI. */
#pragma once

#include <immintrin.h>

#include "features/patches_response.h"

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
