#include "show/axis.h"

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

double axis_mark(const axis *a, size_t i)
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
