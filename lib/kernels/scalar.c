/* The kernels for any processor: the compiler makes vectors of whatever registers there are. */
enum { VECTOR_LANES = 4, SCORE_ROWS = 1, GRADIENT_VECTORS = 1, OUTER_VECTORS = 4 };

#include "dense.h"
#include "doubles.h"
#include "half.h"
#include "probabilities.h"
#include "sums.h"

/* The product of two floats is exact as a double. The sum is rounded to odd: where it is not exact, to that neighbour whose
 * last bit is 1. Then rounding it to a float gives what rounding the exact sum would give. (Boldo & Melquiond 2008, Emulation
 * of FMA and correctly rounded sums: proved algorithms using rounding to odd, IEEE Transactions on Computers 57.) */
SM_INLINE vector multiply_add(vector a, vector b, vector c)
{
    typedef double wide __attribute__((vector_size(VECTOR_LANES * sizeof(double))));
    typedef int64_t wide_bits __attribute__((vector_size(VECTOR_LANES * sizeof(int64_t))));
    const wide product = __builtin_convertvector(a, wide) * __builtin_convertvector(b, wide);
    const wide addend = __builtin_convertvector(c, wide), sum = product + addend, added = sum - product;
    const wide error = (product - (sum - added)) + (addend - added); /* exact; NaN if the sum is not finite */
    const wide_bits is_inexact = (error > 0) | (error < 0), is_even = ((wide_bits)sum & 1) - 1;
    const wide_bits step = ((error > 0) ^ (sum > 0)) | 1; /* towards the exact sum */
    const wide_bits odd = (wide_bits)sum + (step & is_inexact & is_even);
    return __builtin_convertvector((wide)odd, vector);
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
