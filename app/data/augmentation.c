#include "data/augmentation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bilinear.h"
#include "base/exact_math.h"
#include "base/pool.h"
#include "base/sizes.h"

/* Limits of the affine map, in both directions: rotation in degrees, stretch and shear as ratios, shift in
 * pixels. */
static const double MAX_ROTATION = 10, MAX_STRETCH = 0.1, MAX_SHEAR = 0.1, MAX_SHIFT = 1;

/* The elastic deformation: the root mean square of a pixel's displacement, and the standard deviation of the
 * Gaussian that smooths the field. Pixels are those of an image whose longer side has 28. */
static const double DISPLACEMENT = 0.7, SMOOTHNESS = 4, COMMON_SIDE = 28;

/* The workspace for one image. */
typedef struct workspace {
    size_t n_rows, n_columns;
    double pixel;         /* of the common size, in pixels of this one */
    size_t reach;         /* of the Gaussian, to each side */
    float *gaussian;      /* [2 reach + 1] */
    float *noise, *field; /* [2, n_rows, n_columns]: displacements along rows, then along columns */
    pool memory;          /* of these */
} workspace;

static bool workspace_create(const dataset *data, workspace *w)
{
    const size_t n_pixels = data->n_rows * data->n_columns;
    const double pixel = (double)size_max(data->n_rows, data->n_columns) / COMMON_SIDE;
    const double deviation = SMOOTHNESS * pixel;
    const size_t reach = (size_t)ceil(2 * deviation);
    *w = (workspace){.n_rows = data->n_rows, .n_columns = data->n_columns, .pixel = pixel, .reach = reach};
    w->gaussian = pool_take(&w->memory, 2 * reach + 1, sizeof *w->gaussian);
    w->noise = pool_take(&w->memory, n_pixels, 2 * sizeof *w->noise);
    w->field = pool_take(&w->memory, n_pixels, 2 * sizeof *w->field);
    if (w->memory.has_failed)
        return false;
    for (size_t i = 0; i <= 2 * reach; i++) {
        const double t = (double)i - (double)reach;
        w->gaussian[i] = (float)exact_exp(-t * t / (2 * deviation * deviation));
    }
    return true;
}

/* From -1 to 1. */
static double draw(sm_random *random)
{
    return (double)(sm_random_next(random) >> 11) * 0x1p-52 - 1;
}

/* Convolves the n rows x [n, row_size] with the Gaussian; beyond the ends they are 0. */
static void blur(const workspace *w, size_t n, size_t row_size, const float *x, float *y)
{
    memset(y, 0, n * row_size * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        const size_t first = i < w->reach ? w->reach - i : 0, end = size_min(n + w->reach - i, 2 * w->reach + 1);
        for (size_t t = first; t < end; t++)
            for (size_t j = 0; j < row_size; j++)
                y[i * row_size + j] += w->gaussian[t] * x[(i + t - w->reach) * row_size + j];
    }
}

/* Draws the displacement of each pixel: smoothed noise. */
static void draw_field(sm_random *random, workspace *w)
{
    const size_t n_pixels = w->n_rows * w->n_columns;
    for (size_t i = 0; i < 2 * n_pixels; i++)
        w->noise[i] = (float)draw(random);
    for (size_t axis = 0; axis < 2; axis++) {
        float *noise = w->noise + axis * n_pixels, *field = w->field + axis * n_pixels;
        blur(w, w->n_rows, w->n_columns, noise, field);
        for (size_t y = 0; y < w->n_rows; y++)
            blur(w, w->n_columns, 1, field + y * w->n_columns, noise + y * w->n_columns);
    }
    double square = 0;
    for (size_t i = 0; i < 2 * n_pixels; i++)
        square += (double)w->noise[i] * (double)w->noise[i];
    const double rms = sqrt(square / (double)(2 * n_pixels));
    for (size_t i = 0; i < 2 * n_pixels; i++)
        w->field[i] = (float)(rms > 0 ? DISPLACEMENT * w->pixel / rms * (double)w->noise[i] : 0);
}

/* Where pixel (y, x) of a copy, from its centre, comes from: row = a y + b x + c, and likewise the column. */
typedef struct affine {
    double row[3], column[3];
} affine;

/* A factor up to 1 + MAX_STRETCH, or the inverse of one. */
static double draw_stretch(sm_random *random)
{
    const double by = MAX_STRETCH * draw(random);
    return by >= 0 ? 1 + by : 1 / (1 - by);
}

