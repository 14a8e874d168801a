/* The loops of the map of patches, compiled for whatever the compiler takes for granted. */
#include "features/patches_loops.h"

static void respond(const patches *p, size_t group, const uint8_t *points, tile sums)
{
    const int8_t *signs = p->rows + group * PATCHES_GROUP * PATCHES_SIDE * PATCHES_ROW;
    for (size_t j = 0; j < PATCHES_GROUP; j++, signs += PATCHES_SIDE * PATCHES_ROW) {
        for (size_t i = 0; i < PATCHES_TILE; i++) {
            int32_t sum = 0;
            for (size_t row = 0; row < PATCHES_SIDE; row++) {
                const uint8_t *values = points + i * PATCHES_CHANNELS + row * row_bytes_of(p);
                for (size_t k = 0; k < PATCHES_ROW; k++)
                    sum += values[k] * signs[row * PATCHES_ROW + k];
            }
            sums[i][j] = sum;
        }
    }
}

const patches_loops patches_plain = {
    .isa = "plain", .memory_bytes = memory_bytes, .transform = transform, .vjp = vjp};
