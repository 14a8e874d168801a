/* Charts as inline SVG, with colours and fonts from the style sheet of the page. */
#pragma once

#include "base/buffer.h"

/* An axis from low to high, low < high, in n_steps steps of 1, 2 or 5 times a power of 10. */
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

/* Prints the value at mark i, 0 to n_steps, with as many decimals as distinguish the marks; text [AXIS_TEXT_SIZE]. */
void axis_text(const axis *a, size_t i, char *text);

typedef struct chart {
    axis x, y;
    const char *x_name, *y_name; /* printed below and above */
    const char *description;     /* for a screen reader; none of the three texts is escaped */
} chart;

/* Starts a chart with its axes, their marks and names; lines, bars and dots follow, then chart_end. */
void chart_begin(buffer *b, const chart *c);
void chart_end(buffer *b);

/* Adds a line through points [n] in a class of the style sheet. It is broken where y is not finite or outside the
 * axis; a point without neighbours is a dot; of very many points some are left out. */
void chart_line(buffer *b, const chart *c, const char *style, size_t n, const double *x, const double *y);

/* Add a bar from the x axis up to y, a dot, and a number above the chart. */
void chart_bar(buffer *b, const chart *c, const char *style, double left, double right, double y);
void chart_dot(buffer *b, const chart *c, const char *style, double x, double y);
void chart_number(buffer *b, const chart *c, double x, size_t number);
