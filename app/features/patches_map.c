/*
 * Random patches as a feature map: those of the image as it is, and those of the image set upright, from nearer.
 * Of each coefficient c its root, sqrt(c + e) - sqrt(e), is taken, which brings the strong and the weak ones nearer
 * to each other. They are halves.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/features.h"
#include "features/patches.h"
#include "features/moment_normalisation.h"

static const float SCALE = 3;

/* e above: what a coefficient is when its image is all but blank there. */
static const float BLANK = 0x1p-10f;

/* The same filters see the image at a glance, and what is upright in detail. */
enum { N_VIEWS = 2 };
static const image_view views[N_VIEWS] = {{false, 1}, {true, 0.6}};

/* Of the memory that an image passes through. */
enum { ALIGNMENT = 64 };

enum { N_FILTERS, SEED };

static status count(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    const size_t least = PATCHES_MIN_SIDE, most = PATCHES_MAX_SIDE;
    if (n_rows < least || n_columns < least || n_rows > most || n_columns > most)
        return fail(f, "images of %zu x %zu pixels, expected %zu x %zu to %zu x %zu for patches", n_columns, n_rows,
                    least, least, most, most);
    *n_features = N_VIEWS * values[N_FILTERS] * PATCHES_CELLS * PATCHES_CELLS;
    return STATUS_OK;
}

static status prepare(feature_transform *t, failure *f)
{
    const size_t *values = t->choice.values;
    patches *p = calloc(1, sizeof *p);
    if (!p || !patches_create(values[N_FILTERS], values[SEED], t->n_rows, t->n_columns, t->isa, p)) {
        free(p);
        return fail_memory(f);
    }
    t->prepared = p;
    return STATUS_OK;
}

static void release(void *prepared)
{
    patches_destroy(prepared);
    free(prepared);
}

/* What one thread works in. */
typedef struct workbench {
    void *memory;        /* of the loops */
    uint8_t *seen;       /* [N_VIEWS, n_pixels] */
    float *coefficients; /* [n_features] */
    float *slopes;       /* [n_pixels] */
} workbench;

static void workbench_destroy(workbench *w)
{
    free(w->slopes);
    free(w->coefficients);
    free(w->seen);
    free(w->memory);
}

static bool workbench_create(const feature_transform *t, workbench *w)
{
    const patches *p = t->prepared;
    const size_t n_pixels = t->n_rows * t->n_columns;
    *w = (workbench){.memory = aligned_alloc(ALIGNMENT, p->loops->memory_bytes(p)),
                     .seen = calloc(n_pixels, N_VIEWS * sizeof *w->seen),
                     .coefficients = calloc(t->n_features, sizeof *w->coefficients),
                     .slopes = calloc(n_pixels, sizeof *w->slopes)};
    if (w->memory && w->seen && w->coefficients && w->slopes)
        return true;
    workbench_destroy(w);
    return false;
}

static void find_coefficients(const feature_transform *t, const uint8_t *image, workbench *w)
{
    const patches *p = t->prepared;
    const size_t n_pixels = t->n_rows * t->n_columns, n_in_view = t->n_features / N_VIEWS;
    for (size_t v = 0; v < N_VIEWS; v++) {
        uint8_t *seen = w->seen + v * n_pixels;
        view_image(&views[v], image, t->n_rows, t->n_columns, seen);
        p->loops->transform(p, seen, w->memory, w->coefficients + v * n_in_view);
    }
}

static bool transform(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows)
{
    const float offset = sqrtf(BLANK);
    workbench w;
    if (!workbench_create(t, &w))
        return false;
    for (size_t i = 0; i < n; i++) {
        find_coefficients(t, images[i], &w);
        for (size_t j = 0; j < t->n_features; j++)
            w.coefficients[j] = SCALE * (sqrtf(w.coefficients[j] + BLANK) - offset);
        sm_to_halves(t->n_features, w.coefficients, (uint16_t *)rows + i * t->n_features);
    }
    workbench_destroy(&w);
    return true;
}

static bool vjp(const feature_transform *t, size_t n, const uint8_t *const *images, const float *const *vectors,
                float *gradients)
{
    const patches *p = t->prepared;
    const size_t n_pixels = t->n_rows * t->n_columns, n_in_view = t->n_features / N_VIEWS;
    workbench w;
    if (!workbench_create(t, &w))
        return false;
    for (size_t i = 0; i < n; i++) {
        float *gradient = gradients + i * n_pixels;
        find_coefficients(t, images[i], &w);
        for (size_t j = 0; j < t->n_features; j++)
            w.coefficients[j] = SCALE * vectors[i][j] / (2 * sqrtf(w.coefficients[j] + BLANK));
        memset(gradient, 0, n_pixels * sizeof *gradient);
        for (size_t v = 0; v < N_VIEWS; v++) {
            p->loops->vjp(p, w.seen + v * n_pixels, w.coefficients + v * n_in_view, w.memory, w.slopes);
            view_image_vjp(&views[v], images[i], t->n_rows, t->n_columns, w.slopes, gradient);
        }
    }
    workbench_destroy(&w);
    return true;
}

const feature_map feature_map_patches = {
    .name = "patches",
    .summary = "how much of random patches of strokes is in each ninth of the image, as it is and set upright",
    .input = "roots of pooled responses to random patches of oriented gradients",
    .parameters =
        {
            [N_FILTERS] = {"filters", 1, PATCHES_MAX_FILTERS, 448, "random filters, of 18 features each"},
            [SEED] = {"seed", 0, UINT32_MAX, 1, "what the filters are drawn from"},
        },
    .type = SM_F16,
    .count = count,
    .prepare = prepare,
    .release = release,
    .transform = transform,
    .vjp = vjp,
};
