#include "show/chart.h"

#include <math.h>
#include <stdio.h>

/* Larger values are not drawn, so that differences stay finite; a smaller range counts as none. */
static const double LARGEST = 1e300, SMALLEST = 1e-300;

/* The range of the values, made wider if it is too narrow for marks; 0 to 1 if there are none. */
static void find_range(size_t n, const double *values, double *low, double *high)
{
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(values[i]) <= LARGEST))
            continue;
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
    if (*low > *high) {
        *low = 0;
        *high = 1;
    }
    const double magnitude = fmax(fabs(*low), fabs(*high));
    if (*high - *low > fmax(magnitude * 1e-6, SMALLEST))
        return;
    const double more = magnitude > SMALLEST ? magnitude / 10 : 0.5;
    *low -= more;
    *high += more;
}

/* The smallest of 1, 2, 5, 10 times a power of 10 that is not below the step. */
static double round_step(double step)
{
    const double power = pow(10, floor(log10(step)));
    static const double leading[] = {1, 2, 5};
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++)
        if (step <= leading[i] * power * (1 + 1e-9))
            return leading[i] * power;
    return 10 * power;
}

axis axis_for(size_t n, const double *values, size_t n_wanted)
{
    double low, high;
    find_range(n, values, &low, &high);
    const double step = round_step((high - low) / (double)n_wanted);
    axis a = {.low = step * floor(low / step + 1e-9), .step = step};
    a.n_steps = (size_t)fmax(ceil((high - a.low) / step - 1e-9), 1);
    a.high = a.low + (double)a.n_steps * step;
    return a;
}

double axis_share(const axis *a, double value)
{
    return (value - a->low) / (a->high - a->low);
}

static double axis_mark(const axis *a, size_t i)
{
    return a->low + (double)i * a->step;
}

void axis_text(const axis *a, size_t i, char *text)
{
    const double value = fabs(axis_mark(a, i)) < a->step / 2 ? 0 : axis_mark(a, i);
    const int of_step = (int)floor(log10(a->step) + 1e-9);
    const int of_value = (int)floor(log10(fmax(fabs(a->low), fabs(a->high))));
    if (of_step < -6 || of_value > 6)
        (void)snprintf(text, AXIS_TEXT_SIZE, "%.*g", of_value - of_step + 1, value);
    else
        (void)snprintf(text, AXIS_TEXT_SIZE, "%.*f", of_step < 0 ? -of_step : 0, value);
}

enum { WIDTH = 420, HEIGHT = 270, LEFT = 52, RIGHT = 14, TOP = 30, BOTTOM = 42, MAX_POINTS = 600 };

static double x_of(const chart *c, double x)
{
    return LEFT + axis_share(&c->x, x) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const chart *c, double y)
{
    return HEIGHT - BOTTOM - axis_share(&c->y, y) * (HEIGHT - TOP - BOTTOM);
}

static void add_x_marks(buffer *b, const chart *c)
{
    char text[AXIS_TEXT_SIZE];
    for (size_t i = 0; i <= c->x.n_steps; i++) {
        axis_text(&c->x, i, text);
        buffer_print(b, "<text class=mark x=\"%.1f\" y=\"%d\" text-anchor=middle>%s</text>",
                     x_of(c, axis_mark(&c->x, i)), HEIGHT - BOTTOM + 17, text);
    }
    buffer_print(b, "<text class=name x=\"%d\" y=\"%d\" text-anchor=middle>%s</text>", (LEFT + WIDTH - RIGHT) / 2,
                 HEIGHT - 6, c->x_name);
}

static void add_y_marks(buffer *b, const chart *c)
{
    char text[AXIS_TEXT_SIZE];
    for (size_t i = 0; i <= c->y.n_steps; i++) {
        const double y = y_of(c, axis_mark(&c->y, i));
        axis_text(&c->y, i, text);
        buffer_print(b, "<path class=%s d=\"M%d %.1fH%d\"/>", i == 0 ? "base" : "grid", LEFT, y, WIDTH - RIGHT);
        buffer_print(b, "<text class=mark x=\"%d\" y=\"%.1f\" text-anchor=end>%s</text>", LEFT - 7, y + 4, text);
    }
    buffer_print(b, "<text class=name x=\"%d\" y=\"14\">%s</text>", 2, c->y_name);
}

void chart_begin(buffer *b, const chart *c)
{
    buffer_print(b, "<svg class=chart viewBox=\"0 0 %d %d\" role=img aria-label=\"%s\">", WIDTH, HEIGHT,
                 c->description);
    add_y_marks(b, c);
    add_x_marks(b, c);
}

void chart_end(buffer *b)
{
    buffer_print(b, "</svg>\n");
}

static bool is_drawn(const chart *c, double y)
{
    return y >= c->y.low && y <= c->y.high;
}

void chart_line(buffer *b, const chart *c, const char *style, size_t n, const double *x, const double *y)
{
    const size_t stride = n / MAX_POINTS + 1;
    bool is_open = false;
    buffer_print(b, "<path class=\"line %s\" d=\"", style);
    for (size_t at = 0; at < n + stride - 1; at += stride) { /* the last point is always drawn */
        const size_t i = at < n ? at : n - 1;
        if (is_drawn(c, y[i])) /* a line of length 0, whose round ends are a dot */
            buffer_print(b, is_open ? "L%.1f %.1f" : "M%.1f %.1fh0", x_of(c, x[i]), y_of(c, y[i]));
        is_open = is_drawn(c, y[i]);
    }
    buffer_print(b, "\"/>");
}

void chart_bar(buffer *b, const chart *c, const char *style, double left, double right, double y)
{
    const double top = y_of(c, y), x = x_of(c, left);
    buffer_print(b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", style, x + 1, top,
                 x_of(c, right) - x - 2, y_of(c, c->y.low) - top);
}

void chart_dot(buffer *b, const chart *c, const char *style, double x, double y)
{
    buffer_print(b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", style, x_of(c, x), y_of(c, y));
}

void chart_number(buffer *b, const chart *c, double x, size_t number)
{
    buffer_print(b, "<text class=number x=\"%.1f\" y=\"%d\" text-anchor=middle>%zu</text>", x_of(c, x), TOP - 4,
                 number);
}
