#include "digits/background.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"
#include "base/sizes.h"
#include "softmax.h"

/* The polynomial is fitted to about this many pixels at most, and this often. */
enum { MAX_FITTED = 40000, N_FITS = 8 };

/* The margin of a picture, as a share of its shorter side. */
static const double MARGIN = 0.01;

static double scaled(size_t i, size_t n)
{
    return n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0;
}

static void terms_at(const grey_image *picture, size_t row, size_t column, double terms[BACKGROUND_TERMS])
{
    const double x = scaled(column, picture->width), y = scaled(row, picture->height);
    const double all[BACKGROUND_TERMS] = {1, x, y, x * x, x * y, y * y};
    memcpy(terms, all, sizeof all);
}

static double brightness(const background *b, const double terms[BACKGROUND_TERMS])
{
    double sum = 0;
    for (size_t i = 0; i < BACKGROUND_TERMS; i++)
        sum += b->coefficients[i] * terms[i];
    return sum;
}

double background_at(const background *b, const grey_image *picture, size_t row, size_t column)
{
    double terms[BACKGROUND_TERMS];
    terms_at(picture, row, column, terms);
    return brightness(b, terms);
}

static double difference(const background *b, const grey_image *picture, size_t row, size_t column)
{
    return fabs((double)picture->values[row * picture->width + column] - background_at(b, picture, row, column));
}

double quantile(size_t n, const float *values, double share)
{
    /* The bits of floats from 0 up are ordered as the floats are: a radix selection, 11 bits at a time. */
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

/* Every stride-th pixel is fitted, in each direction. */
static size_t fit_stride(const grey_image *picture)
{
    const double ratio = (double)picture->width * (double)picture->height / MAX_FITTED;
    return ratio > 1 ? (size_t)ceil(sqrt(ratio)) : 1;
}

static bool is_margin(const grey_image *picture, size_t row, size_t column)
{
    const size_t margin = (size_t)(MARGIN * (double)size_min(picture->width, picture->height)) + 1;
    return row < margin || row + margin >= picture->height || column < margin || column + margin >= picture->width;
}

/* The median difference from b of the pixels of a start. */
static double median_difference(const grey_image *picture, const background *b, background_start start,
                                size_t stride, float *scratch)
{
    size_t n = 0;
    for (size_t row = 0; row < picture->height; row += stride)
        for (size_t column = 0; column < picture->width; column += stride)
            if (start == BACKGROUND_IN_ALL || is_margin(picture, row, column))
                scratch[n++] = (float)difference(b, picture, row, column);
    return quantile(n, scratch, 0.5);
}

/* The standard deviation of normal noise from its median magnitude, which outliers hardly change while they are in
 * the minority. */
static double estimate_noise(const grey_image *picture, const background *b, background_start start, float *scratch)
{
    const size_t stride = start == BACKGROUND_IN_ALL ? fit_stride(picture) : 1;
    return 1.4826 * median_difference(picture, b, start, stride, scratch);
}

/* Fits the polynomial again, to those pixels that differ from it by at most max_difference. */
static void refit(const grey_image *picture, double max_difference, background *b)
{
    const size_t stride = fit_stride(picture);
    double equations[BACKGROUND_TERMS][BACKGROUND_TERMS + 1] = {{0}}; /* the normal equations */
    for (size_t row = 0; row < picture->height; row += stride) {
        for (size_t column = 0; column < picture->width; column += stride) {
            const double value = (double)picture->values[row * picture->width + column];
            double terms[BACKGROUND_TERMS];
            terms_at(picture, row, column, terms);
            if (fabs(value - brightness(b, terms)) > max_difference)
                continue;
            for (size_t i = 0; i < BACKGROUND_TERMS; i++) {
                for (size_t j = i; j < BACKGROUND_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][BACKGROUND_TERMS] += terms[i] * value;
            }
        }
    }
    for (size_t i = 0; i < BACKGROUND_TERMS; i++)
        for (size_t j = 0; j < i; j++)
            equations[i][j] = equations[j][i];
    for (size_t i = 0; i < BACKGROUND_TERMS; i++)
        equations[i][i] += 1e-6; /* keeps the terms small where few pixels are left */
    sm_solve(BACKGROUND_TERMS, &equations[0][0], b->coefficients);
}

/* A fit that changes nothing is the last one: all others would be the same. */
static bool are_same(const background *a, const background *b)
{
    bool same = a->noise == b->noise;
    for (size_t i = 0; i < BACKGROUND_TERMS; i++)
        same = same && a->coefficients[i] == b->coefficients[i];
    return same;
}

background background_fit(const grey_image *picture, background_start start, float *scratch)
{
    background b = {.noise = 0};
    b.coefficients[0] = median_difference(picture, &b, start, 1, scratch); /* from black */
    b.noise = estimate_noise(picture, &b, start, scratch);
    background before = {.noise = -1};
    for (size_t i = 0; i < N_FITS && !are_same(&before, &b); i++) {
        before = b;
        refit(picture, double_max(2.5 * b.noise, 4 * MIN_NOISE), &b);
        b.noise = estimate_noise(picture, &b, start, scratch);
    }
    b.noise = double_max(b.noise, MIN_NOISE);
    return b;
}

double background_share_of_margin(const background *b, const grey_image *picture)
{
    size_t n = 0, n_background = 0;
    for (size_t row = 0; row < picture->height; row++)
        for (size_t column = 0; column < picture->width; column++)
            if (is_margin(picture, row, column)) {
                n++;
                n_background += difference(b, picture, row, column) <= 4 * b->noise;
            }
    return (double)n_background / (double)n;
}
