/*
 * 16 floats as one value, made of as many vectors of an instruction set as it takes. Private to the library,
 * and to the file of an instruction set that includes it, after it has defined `vector`, `vector_mask`,
 * VECTOR_LANES and the operations vector_... that are used here.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

enum { N_PARTS = SM_LANES / VECTOR_LANES };

typedef struct lanes {
    vector part[N_PARTS];
} lanes;

typedef struct lane_mask {
    vector_mask part[N_PARTS];
} lane_mask;

static inline lanes splat(float x)
{
    lanes result;
    for (size_t i = 0; i < N_PARTS; i++)
        result.part[i] = vector_splat(x);
    return result;
}

static inline lanes load(const float *p)
{
    lanes result;
    for (size_t i = 0; i < N_PARTS; i++)
        result.part[i] = vector_load(p + i * VECTOR_LANES);
    return result;
}

static inline void store(float *p, lanes x)
{
    for (size_t i = 0; i < N_PARTS; i++)
        vector_store(p + i * VECTOR_LANES, x.part[i]);
}

static inline lanes add(lanes a, lanes b)
{
    for (size_t i = 0; i < N_PARTS; i++)
        a.part[i] = vector_add(a.part[i], b.part[i]);
    return a;
}

static inline lanes subtract(lanes a, lanes b)
{
    for (size_t i = 0; i < N_PARTS; i++)
        a.part[i] = vector_subtract(a.part[i], b.part[i]);
    return a;
}

static inline lanes multiply(lanes a, lanes b)
{
    for (size_t i = 0; i < N_PARTS; i++)
        a.part[i] = vector_multiply(a.part[i], b.part[i]);
    return a;
}

static inline lanes divide(lanes a, lanes b)
{
    for (size_t i = 0; i < N_PARTS; i++)
        a.part[i] = vector_divide(a.part[i], b.part[i]);
    return a;
}

/* a b + c, rounded once */
static inline lanes multiply_add(lanes a, lanes b, lanes c)
{
    for (size_t i = 0; i < N_PARTS; i++)
        c.part[i] = vector_multiply_add(a.part[i], b.part[i], c.part[i]);
    return c;
}

/* c - a b, rounded once */
static inline lanes subtract_product(lanes c, lanes a, lanes b)
{
    for (size_t i = 0; i < N_PARTS; i++)
        c.part[i] = vector_subtract_product(c.part[i], a.part[i], b.part[i]);
    return c;
}

static inline lane_mask greater(lanes a, lanes b)
{
    lane_mask result;
    for (size_t i = 0; i < N_PARTS; i++)
        result.part[i] = vector_greater(a.part[i], b.part[i]);
    return result;
}

static inline lanes choose(lane_mask mask, lanes yes, lanes no)
{
    for (size_t i = 0; i < N_PARTS; i++)
        yes.part[i] = vector_choose(mask.part[i], yes.part[i], no.part[i]);
    return yes;
}

static inline lanes power_of_two(lanes shifted)
{
    for (size_t i = 0; i < N_PARTS; i++)
        shifted.part[i] = vector_power_of_two(shifted.part[i]);
    return shifted;
}
