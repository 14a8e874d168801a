/* The kernels in NEON (AArch64): four registers hold a chunk. */
#include <arm_neon.h>

enum { VECTOR_LANES = 4, SCORE_ROWS = 1, GRADIENT_VECTORS = 2, OUTER_VECTORS = 4 };

#include "dense.h"
#include "doubles.h"
#include "probabilities.h"
#include "sums.h"

SM_INLINE vector multiply_add(vector a, vector b, vector c)
{
    return vfmaq_f32(c, a, b);
}

SM_INLINE vector load_bytes(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}

SM_INLINE vector load_halves(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

SM_INLINE void exchange(size_t distance, vector *a, vector *b)
{
    const vector x = *a, y = *b;
    *a = distance == 2 ? vcombine_f32(vget_low_f32(x), vget_low_f32(y)) : vtrn1q_f32(x, y);
    *b = distance == 2 ? vcombine_f32(vget_high_f32(x), vget_high_f32(y)) : vtrn2q_f32(x, y);
}

const sm_kernels sm_kernels_neon = {"neon", scores, softmax,       gradient,        flush,       add_scaled,
                                    dot,    outer,  double_scores, double_gradient, double_outer};
