#include "support_app/scattering_oracle.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/data.h"

static const double PI = 3.14159265358979323846;

/* A wavelet on the grid of a level, in space and in frequency. */
typedef struct kernel {
    double complex *space;
    double *frequency;
} kernel;

struct scattering_oracle {
    const scattering *s;
    kernel kernels[SCATTERING_MAX_SCALES][SCATTERING_MAX_SCALES][SCATTERING_MAX_ANGLES]; /* level, scale, angle */
};

static size_t n_rows_of(const scattering_oracle *o, size_t level)
{
    return o->s->levels[0].n_rows >> level;
}

static size_t n_columns_of(const scattering_oracle *o, size_t level)
{
    return o->s->levels[0].n_columns >> level;
}

/* The Fourier transform of the envelope, shifted to the wavelet's frequency if asked. */
static double envelope(const scattering_oracle *o, size_t scale, size_t angle, double x, double y, int is_moved)
{
    const double size = pow(2, (double)scale), theta = PI * (double)angle / (double)o->s->n_angles;
    const double u = cos(theta) * x + sin(theta) * y - (is_moved ? 3 * PI / 4 / size : 0);
    const double v = cos(theta) * y - sin(theta) * x;
    const double deviation = 0.8 * size, slant = fmin(1, 4.0 / (double)o->s->n_angles);
    return exp(-deviation * deviation * (u * u + v * v / (slant * slant)) / 2);
}

static double with_aliases(const scattering_oracle *o, size_t level, size_t scale, size_t angle, double x, double y,
                           int is_moved)
{
    const double period = 2 * PI / pow(2, (double)level);
    double sum = 0;
    for (int i = -3; i <= 3; i++)
        for (int j = -3; j <= 3; j++)
            sum += envelope(o, scale, angle, x + i * period, y + j * period, is_moved);
    return sum;
}

/* The angle of a product of two indices, as a fraction of a turn. */
static double complex root(size_t a, size_t b, size_t n)
{
    const double angle = 2 * PI * (double)(a * b % n) / (double)n;
    const double parts[] = {cos(angle), sin(angle)};
    double complex turned;
    memcpy(&turned, parts, sizeof turned); /* no compiler supports both I and CMPLX without a warning */
    return turned;
}

/* The separable inverse Fourier transform. */
static void to_space(size_t n_rows, size_t n_columns, const double *frequency, double complex *space)
{
    double complex *half = test_calloc(n_rows * n_columns, sizeof *half);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t x = 0; x < n_columns; x++)
            for (size_t k = 0; k < n_columns; k++)
                half[row * n_columns + x] += frequency[row * n_columns + k] * root(k, x, n_columns);
    for (size_t y = 0; y < n_rows; y++)
        for (size_t k = 0; k < n_rows; k++)
            for (size_t x = 0; x < n_columns; x++)
                space[y * n_columns + x] +=
                    half[k * n_columns + x] * root(k, y, n_rows) / (double)(n_rows * n_columns);
    free(half);
}

static void make_kernel(scattering_oracle *o, size_t level, size_t scale, size_t angle)
{
    const size_t n_rows = n_rows_of(o, level), n_columns = n_columns_of(o, level);
    const double period = 2 * PI / pow(2, (double)level);
    kernel *k = &o->kernels[level][scale][angle];
    k->frequency = test_calloc(n_rows * n_columns, sizeof *k->frequency);
    k->space = test_calloc(n_rows * n_columns, sizeof *k->space);
    const double share =
        with_aliases(o, level, scale, angle, 0, 0, 1) / with_aliases(o, level, scale, angle, 0, 0, 0);
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        const double y = period * (double)(i / n_columns) / (double)n_rows;
        const double x = period * (double)(i % n_columns) / (double)n_columns;
        k->frequency[i] =
            with_aliases(o, level, scale, angle, x, y, 1) - share * with_aliases(o, level, scale, angle, x, y, 0);
    }
}

/* The frequency wrapped to between -pi and pi. */
static double centred(size_t k, size_t n)
{
    return 2 * PI * (2 * k < n ? (double)k : (double)k - (double)n) / (double)n;
}

static double average_energy(const scattering_oracle *o, size_t i)
{
    const size_t n_rows = n_rows_of(o, 0), n_columns = n_columns_of(o, 0);
    const double deviation = 0.8 * pow(2, (double)o->s->n_scales - 1);
    const double y = centred(i / n_columns, n_rows), x = centred(i % n_columns, n_columns);
    return exp(-deviation * deviation * (x * x + y * y));
}

void scattering_oracle_energy(const scattering_oracle *o, double *sums)
{
    const size_t n_rows = n_rows_of(o, 0), n_columns = n_columns_of(o, 0);
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        const size_t opposite =
            (n_rows - i / n_columns) % n_rows * n_columns + (n_columns - i % n_columns) % n_columns;
        sums[i] = average_energy(o, i);
        for (size_t scale = 0; scale < o->s->n_scales; scale++)
            for (size_t angle = 0; angle < o->s->n_angles; angle++) {
                const double *values = o->kernels[0][scale][angle].frequency;
                sums[i] += (values[i] * values[i] + values[opposite] * values[opposite]) / 2;
            }
    }
}

/* The largest factor for the wavelets with which the sum is at most 1 at every frequency. */
static double find_factor(const scattering_oracle *o)
{
    const size_t n = n_rows_of(o, 0) * n_columns_of(o, 0);
    double *sums = test_calloc(n, sizeof *sums), least = HUGE_VAL;
    scattering_oracle_energy(o, sums);
    for (size_t i = 1; i < n; i++) {
        const double average = average_energy(o, i);
        least = fmin(least, (1 - average) / (sums[i] - average));
    }
    free(sums);
    return sqrt(least);
}