static affine draw_affine(sm_random *random, double pixel)
{
    enum { STEPS_PER_DEGREE = 100, FULL_TURN = 360 * STEPS_PER_DEGREE };
    const uint64_t most = (uint64_t)(MAX_ROTATION * STEPS_PER_DEGREE);
    const uint64_t steps = FULL_TURN - most + sm_random_below(random, 2 * most + 1);
    const turn a = exact_turn(steps % FULL_TURN, FULL_TURN);
    const double across = draw_stretch(random), down = draw_stretch(random), shear = MAX_SHEAR * draw(random);
    const double right = MAX_SHIFT * pixel * draw(random), low = MAX_SHIFT * pixel * draw(random);
    return (affine){.row = {a.cosine * down, a.sine * across, low},
                    .column = {(shear - a.sine) * down, a.cosine * across, right}};
}

static void distort(sm_random *random, workspace *w, const uint8_t *image, uint8_t *copy)
{
    const affine a = draw_affine(random, w->pixel);
    const double middle_row = ((double)w->n_rows - 1) / 2, middle_column = ((double)w->n_columns - 1) / 2;
    const float *down = w->field, *across = w->field + w->n_rows * w->n_columns;
    draw_field(random, w);
    for (size_t i = 0; i < w->n_rows * w->n_columns; i++) {
        const double y = (double)(i / w->n_columns) - middle_row, x = (double)(i % w->n_columns) - middle_column;
        const double row = a.row[0] * y + a.row[1] * x + a.row[2] + middle_row;
        const double column = a.column[0] * y + a.column[1] * x + a.column[2] + middle_column;
        const bilinear source =
            bilinear_at(w->n_rows, w->n_columns, row + (double)down[i], column + (double)across[i]);
        copy[i] = (uint8_t)(bilinear_value(&source, image) + 0.5);
    }
}

/* The context of a source of copies: copy i is made from image i % n_originals, with random numbers of its own. */
typedef struct copies {
    const dataset *data;
    size_t n_originals;
    uint64_t stream; /* drawn from the seed */
} copies;

/* An sm_source.rows. */
static const void *make_copies(void *context, size_t first, size_t n, void *scratch)
{
    const copies *c = context;
    const size_t n_pixels = c->data->n_rows * c->data->n_columns;
    workspace w;
    const bool ok = workspace_create(c->data, &w);
    for (size_t i = 0; ok && i < n; i++) {
        sm_random random = {c->stream ^ (first + i)};
        random.state = sm_random_next(&random);
        const uint8_t *image = c->data->pixels + (first + i) % c->n_originals * n_pixels;
        distort(&random, &w, image, (uint8_t *)scratch + i * n_pixels);
    }
    pool_free(&w.memory);
    return ok ? scratch : NULL;
}

/* Resizes an array [n, size] to [n + n_copies n_originals, size], with room for copies after the n_originals. */
static uint8_t *insert_room(const uint8_t *from, size_t n, size_t size, size_t n_originals, size_t n_copies)
{
    uint8_t *to = calloc(n + n_originals * n_copies, size);
    if (!to)
        return NULL;
    memcpy(to, from, n_originals * size);
    memcpy(to + n_originals * (n_copies + 1) * size, from + n_originals * size, (n - n_originals) * size);
    return to;
}

status dataset_add_copies(dataset *data, size_t n_originals, size_t n_copies, uint64_t seed,
                          const sm_execution *execution, failure *f)
{
    const size_t n_pixels = data->n_rows * data->n_columns;
    copies context = {data, n_originals, sm_random_next(&(sm_random){seed})};
    const sm_source source = {.n_samples = n_originals * n_copies,
                              .n_features = n_pixels,
                              .n_classes = 1,
                              .type = SM_U8,
                              .unit = 1,
                              .rows = make_copies,
                              .scratch_row_bytes = n_pixels,
                              .context = &context};
    if (n_copies == 0)
        return STATUS_OK;
    uint8_t *pixels = insert_room(data->pixels, data->n_samples, n_pixels, n_originals, n_copies);
    uint8_t *labels = insert_room(data->labels, data->n_samples, 1, n_originals, n_copies);
    const sm_status made =
        pixels && labels ? sm_source_read(&source, execution, pixels + n_originals * n_pixels) : SM_ERROR_MEMORY;
    if (made != SM_OK) {
        free(labels);
        free(pixels);
        return check_library(f, "augmented copies", made);
    }
    for (size_t copy = 1; copy <= n_copies; copy++)
        memcpy(labels + copy * n_originals, data->labels, n_originals);
    dataset_replace(data, data->n_samples + n_originals * n_copies, pixels, labels);
    return STATUS_OK;
}
