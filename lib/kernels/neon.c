/* The kernels in NEON (AArch64): four registers hold 16 lanes. */
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VECTOR_LANES = 4 };
typedef float32x4_t vector;
typedef uint32x4_t vector_mask;

static inline vector vector_splat(float x)
{
    return vdupq_n_f32(x);
}

static inline vector vector_load(const float *p)
{
    return vld1q_f32(p);
}

/* vector_load, for more than one use */
static inline vector vector_load_once(const float *p)
{
    return vld1q_f32(p);
}

static inline vector vector_load_bytes(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}

static inline vector vector_load_halves(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

static inline void vector_store(float *p, vector x)
{
    vst1q_f32(p, x);
}

static inline vector vector_add(vector a, vector b)
{
    return vaddq_f32(a, b);
}

static inline vector vector_subtract(vector a, vector b)
{
    return vsubq_f32(a, b);
}

static inline vector vector_multiply(vector a, vector b)
{
    return vmulq_f32(a, b);
}

static inline vector vector_divide(vector a, vector b)
{
    return vdivq_f32(a, b);
}

static inline vector vector_multiply_add(vector a, vector b, vector c)
{
    return vfmaq_f32(c, a, b);
}

static inline vector vector_subtract_product(vector c, vector a, vector b)
{
    return vfmsq_f32(c, a, b);
}

static inline vector_mask vector_greater(vector a, vector b)
{
    return vcgtq_f32(a, b);
}

static inline vector vector_choose(vector_mask mask, vector yes, vector no)
{
    return vbslq_f32(mask, yes, no);
}

/* 2^n for `shifted` as in sm_exp */
static inline vector vector_power_of_two(vector shifted)
{
    const uint32x4_t n = vshlq_n_u32(vreinterpretq_u32_f32(shifted), 23);
    return vreinterpretq_f32_u32(vaddq_u32(n, vdupq_n_u32(UINT32_C(127) << 23)));
}

#include "lanes.h"

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

static inline float32x4_t quarters(lanes v)
{
    return vaddq_f32(vaddq_f32(v.part[0], v.part[2]), vaddq_f32(v.part[1], v.part[3]));
}

/* The sums a distance of 2 apart, of two vectors. */
static inline float32x4_t halves(float32x4_t a, float32x4_t b)
{
    return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
                     vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}

/* Lane k of the result is the sum of the lanes of v[k]: those a distance of 8, then 4, 2 and 1 apart are
 * added. */
static inline lanes sum_each(const lanes v[16])
{
    lanes sums;
    for (size_t i = 0; i < 4; i++) {
        const float32x4_t a = halves(quarters(v[4 * i]), quarters(v[4 * i + 1]));
        const float32x4_t b = halves(quarters(v[4 * i + 2]), quarters(v[4 * i + 3]));
        sums.part[i] = vpaddq_f32(a, b);
    }
    return sums;
}

/* How much the registers hold: vectors of a tile of sums, and rows whose scores are summed at once. */
enum { OUTER_VECTORS = 1, SCORE_ROWS = 1 };

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
