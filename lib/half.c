/* Arrays of floats and halves. */
#include "kernels/half.h"
#include "softmax.h"

size_t sm_type_bytes(sm_type type)
{
    switch (type) {
    case SM_U8:
        return sizeof(uint8_t);
    case SM_F16:
        return sizeof(uint16_t);
    case SM_F32:
        return sizeof(float);
    case SM_F64:
        break;
    }
    return sizeof(double);
}

void sm_to_halves(size_t n, const float *values, uint16_t *halves)
{
    for (size_t i = 0; i < n; i++)
        halves[i] = sm_half_from_float(values[i]);
}

void sm_from_halves(size_t n, const uint16_t *halves, float *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] = sm_float_from_half(halves[i]);
}
