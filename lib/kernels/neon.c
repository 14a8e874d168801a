/* The kernels in NEON (AArch64): four registers hold 16 lanes. */
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lanes {
    float32x4_t part[4];
} lanes;
typedef struct lane_mask {
    uint32x4_t part[4];
} lane_mask;

static inline lanes splat(float x)
{
    const float32x4_t v = vdupq_n_f32(x);
    return (lanes){{v, v, v, v}};
}

static inline lanes load(const float *p)
{
    return (lanes){{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}};
}

static inline lanes load_bytes(const uint8_t *p)
{
    const uint8x16_t bytes = vld1q_u8(p);
    const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
    return (lanes){{vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
                    vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))}};
}

static inline void store(float *p, lanes x)
{
    for (size_t i = 0; i < 4; i++)
        vst1q_f32(p + 4 * i, x.part[i]);
}

static inline lanes add(lanes a, lanes b)
{
    for (size_t i = 0; i < 4; i++)
        a.part[i] = vaddq_f32(a.part[i], b.part[i]);
    return a;
}

static inline lanes subtract(lanes a, lanes b)
{
    for (size_t i = 0; i < 4; i++)
        a.part[i] = vsubq_f32(a.part[i], b.part[i]);
    return a;
}

static inline lanes multiply(lanes a, lanes b)
{
    for (size_t i = 0; i < 4; i++)
        a.part[i] = vmulq_f32(a.part[i], b.part[i]);
    return a;
}

static inline lanes divide(lanes a, lanes b)
{
    for (size_t i = 0; i < 4; i++)
        a.part[i] = vdivq_f32(a.part[i], b.part[i]);
    return a;
}

static inline lanes multiply_add(lanes a, lanes b, lanes c)
{
    for (size_t i = 0; i < 4; i++)
        c.part[i] = vfmaq_f32(c.part[i], a.part[i], b.part[i]);
    return c;
}

static inline lane_mask greater(lanes a, lanes b)
{
    lane_mask mask;
    for (size_t i = 0; i < 4; i++)
        mask.part[i] = vcgtq_f32(a.part[i], b.part[i]);
    return mask;
}

static inline lanes choose(lane_mask mask, lanes yes, lanes no)
{
    for (size_t i = 0; i < 4; i++)
        yes.part[i] = vbslq_f32(mask.part[i], yes.part[i], no.part[i]);
    return yes;
}

/* 2^n for `shifted` as in sm_exp */
static inline lanes power_of_two(lanes shifted)
{
    for (size_t i = 0; i < 4; i++) {
        const uint32x4_t n = vshlq_n_u32(vreinterpretq_u32_f32(shifted.part[i]), 23);
        shifted.part[i] = vreinterpretq_f32_u32(vaddq_u32(n, vdupq_n_u32(UINT32_C(127) << 23)));
    }
    return shifted;
}

static inline void transpose(lanes rows[16])
{
    float in[16][16], out[16][16];
    for (size_t i = 0; i < 16; i++)
        store(in[i], rows[i]);
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 16; j++)
            out[j][i] = in[i][j];
    for (size_t i = 0; i < 16; i++)
        rows[i] = load(out[i]);
}

/* How much of a tile of sums, and of a group of rows, the registers hold. */
enum { OUTER_VECTORS = 1, GRADIENT_GROUP = 4 };

#include "wide.h"

const sm_kernels sm_kernels_neon = {
    .name = "neon",
    .scores = scores,
    .softmax = softmax,
    .gradient = gradient,
    .flush = flush,
    .add_scaled = add_scaled,
    .dot = dot,
    .outer = outer,
};
