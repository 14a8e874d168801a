/* Vectors as wide as the registers of the instruction set that a file is compiled for. Included by the files of inner
 * loops alone. */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
enum { N_LANES = 16 };
#elif defined(__AVX2__)
enum { N_LANES = 8 };
#else
enum { N_LANES = 4 };
#endif

typedef float lane_vector __attribute__((vector_size(N_LANES * sizeof(float)), may_alias));
typedef int32_t lane_integers __attribute__((vector_size(N_LANES * sizeof(int32_t)), may_alias));

/* The numbers of these indices from two vectors. */
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (lane_integers){__VA_ARGS__})
#endif

/* The same in memory, aligned as single numbers are. */
typedef float loose_vector __attribute__((vector_size(N_LANES * sizeof(float)), may_alias, aligned(sizeof(float))));
typedef int32_t loose_integers
    __attribute__((vector_size(N_LANES * sizeof(int32_t)), may_alias, aligned(sizeof(int32_t))));

static inline lane_vector load_lanes(const float *x)
{
    return *(const loose_vector *)(const void *)x;
}

static inline void store_lanes(lane_vector x, float *to)
{
    *(loose_vector *)(void *)to = x;
}

static inline lane_integers load_integers(const int32_t *x)
{
    return *(const loose_integers *)(const void *)x;
}

static inline void store_integers(lane_integers x, int32_t *to)
{
    *(loose_integers *)(void *)to = x;
}

static inline lane_vector square_root(lane_vector x)
{
    lane_vector root = x;
    for (size_t lane = 0; lane < N_LANES; lane++)
        root[lane] = sqrtf(x[lane]);
    return root;
}

/* x where the mask is -1, and 0 where it is 0. */
static inline lane_vector keep_where(lane_integers mask, lane_vector x)
{
    return (lane_vector)((lane_integers)x & mask);
}

/* From rows of a square matrix to its columns: as often as there are bits in a lane's index, the upper half of the vectors is
 * interleaved with the lower half. */
static inline void transpose_lanes(lane_vector x[N_LANES])
{
    for (size_t n = 1; n < N_LANES; n *= 2) {
        lane_vector mixed[N_LANES];
        for (size_t i = 0; i < N_LANES / 2; i++) {
            const lane_vector a = x[i], b = x[i + N_LANES / 2];
#if defined(__AVX512F__)
            mixed[2 * i] = SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            mixed[2 * i + 1] = SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif defined(__AVX2__)
            mixed[2 * i] = SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
            mixed[2 * i + 1] = SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
            mixed[2 * i] = SHUFFLE(a, b, 0, 4, 1, 5);
            mixed[2 * i + 1] = SHUFFLE(a, b, 2, 6, 3, 7);
#endif
        }
        for (size_t i = 0; i < N_LANES; i++)
            x[i] = mixed[i];
    }
}
