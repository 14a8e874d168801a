/* The axis of a chart, and the round numbers that mark it. */
#pragma once

#include <stddef.h>

/* From low to high, low < high, in n_steps steps of 1, 2 or 5 times a power of 10. */
typedef struct axis {
    double low, high, step;
    size_t n_steps;
} axis;

enum { AXIS_TEXT_SIZE = 32 };

/* An axis of about n_wanted steps, 1 to 100, that includes values [n], except those that are not finite or beyond
 * 1e300. If all are equal it extends on both sides of them; if there are none it is from 0 to 1. */
axis axis_for(size_t n, const double *values, size_t n_wanted);

/* The position of a finite value: 0 at low, 1 at high, less or more outside. */
double axis_share(const axis *a, double value);

/* The value at mark i, 0 to n_steps. */
double axis_mark(const axis *a, size_t i);

/* Prints it with as many decimals as distinguish the marks; text [AXIS_TEXT_SIZE]. */
void axis_text(const axis *a, size_t i, char *text);
