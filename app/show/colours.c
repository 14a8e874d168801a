#include "show/colours.h"

#include <math.h>

static const rgb red = {178, 24, 43}, blue = {33, 102, 172}, dark_blue = {8, 48, 107};

static uint8_t mix_channel(uint8_t from, uint8_t to, double share)
{
    return (uint8_t)lround((double)from + share * ((double)to - (double)from));
}

rgb colour_mix(rgb from, rgb to, double share)
{
    const double s = fmin(fmax(share, 0), 1);
    return (rgb){mix_channel(from.red, to.red, s), mix_channel(from.green, to.green, s),
                 mix_channel(from.blue, to.blue, s)};
}

double colour_range(size_t n, const float *values)
{
    float range = 0;
    for (size_t i = 0; i < n; i++)
        range = fmaxf(range, fabsf(values[i]));
    return (double)range;
}

rgb colour_diverging(double value)
{
    return colour_mix(colour_white, value < 0 ? red : blue, fabs(value));
}

rgb colour_sequential(double value)
{
    return colour_mix(colour_white, dark_blue, value);
}

rgb colour_legible_on(rgb background)
{
    /* luma of Rec. 601 */
    const double luma = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
    return luma > 140 ? colour_black : colour_white;
}
