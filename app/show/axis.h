/* Which numbers stand along the axis of a chart. */
#pragma once

#include <stddef.h>

/* From low to high, low < high, in n_steps steps of 1, 2 or 5 times a power of 10. */
typedef struct axis {
    double low, high, step;
    size_t n_steps;
} axis;

enum { AXIS_TEXT_SIZE = 32 };

/* An axis of about n_wanted steps, 1 to 100, that holds values [n]; those that are not finite, or beyond 1e300, do
 * not count. Where they are all the same it goes beyond them on both sides, and where there are none from 0 to 1. */
axis axis_for(size_t n, const double *values, size_t n_wanted);

/* Where a finite value lies on the axis: 0 low to 1 high, and beyond these for one outside. */
double axis_share(const axis *a, double value);

/* The number of mark i, 0 to n_steps, with as many decimals as tell the marks apart; text [AXIS_TEXT_SIZE]. */
void axis_text(const axis *a, size_t i, char *text);
