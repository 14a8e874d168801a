#include "data/ink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The surface is fitted to no more than about so many pixels. */
enum { MAX_FITTED = 40000, N_FITS = 8, N_TERMS = 6 };

/* Half the step between two brightnesses of 8 bits: less noise than this cannot be told from none. */
static const double MIN_NOISE = 0.5 / 255;

/* Ink differs from paper by more than this, and by more than so many deviations of the noise. */
static const double MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

/* The brightness of paper: terms 1, x, y, x^2, x y, y^2 with x and y from -1 to 1. */
typedef struct surface {
    double factors[N_TERMS];
} surface;

static double scaled(size_t i, size_t n)
{
    return n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0;
}

static void terms_at(const grey_image *picture, size_t row, size_t column, double terms[N_TERMS])
{
    const double x = scaled(column, picture->width), y = scaled(row, picture->height);
    const double all[N_TERMS] = {1, x, y, x * x, x * y, y * y};
    memcpy(terms, all, sizeof all);
}

static double brightness(const surface *paper, const double terms[N_TERMS])
{
    double sum = 0;
    for (size_t i = 0; i < N_TERMS; i++)
        sum += paper->factors[i] * terms[i];
    return sum;
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The value that a share of n values, which it sorts, is below. */
static double quantile(size_t n, float *values, double share)
{
    qsort(values, n, sizeof *values, compare_floats);
    return n > 0 ? (double)values[(size_t)(share * (double)(n - 1))] : 0;
}

/* Every pixel that is fitted, as their distance in each direction. */
static size_t fit_stride(const grey_image *picture)
{
    const double ratio = (double)picture->width * (double)picture->height / MAX_FITTED;
    return ratio > 1 ? (size_t)ceil(sqrt(ratio)) : 1;
}

/* The standard deviation of what is left of the fitted pixels, by the median of its magnitude: whatever is
 * ink does not count as long as it is the lesser part. */
static double noise_of(const grey_image *picture, const surface *paper, float *scratch)
{
    const size_t stride = fit_stride(picture);
    size_t n = 0;
    for (size_t row = 0; row < picture->height; row += stride) {
        for (size_t column = 0; column < picture->width; column += stride) {
            double terms[N_TERMS];
            terms_at(picture, row, column, terms);
            scratch[n++] =
                (float)fabs((double)picture->values[row * picture->width + column] - brightness(paper, terms));
        }
    }
    return 1.4826 * quantile(n, scratch, 0.5);
}

/* Solves the normal equations [N_TERMS, N_TERMS + 1] by elimination; terms that the picture is too small for
 * are left at 0. */
static void solve(double equations[N_TERMS][N_TERMS + 1], surface *paper)
{
    for (size_t i = 0; i < N_TERMS; i++) {
        if (!(equations[i][i] > 1e-9))
            continue;
        for (size_t j = 0; j < N_TERMS; j++) {
            const double factor = j == i ? 0 : equations[j][i] / equations[i][i];
            for (size_t k = i; k <= N_TERMS; k++)
                equations[j][k] -= factor * equations[i][k];
        }
    }
    for (size_t i = 0; i < N_TERMS; i++)
        paper->factors[i] = equations[i][i] > 1e-9 ? equations[i][N_TERMS] / equations[i][i] : 0;
}

/* Fits the surface to those pixels that are within `reach` of it. */
static void refit(const grey_image *picture, double reach, surface *paper)
{
    const size_t stride = fit_stride(picture);
    double equations[N_TERMS][N_TERMS + 1] = {{0}};
    for (size_t row = 0; row < picture->height; row += stride) {
        for (size_t column = 0; column < picture->width; column += stride) {
            const double value = (double)picture->values[row * picture->width + column];
            double terms[N_TERMS];
            terms_at(picture, row, column, terms);
            if (fabs(value - brightness(paper, terms)) > reach)
                continue;
            for (size_t i = 0; i < N_TERMS; i++) {
                for (size_t j = 0; j < N_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][N_TERMS] += terms[i] * value;
            }
        }
    }
    for (size_t i = 0; i < N_TERMS; i++)
        equations[i][i] += 1e-6; /* where few pixels are left, terms stay small */
    solve(equations, paper);
}

/* Fits the paper and returns its noise. (Trimmed least squares; Rousseeuw & Leroy 1987.) */
static double fit_paper(const grey_image *picture, float *scratch, surface *paper)
{
    const size_t n = picture->width * picture->height;
    memcpy(scratch, picture->values, n * sizeof *scratch);
    *paper = (surface){{quantile(n, scratch, 0.5)}};
    double noise = noise_of(picture, paper, scratch);
    for (size_t i = 0; i < N_FITS; i++) {
        refit(picture, fmax(2.5 * noise, 4 * MIN_NOISE), paper);
        noise = noise_of(picture, paper, scratch);
    }
    return fmax(noise, MIN_NOISE);
}

/* ---------------------------------------------------------------------------------------------- */

/* Leaves in ink how much brighter than paper each pixel is, and returns 1 if what stands out is bright and
 * -1 if it is dark. */
static float subtract_paper(const grey_image *picture, const surface *paper, double noise, float *ink)
{
    double bright = 0, dark = 0;
    for (size_t row = 0; row < picture->height; row++) {
        for (size_t column = 0; column < picture->width; column++) {
            double terms[N_TERMS];
            terms_at(picture, row, column, terms);
            const size_t at = row * picture->width + column;
            const double rest = (double)picture->values[at] - brightness(paper, terms);
            bright += fmax(rest - 4 * noise, 0);
            dark += fmax(-rest - 4 * noise, 0);
            ink[at] = (float)rest;
        }
    }
    return bright >= dark ? 1 : -1;
}

/* The difference of solid ink from paper: what is above the noise, without the brightest twentieth. */
static double full_ink(size_t n, const float *ink, double noise, float *scratch)
{
    size_t n_above = 0;
    for (size_t i = 0; i < n; i++)
        if ((double)ink[i] > fmax(4 * noise, MIN_CONTRAST / 2))
            scratch[n_above++] = ink[i];
    return quantile(n_above, scratch, 0.95);
}

status ink_find(const grey_image *picture, float *ink, bool *found, failure *f)
{
    const size_t n = picture->width * picture->height;
    float *scratch = calloc(n, sizeof *scratch);
    if (!scratch)
        return fail_memory(f);
    surface paper;
    const double noise = fit_paper(picture, scratch, &paper);
    const float sign = subtract_paper(picture, &paper, noise, ink);
    for (size_t i = 0; i < n; i++)
        ink[i] *= sign;
    const double full = full_ink(n, ink, noise, scratch);
    *found = full > fmax(MIN_CONTRAST, MIN_DEVIATIONS * noise);
    /* Where there is no noise to speak of, the faintest edge of a stroke is ink. */
    const double none = noise > 1.5 * MIN_NOISE ? 3 * noise : MIN_NOISE;
    for (size_t i = 0; *found && i < n; i++)
        ink[i] = (float)fmin(fmax(((double)ink[i] - none) / (full - none), 0), 1);
    free(scratch);
    return STATUS_OK;
}
