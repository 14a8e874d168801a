#include "digits/paper.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The surface is fitted to no more than about so many pixels. */
enum { MAX_FITTED = 40000, N_FITS = 8 };

/* The margin of a picture, as a share of its shorter side. */
static const double MARGIN = 0.01;

static double scaled(size_t i, size_t n)
{
    return n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0;
}

static void terms_at(const grey_image *picture, size_t row, size_t column, double terms[PAPER_TERMS])
{
    const double x = scaled(column, picture->width), y = scaled(row, picture->height);
    const double all[PAPER_TERMS] = {1, x, y, x * x, x * y, y * y};
    memcpy(terms, all, sizeof all);
}

static double brightness(const paper *p, const double terms[PAPER_TERMS])
{
    double sum = 0;
    for (size_t i = 0; i < PAPER_TERMS; i++)
        sum += p->factors[i] * terms[i];
    return sum;
}

double paper_brightness(const paper *p, const grey_image *picture, size_t row, size_t column)
{
    double terms[PAPER_TERMS];
    terms_at(picture, row, column, terms);
    return brightness(p, terms);
}

double quantile(size_t n, const float *values, double share)
{
    /* Their bits are in the order of the numbers: looks for eleven bits after another, from the top. */
    enum { N_BITS = 11, N_COUNTS = 1 << N_BITS };
    size_t rank = n > 0 ? (size_t)(share * (double)(n - 1)) : 0;
    uint32_t found = 0, known = 0;
    for (int shift = 2 * N_BITS; shift > -N_BITS && n > 0; shift -= N_BITS) {
        size_t counts[N_COUNTS] = {0}, digit = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            if ((bits & known) == found)
                counts[bits >> shift & (N_COUNTS - 1)]++;
        }
        for (; rank >= counts[digit]; digit++)
            rank -= counts[digit];
        found |= (uint32_t)digit << shift;
        known |= (uint32_t)(N_COUNTS - 1) << shift;
    }
    float value;
    memcpy(&value, &found, sizeof value);
    return (double)value;
}

/* Every pixel that is fitted, as their distance in each direction. */
static size_t fit_stride(const grey_image *picture)
{
    const double ratio = (double)picture->width * (double)picture->height / MAX_FITTED;
    return ratio > 1 ? (size_t)ceil(sqrt(ratio)) : 1;
}

static bool is_margin(const grey_image *picture, size_t row, size_t column)
{
    const size_t side = picture->width < picture->height ? picture->width : picture->height;
    const size_t margin = (size_t)(MARGIN * (double)side) + 1;
    return row < margin || row + margin >= picture->height || column < margin || column + margin >= picture->width;
}

/* The standard deviation of what is left of the pixels that a start goes by, by the median of its magnitude: ink
 * does not count as long as it is the lesser part of them. */
static double noise_of(const grey_image *picture, const paper *p, paper_start start, float *scratch)
{
    const bool all = start == PAPER_IS_THE_MOST;
    const size_t stride = all ? fit_stride(picture) : 1;
    size_t n = 0;
    for (size_t row = 0; row < picture->height; row += stride)
        for (size_t column = 0; column < picture->width; column += stride)
            if (all || is_margin(picture, row, column))
                scratch[n++] = (float)fabs((double)picture->values[row * picture->width + column] -
                                           paper_brightness(p, picture, row, column));
    return 1.4826 * quantile(n, scratch, 0.5);
}

/* Solves the normal equations [PAPER_TERMS, PAPER_TERMS + 1] by elimination; terms that the picture is too small
 * for are left at 0. */
static void solve(double equations[PAPER_TERMS][PAPER_TERMS + 1], paper *p)
{
    for (size_t i = 0; i < PAPER_TERMS; i++) {
        if (!(equations[i][i] > 1e-9))
            continue;
        for (size_t j = 0; j < PAPER_TERMS; j++) {
            const double factor = j == i ? 0 : equations[j][i] / equations[i][i];
            for (size_t k = i; k <= PAPER_TERMS; k++)
                equations[j][k] -= factor * equations[i][k];
        }
    }
    for (size_t i = 0; i < PAPER_TERMS; i++)
        p->factors[i] = equations[i][i] > 1e-9 ? equations[i][PAPER_TERMS] / equations[i][i] : 0;
}

/* Fits the surface to those pixels that are within `reach` of it. */
static void refit(const grey_image *picture, double reach, paper *p)
{
    const size_t stride = fit_stride(picture);
    double equations[PAPER_TERMS][PAPER_TERMS + 1] = {{0}};
    for (size_t row = 0; row < picture->height; row += stride) {
        for (size_t column = 0; column < picture->width; column += stride) {
            const double value = (double)picture->values[row * picture->width + column];
            double terms[PAPER_TERMS];
            terms_at(picture, row, column, terms);
            if (fabs(value - brightness(p, terms)) > reach)
                continue;
            for (size_t i = 0; i < PAPER_TERMS; i++) {
                for (size_t j = 0; j < PAPER_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][PAPER_TERMS] += terms[i] * value;
            }
        }
    }
    for (size_t i = 0; i < PAPER_TERMS; i++)
        equations[i][i] += 1e-6; /* where few pixels are left, terms stay small */
    solve(equations, p);
}

/* The median of all pixels, or of those along the margin. */
static double first_brightness(const grey_image *picture, paper_start start, float *scratch)
{
    size_t n = 0;
    for (size_t row = 0; row < picture->height; row++)
        for (size_t column = 0; column < picture->width; column++)
            if (start == PAPER_IS_THE_MOST || is_margin(picture, row, column))
                scratch[n++] = picture->values[row * picture->width + column];
    return quantile(n, scratch, 0.5);
}

paper paper_fit(const grey_image *picture, paper_start start, float *scratch)
{
    paper p = {.factors = {first_brightness(picture, start, scratch)}};
    p.noise = noise_of(picture, &p, start, scratch);
    for (size_t i = 0; i < N_FITS; i++) {
        refit(picture, fmax(2.5 * p.noise, 4 * MIN_NOISE), &p);
        p.noise = noise_of(picture, &p, start, scratch);
    }
    p.noise = fmax(p.noise, MIN_NOISE);
    return p;
}

double paper_share_of_margin(const paper *p, const grey_image *picture)
{
    size_t n = 0, n_paper = 0;
    for (size_t row = 0; row < picture->height; row++) {
        for (size_t column = 0; column < picture->width; column++) {
            if (!is_margin(picture, row, column))
                continue;
            const double value = (double)picture->values[row * picture->width + column];
            n++;
            n_paper += fabs(value - paper_brightness(p, picture, row, column)) <= 4 * p->noise;
        }
    }
    return (double)n_paper / (double)n;
}
