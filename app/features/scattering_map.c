/*
 * The scattering transform as a feature map. Of each coefficient c the root sqrt(c + e) - sqrt(e) is taken, which
 * brings strong and weak coefficients nearer to each other. The roots of an image are scaled to a norm of 100, so
 * that its contrast does not matter and the strength of l2 that suits pixels suits them. The features are halves.
 */
#include <math.h>
#include <stdlib.h>

#include "features/features.h"
#include "features/loops.h"
#include "features/scattering.h"

static const float NORM = 100;

/* e above: the size of a coefficient where the image is almost blank. */
static const float BLANK = 0x1p-10f;

enum { N_SCALES, N_ANGLES };

static status count(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    const size_t least = (size_t)1 << values[N_SCALES], most = SCATTERING_MAX_SIDE;
    if (n_rows < least || n_columns < least || n_rows > most || n_columns > most)
        return fail(f, "images of %zu x %zu pixels, expected %zu x %zu to %zu x %zu for scattering with J=%zu",
                    n_columns, n_rows, least, least, most, most, values[N_SCALES]);
    *n_features = scattering_n_coefficients(values[N_SCALES], values[N_ANGLES], n_rows, n_columns);
    return STATUS_OK;
}

static void *prepare(feature_transform *t)
{
    const size_t *values = t->choice.values;
    return scattering_create(values[N_SCALES], values[N_ANGLES], t->n_rows, t->n_columns,
                             find_feature_loops(t->isa).scattering, &t->memory);
}

static void take_roots(size_t n, float *row)
{
    for (size_t i = 0; i < n; i++)
        row[i] = sqrtf(row[i] + BLANK) - sqrtf(BLANK);
}

/* Brings a row to the norm; 0 for a row of zeros. */
static float find_factor(size_t n, const float *row)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (double)row[i] * (double)row[i];
    return square > 0 ? NORM / (float)sqrt(square) : 0;
}

static bool transform(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows)
{
    const scattering *s = t->prepared;
    float *coefficients = calloc(n, t->n_features * sizeof *coefficients);
    const bool ok = coefficients && s->loops->transform(s, n, images, coefficients);
    for (size_t i = 0; ok && i < n; i++) {
        float *row = coefficients + i * t->n_features;
        take_roots(t->n_features, row);
        const float factor = find_factor(t->n_features, row);
        for (size_t j = 0; j < t->n_features; j++)
            row[j] *= factor;
    }
    if (ok)
        sm_to_halves(n * t->n_features, coefficients, rows);
    free(coefficients);
    return ok;
}

/* Replaces a row of coefficients c, with roots r, by the slopes with respect to them of the inner product of v and
 * NORM r / |r|: the part of v across r, times the slopes of the roots, 1 / (2 sqrt(c + e)). */
static void find_root_slopes(size_t n, const float *vector, float *row)
{
    const float offset = sqrtf(BLANK);
    take_roots(n, row);
    const float factor = find_factor(n, row);
    double along = 0;
    for (size_t i = 0; i < n; i++)
        along += (double)row[i] * (double)vector[i];
    along *= (double)(factor / NORM) * (double)(factor / NORM);
    for (size_t i = 0; i < n; i++)
        row[i] = factor * (vector[i] - (float)along * row[i]) / (2 * (row[i] + offset));
}

static bool vjp(const feature_transform *t, size_t n, const uint8_t *const *images, const float *const *vectors,
                float *gradients)
{
    const scattering *s = t->prepared;
    float *slopes = calloc(n, t->n_features * sizeof *slopes);
    bool ok = slopes && s->loops->transform(s, n, images, slopes);
    for (size_t i = 0; ok && i < n; i++)
        find_root_slopes(t->n_features, vectors[i], slopes + i * t->n_features);
    ok = ok && s->loops->vjp(s, n, images, slopes, gradients);
    free(slopes);
    return ok;
}

const feature_map feature_map_scattering = {
    .name = "scattering",
    .summary = "lines and edges of each scale and direction, and pairs of them, averaged around each place",
    .input = "roots of wavelet scattering coefficients, of norm 100",
    .parameters =
        {
            [N_SCALES] = {"J", 1, SCATTERING_MAX_SCALES, 3, "scales of wavelets, averaged over 2^J pixels"},
            [N_ANGLES] = {"L", 1, SCATTERING_MAX_ANGLES, 8, "directions of wavelets"},
        },
    .type = SM_F16,
    .count = count,
    .prepare = prepare,
    .transform = transform,
    .vjp = vjp,
};
