#include "features/morlet.h"

#include <math.h>

#include "base/exact_math.h"

static const double PI = 0x1.921fb54442d18p+1;

/* The part of a wavelet's largest value below which a value is set to 0. */
static const double CUT = 1e-6;

/* exp of less is too small to matter. */
static const double LOWEST_EXPONENT = -40;

/* The plane of frequencies of a wavelet: it is an elliptic Gaussian around a centre, less one around 0. */
typedef struct ellipse {
    double cosine, sine;  /* of the direction */
    double centre;        /* distance from 0 along it */
    double along, across; /* half the variance of the envelope in space */
} ellipse;

static ellipse make_ellipse(size_t scale, size_t angle, size_t n_angles)
{
    const turn direction = exact_turn(angle, 2 * n_angles);
    const double size = (double)((size_t)1 << scale), deviation = 0.8 * size,
                 slant = n_angles < 4 ? 1 : 4.0 / (double)n_angles;
    return (ellipse){
        .cosine = direction.cosine,
        .sine = direction.sine,
        .centre = 0.75 * PI / size,
        .along = deviation * deviation / 2,
        .across = deviation * deviation / (slant * slant) / 2,
    };
}

static double gaussian(const ellipse *e, double x, double y, double centre)
{
    const double u = x * e->cosine + y * e->sine - centre, v = y * e->cosine - x * e->sine;
    const double exponent = -(e->along * u * u + e->across * v * v);
    return exponent < LOWEST_EXPONENT ? 0 : exact_exp(exponent);
}

/* Both Gaussians, summed over the frequencies that the grid cannot tell apart. */
static void sum_aliases(const ellipse *e, double x, double y, double period, double *around_centre,
                        double *around_0)
{
    *around_centre = *around_0 = 0;
    for (int i = -1; i <= 1; i++) {
        for (int j = -1; j <= 1; j++) {
            *around_centre += gaussian(e, x + i * period, y + j * period, e->centre);
            *around_0 += gaussian(e, x + i * period, y + j * period, 0);
        }
    }
}

/* Frequency k of n, between -period / 2 and period / 2. */
static double frequency(size_t k, size_t n, double period)
{
    const double share = (double)k / (double)n;
    return period * (share < 0.5 ? share : share - 1);
}

void morlet_wavelet(const morlet *m, size_t level, size_t scale, size_t angle, double *values)
{
    const size_t n_rows = m->n_rows >> level, n_columns = m->n_columns >> level;
    const ellipse e = make_ellipse(scale, angle, m->n_angles);
    const double period = 2 * PI / (double)((size_t)1 << level);
    double centre_mean, mean, largest = 0;
    sum_aliases(&e, 0, 0, period, &centre_mean, &mean);
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        const double y = frequency(i / n_columns, n_rows, period), x = frequency(i % n_columns, n_columns, period);
        double around_centre, around_0;
        sum_aliases(&e, x, y, period, &around_centre, &around_0);
        values[i] = around_centre - centre_mean / mean * around_0;
        largest = fmax(largest, values[i]);
    }
    values[0] = 0;
    for (size_t i = 0; i < n_rows * n_columns; i++)
        values[i] = fabs(values[i]) < CUT * largest ? 0 : values[i];
}

static double phi_deviation(const morlet *m)
{
    return 0.8 * (double)((size_t)1 << (m->n_scales - 1));
}

/* phi at a distance on a periodic side, up to a factor. */
static double phi_at(const morlet *m, double distance, double side)
{
    double sum = 0;
    for (int lap = -2; lap <= 2; lap++) {
        const double x = (distance + lap * side) / phi_deviation(m);
        sum += exact_exp(-x * x / 2);
    }
    return sum;
}

void morlet_phi(const morlet *m, size_t n_points, size_t level, double centre, float *weights)
{
    const double step = (double)((size_t)1 << level), side = (double)n_points;
    double sum = 0;
    for (size_t i = 0; i < n_points >> level; i++)
        sum += phi_at(m, (double)i * step - centre, side);
    for (size_t i = 0; i < n_points >> level; i++)
        weights[i] = (float)(phi_at(m, (double)i * step - centre, side) / sum);
}

/* |phi^|^2 at frequency i. */
static double phi_energy(const morlet *m, size_t i)
{
    const double y = phi_deviation(m) * frequency(i / m->n_columns, m->n_rows, 2 * PI);
    const double x = phi_deviation(m) * frequency(i % m->n_columns, m->n_columns, 2 * PI);
    return exact_exp(-(x * x + y * y));
}

double morlet_factor(const morlet *m, const double *wavelets)
{
    const size_t n = m->n_rows * m->n_columns;
    double least = HUGE_VAL;
    for (size_t i = 1; i < n; i++) {
        const size_t row = i / m->n_columns, column = i % m->n_columns;
        const size_t opposite =
            (m->n_rows - row) % m->n_rows * m->n_columns + (m->n_columns - column) % m->n_columns;
        double sum = 0;
        for (size_t k = 0; k < m->n_scales * m->n_angles; k++) {
            const double *wavelet = wavelets + k * n;
            sum += (wavelet[i] * wavelet[i] + wavelet[opposite] * wavelet[opposite]) / 2;
        }
        if (sum > 0)
            least = fmin(least, (1 - phi_energy(m, i)) / sum);
    }
    return sqrt(least);
}
