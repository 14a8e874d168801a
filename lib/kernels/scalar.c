/* The kernels for any processor: the compiler makes vectors of whatever registers there are. */
enum { VECTOR_LANES = 4, SCORE_ROWS = 1, GRADIENT_VECTORS = 1, OUTER_VECTORS = 4 };

#include "dense.h"
#include "doubles.h"
#include "half.h"
#include "probabilities.h"
#include "sums.h"

SM_INLINE vector multiply_add(vector a, vector b, vector c)
{
    for (size_t j = 0; j < VECTOR_LANES; j++)
        c[j] = fmaf(a[j], b[j], c[j]);
    return c;
}

SM_INLINE vector load_bytes(const uint8_t *p)
{
    return (vector){p[0], p[1], p[2], p[3]};
}

SM_INLINE vector load_halves(const uint16_t *p)
{
    return (vector){sm_float_from_half(p[0]), sm_float_from_half(p[1]), sm_float_from_half(p[2]),
                    sm_float_from_half(p[3])};
}

SM_INLINE void exchange(size_t distance, vector *a, vector *b)
{
    const vector x = *a, y = *b;
    *a = distance == 2 ? (vector){x[0], x[1], y[0], y[1]} : (vector){x[0], y[0], x[2], y[2]};
    *b = distance == 2 ? (vector){x[2], x[3], y[2], y[3]} : (vector){x[1], y[1], x[3], y[3]};
}

const sm_kernels sm_kernels_scalar = {"scalar", scores, softmax,       gradient,        flush,       add_scaled,
                                      dot,      outer,  double_scores, double_gradient, double_outer};
