/* The responses in plain C. */
#pragma once

#include "features/patches_response.h"

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