scattering_oracle *scattering_oracle_create(const scattering *s)
{
    scattering_oracle *o = test_calloc(1, sizeof *o);
    o->s = s;
    for (size_t level = 0; level < s->n_scales; level++)
        for (size_t scale = level ? level + 1 : 0; scale < s->n_scales; scale++)
            for (size_t angle = 0; angle < s->n_angles; angle++)
                make_kernel(o, level, scale, angle);
    const double factor = find_factor(o);
    for (size_t level = 0; level < s->n_scales; level++)
        for (size_t scale = level ? level + 1 : 0; scale < s->n_scales; scale++)
            for (size_t angle = 0; angle < s->n_angles; angle++) {
                kernel *k = &o->kernels[level][scale][angle];
                for (size_t i = 0; i < n_rows_of(o, level) * n_columns_of(o, level); i++)
                    k->frequency[i] *= factor;
                to_space(n_rows_of(o, level), n_columns_of(o, level), k->frequency, k->space);
            }
    return o;
}

void scattering_oracle_free(scattering_oracle *o)
{
    for (size_t level = 0; level < o->s->n_scales; level++)
        for (size_t scale = 0; scale < o->s->n_scales; scale++)
            for (size_t angle = 0; angle < o->s->n_angles; angle++) {
                free(o->kernels[level][scale][angle].space);
                free(o->kernels[level][scale][angle].frequency);
            }
    free(o);
}

/* ---------------------------------------------------------------------------------------------- */

/* |grid * wavelet| at every 2^(scale - level)-th point of a level's grid. */
static void convolve(const scattering_oracle *o, size_t level, size_t scale, size_t angle, const double *grid,
                     double *moduli)
{
    const size_t n_rows = n_rows_of(o, level), n_columns = n_columns_of(o, level),
                 step = (size_t)1 << (scale - level);
    const double complex *values = o->kernels[level][scale][angle].space;
    for (size_t y = 0; y < n_rows; y += step)
        for (size_t x = 0; x < n_columns; x += step) {
            double complex sum = 0;
            for (size_t i = 0; i < n_rows; i++)
                for (size_t j = 0; j < n_columns; j++)
                    sum += grid[i * n_columns + j] *
                           values[(y + n_rows - i) % n_rows * n_columns + (x + n_columns - j) % n_columns];
            moduli[y / step * (n_columns / step) + x / step] = cabs(sum);
        }
}

/* The unnormalised weight of point i of a level for place p of n, along one side. */
static double weight(const scattering_oracle *o, size_t level, size_t n_points, size_t n_pixels, size_t n_before,
                     size_t i, size_t p)
{
    const double size = pow(2, (double)o->s->n_scales), deviation = 0.4 * size;
    const double n_places = ceil((double)n_pixels / size);
    const double centre = ((double)n_pixels - 1) / 2 + size * ((double)p - (n_places - 1) / 2) + (double)n_before;
    double sum = 0;
    for (int lap = -3; lap <= 3; lap++) {
        const double distance = (double)(i << level) - centre + lap * (double)n_points;
        sum += exp(-distance * distance / (2 * deviation * deviation));
    }
    return sum;
}

static void average(const scattering_oracle *o, size_t level, const double *grid, double *places)
{
    const scattering *s = o->s;
    const size_t n_rows = n_rows_of(o, level), n_columns = n_columns_of(o, level);
    for (size_t p = 0; p < s->n_down; p++)
        for (size_t q = 0; q < s->n_across; q++) {
            double sum = 0, all = 0;
            for (size_t i = 0; i < n_rows; i++)
                for (size_t j = 0; j < n_columns; j++) {
                    const double w = weight(o, level, n_rows << level, s->n_rows, s->n_before, i, p) *
                                     weight(o, level, n_columns << level, s->n_columns, s->n_left, j, q);
                    sum += w * grid[i * n_columns + j];
                    all += w;
                }
            places[p * s->n_across + q] = sum / all;
        }
}

/* Reflected about the last pixel, as often as needed. */
static size_t mirrored(size_t i, size_t n_before, size_t n)
{
    long at = (long)i - (long)n_before;
    while (at < 0 || at >= (long)n)
        at = at < 0 ? -1 - at : 2 * (long)n - 1 - at;
    return (size_t)at;
}

void scattering_oracle_transform(const scattering_oracle *o, const double *pixels, double *coefficients)
{
    const scattering *s = o->s;
    const size_t n_rows = n_rows_of(o, 0), n_columns = n_columns_of(o, 0), n_places = s->n_down * s->n_across;
    double *grid = test_calloc(n_rows * n_columns, sizeof *grid),
           *once = test_calloc(n_rows * n_columns, sizeof *once),
           *twice = test_calloc(n_rows * n_columns, sizeof *twice);
    for (size_t i = 0; i < n_rows * n_columns; i++)
        grid[i] = pixels[mirrored(i / n_columns, s->n_before, s->n_rows) * s->n_columns +
                         mirrored(i % n_columns, s->n_left, s->n_columns)];
    average(o, 0, grid, coefficients);
    double *first = coefficients + n_places, *second = first + s->n_scales * s->n_angles * n_places;
    for (size_t j = 0; j < s->n_scales; j++)
        for (size_t l = 0; l < s->n_angles; l++) {
            convolve(o, 0, j, l, grid, once);
            average(o, j, once, first);
            first += n_places;
            for (size_t k = j + 1; k < s->n_scales; k++)
                for (size_t m = 0; m < s->n_angles; m++) {
                    convolve(o, j, k, m, once, twice);
                    average(o, k, twice, second);
                    second += n_places;
                }
        }
    free(twice);
    free(once);
    free(grid);
}
