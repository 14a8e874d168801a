/* Line charts as inline SVG. Colours and fonts are those that the page's style sheet gives to their classes. */
#pragma once

#include "base/buffer.h"
#include "show/axis.h"

typedef struct chart {
    axis x, y;
    const char *x_name, *y_name; /* below and above */
    const char *description;     /* for who cannot see it; no outside text in any of the three */
} chart;

/* Adds the start of the drawing: axes with their marks and names; what is drawn follows, then chart_end. */
void chart_begin(buffer *b, const chart *c);
void chart_end(buffer *b);

/* Where a number lies, in units of the drawing. */
double chart_x(const chart *c, double x);
double chart_y(const chart *c, double y);

/* Adds a line through points [n] with a class of the style sheet; it is broken where y is not finite or beyond the
 * axis, a point without neighbours is a dot, and of very many points some are left out. */
void chart_line(buffer *b, const chart *c, const char *style, size_t n, const double *x, const double *y);

/* Adds a bar from the x axis up to y. */
void chart_bar(buffer *b, const chart *c, const char *style, double left, double right, double y);

/* Adds a dot. */
void chart_dot(buffer *b, const chart *c, const char *style, double x, double y);
