/*
 * Random patches as a feature map: those of the image after moment normalisation, enlarged, and those of the image as it is. The features are roots of the coefficients, as bytes: roots bring strong and weak responses nearer to each
 * other.
 */
#include <math.h>
#include <string.h>

#include "features/features.h"
#include "features/loops.h"
#include "features/moment_normalisation.h"

enum { N_FILTERS, N_VIEWS, SEED };

static status count(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    const size_t least = PATCHES_MIN_SIDE, most = PATCHES_MAX_SIDE;
    if (n_rows < least || n_columns < least || n_rows > most || n_columns > most)
        return fail(f, "images of %zu x %zu pixels, expected %zu x %zu to %zu x %zu for patches", n_columns, n_rows,
                    least, least, most, most);
    *n_features = values[N_VIEWS] * values[N_FILTERS] * PATCHES_CELLS * PATCHES_CELLS;
    return STATUS_OK;
}

static void *prepare(feature_transform *t)
{
    const size_t *values = t->choice.values;
    return patches_create(values[N_FILTERS], values[N_VIEWS], values[SEED], t->n_rows, t->n_columns,
                          find_feature_loops(t->isa).patches, &t->memory);
}

/* The workspace of a thread. */
typedef struct workspace {
    pool memory;
    patches_workspace loops;
    uint8_t *normalised; /* [n_pixels] */
    float *coefficients; /* [PATCHES_VIEWS, n_features / PATCHES_VIEWS], then the slopes with respect to them */
    float *slopes;       /* [n_pixels], with respect to normalised */
} workspace;

static bool workspace_create(const feature_transform *t, bool for_vjp, workspace *w)
{
    const size_t n_pixels = t->n_rows * t->n_columns;
    *w = (workspace){0};
    patches_workspace_take(t->prepared, for_vjp, &w->memory, &w->loops);
    w->normalised = pool_take(&w->memory, n_pixels, sizeof *w->normalised);
    w->coefficients = pool_take(&w->memory, t->n_features + PATCHES_MAX_LANES, sizeof *w->coefficients);
    w->slopes = pool_take(&w->memory, n_pixels, sizeof *w->slopes);
    return !w->memory.has_failed;
}

static void find_coefficients(const feature_transform *t, const uint8_t *image, workspace *w)
{
    const patches *p = t->prepared;
    normalise_moments(PATCHES_DETAIL_SCALE, image, t->n_rows, t->n_columns, w->normalised);
    for (size_t view = 0; view < p->n_views; view++)
        p->loops->transform(p, view == 0 ? w->normalised : image, &w->loops,
                            w->coefficients + view * t->n_features / p->n_views);
}

static bool transform(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows)
{
    const patches *p = t->prepared;
    workspace w;
    const bool ok = workspace_create(t, false, &w);
    for (size_t i = 0; ok && i < n; i++) {
        find_coefficients(t, images[i], &w);
        p->loops->take_roots(t->n_features, PATCHES_SCALE, PATCHES_BLANK, w.coefficients,
                             (uint8_t *)rows + i * t->n_features);
    }
    pool_free(&w.memory);
    return ok;
}

static bool vjp(const feature_transform *t, size_t n, const uint8_t *const *images, const float *const *vectors,
                float *gradients)
{
    const patches *p = t->prepared;
    workspace w;
    const bool ok = workspace_create(t, true, &w);
    for (size_t i = 0; ok && i < n; i++) {
        float *gradient = gradients + i * t->n_rows * t->n_columns;
        find_coefficients(t, images[i], &w);
        for (size_t j = 0; j < t->n_features; j++)
            w.coefficients[j] =
                PATCHES_UNIT * PATCHES_SCALE * vectors[i][j] / (2 * sqrtf(w.coefficients[j] + PATCHES_BLANK));
        if (p->n_views > 1)
            p->loops->vjp(p, images[i], w.coefficients + t->n_features / p->n_views, &w.loops, gradient);
        else
            memset(gradient, 0, t->n_rows * t->n_columns * sizeof *gradient);
        p->loops->vjp(p, w.normalised, w.coefficients, &w.loops, w.slopes);
        normalise_moments_vjp(PATCHES_DETAIL_SCALE, images[i], t->n_rows, t->n_columns, w.slopes, gradient);
    }
    pool_free(&w.memory);
    return ok;
}

const feature_map feature_map_patches = {
    .name = "patches",
    .summary = "responses to random patches of strokes in each ninth of the image, moment-normalised and as it is",
    .input = "roots of pooled responses to random patches of oriented gradients",
    .parameters =
        {
            [N_FILTERS] = {"filters", 1, PATCHES_MAX_FILTERS, 384,
                           "filters of random signs, of 9 features in each view"},
            [N_VIEWS] = {"views", 1, PATCHES_MAX_VIEWS, 2,
                         "1 for the moment normalisation, 2 for the image as it is, too"},
            [SEED] = {"seed", 0, UINT32_MAX, 1, "the seed of the random filters"},
        },
    .type = SM_U8,
    .unit = (double)PATCHES_UNIT,
    .count = count,
    .prepare = prepare,
    .transform = transform,
    .vjp = vjp,
};
