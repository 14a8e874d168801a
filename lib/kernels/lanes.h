/*
 * Vectors of floats, and the functions that the loops need from an instruction set. Private to the files of instruction
 * sets, each of which sets VECTOR_LANES, SCORE_ROWS and OUTER_VECTORS to suit its registers, includes the loops, defines
 * the functions that are only declared below, and fills in a table. Vectors are the compiler's own: a + b adds lane by
 * lane.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"

/* The vectors that make up a chunk. */
enum { N_VECTORS = SM_LANES / VECTOR_LANES };

typedef float vector __attribute__((vector_size(VECTOR_LANES * sizeof(float))));
typedef int32_t vector_mask
    __attribute__((vector_size(VECTOR_LANES * sizeof(int32_t)))); /* all bits of a lane, or none */
typedef uint32_t vector_bits __attribute__((vector_size(VECTOR_LANES * sizeof(uint32_t))));

/* Inlined, so that loops over constant bounds unroll and sums stay in registers. */
#define SM_INLINE static inline __attribute__((always_inline))

/* ---------------------------------------------------------------------------------------------- */
/* Functions of the instruction sets                                                               */

/* a b + c, rounded once. */
SM_INLINE vector multiply_add(vector a, vector b, vector c);

/* VECTOR_LANES bytes or halves as floats. */
SM_INLINE vector load_bytes(const uint8_t *p);
SM_INLINE vector load_halves(const uint16_t *p);

/* Swaps lane j + distance of a with lane j of b, for every lane j whose bit `distance` is 0. */
SM_INLINE void exchange(size_t distance, vector *a, vector *b);

/* ---------------------------------------------------------------------------------------------- */
/* Functions in the compiler's own vectors                                                         */

SM_INLINE vector load(const float *p)
{
    vector x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* load, for a value that is used SCORE_ROWS times. GCC would rather load again for each use. */
SM_INLINE vector load_once(const float *p)
{
    vector x = load(p);
#ifdef __AVX512F__
    __asm__("" : "+v"(x));
#endif
    return x;
}

SM_INLINE void store(float *p, vector x)
{
    memcpy(p, &x, sizeof x);
}

/* x in every lane; the difference keeps the sign of a 0. */
SM_INLINE vector splat(float x)
{
    return x - (vector){0};
}

SM_INLINE vector choose(vector_mask mask, vector yes, vector no)
{
    return (vector)((mask & (vector_mask)yes) | (~mask & (vector_mask)no));
}

/* A round of the transposition of a matrix: swaps the squares of this size next to its diagonal. */
SM_INLINE void transpose_squares(size_t size, vector rows[VECTOR_LANES])
{
    for (size_t i = 0; i < VECTOR_LANES; i++)
        if (!(i & size))
            exchange(size, &rows[i], &rows[i + size]);
}

/* Lane j of row i becomes lane i of row j. */
SM_INLINE void transpose(vector rows[VECTOR_LANES])
{
    transpose_squares(1, rows);
    transpose_squares(2, rows);
    if (VECTOR_LANES > 4)
        transpose_squares(4, rows);
    if (VECTOR_LANES > 8)
        transpose_squares(8, rows);
}

/* Adds the lanes a distance apart of 2 distance rows, and leaves the sums in the first half of them. */
SM_INLINE void add_distant(size_t distance, vector rows[VECTOR_LANES])
{
    for (size_t k = 0; k < distance; k++) {
        exchange(distance, &rows[k], &rows[k + distance]);
        rows[k] += rows[k + distance];
    }
}

/* Lane k of the result is the sum of the lanes of rows[k], which are overwritten. */
SM_INLINE vector sum_lanes_of_each(vector rows[VECTOR_LANES])
{
    if (VECTOR_LANES > 8)
        add_distant(8, rows);
    if (VECTOR_LANES > 4)
        add_distant(4, rows);
    add_distant(2, rows);
    add_distant(1, rows);
    return rows[0];
}
