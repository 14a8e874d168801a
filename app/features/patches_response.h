/*
 * The responses of a bank of filters to a tile of patches, written for each instruction set in a file of its
 * own, all of which define respond. They are sums of integers, the same in any order. patches_loops.c includes the right one.
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

/* The 4 bytes, as one integer. */
static inline int32_t quad_at(const uint8_t *bytes)
{
    int32_t quad;
    memcpy(&quad, bytes, sizeof quad);
    return quad;
}

/* The responses of a bank to the PATCHES_TILE patches i at points + i PATCHES_CHANNELS. */
static void respond(const patches *p, size_t bank, const uint8_t *points, tile_responses responses);
