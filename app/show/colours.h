/* Colour maps: from a number to a colour. */
#pragma once

#include "show/canvas.h"

/* From one colour (share 0) to another (share 1), linear in each channel; other shares are clamped. */
rgb colour_mix(rgb from, rgb to, double share);

/* The largest magnitude of values [n]: 1 on the scale of colour_diverging. */
double colour_range(size_t n, const float *values);

/* -1 red, 0 white, 1 blue, and linear in between; other values are clamped. */
rgb colour_diverging(double value);

/* 0 white to 1 dark blue, linear in between; other values are clamped. */
rgb colour_sequential(double value);

/* Black or white, whichever is legible on this background. */
rgb colour_legible_on(rgb background);
