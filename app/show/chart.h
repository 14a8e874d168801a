/* Charts as inline SVG, with colours and fonts from the style sheet of the page. */
#pragma once

#include "base/buffer.h"
#include "show/axis.h"

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

/* Adds a bar from the x axis up to y. */
void chart_bar(buffer *b, const chart *c, const char *style, double left, double right, double y);

/* Adds a dot. */
void chart_dot(buffer *b, const chart *c, const char *style, double x, double y);
