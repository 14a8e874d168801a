#include "data/distortion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/series.h"

/* The most of each: degrees to either side, and how much longer or shorter, steeper or flatter. */
static const double MAX_TURN = 10, MAX_STRETCH = 0.1, MAX_SHEAR = 0.1;

/* In pixels of an image whose longer side has 28: the most of a shift, the root of the mean square by which pixels
 * are rubbed about, and the deviation of the Gaussian that makes neighbours go together. */
static const double MAX_SHIFT = 1, RUB = 0.7, RUB_DEVIATION = 4;
static const double COMMON_SIDE = 28;

/* What is needed to distort one image. */
typedef struct distorter {
    size_t n_rows, n_columns;
    double pixel;         /* of the common size, in pixels of this one */
    size_t reach;         /* of the Gaussian, to each side */
    float *gaussian;      /* [2 reach + 1] */
    float *noise, *field; /* [2, n_rows, n_columns], rows' and columns' */
} distorter;

/* From -1 to 1. */
static double draw(sm_random *random)
{
    return (double)(sm_random_next(random) >> 11) * 0x1p-52 - 1;
}

static void distorter_destroy(distorter *d)
{
    free(d->field);
    free(d->noise);
    free(d->gaussian);
}

static bool distorter_create(const dataset *data, distorter *d)
{
    const size_t side = data->n_rows > data->n_columns ? data->n_rows : data->n_columns;
    const size_t n_pixels = data->n_rows * data->n_columns;
    *d = (distorter){.n_rows = data->n_rows, .n_columns = data->n_columns, .pixel = (double)side / COMMON_SIDE};
    const double deviation = RUB_DEVIATION * d->pixel;
    d->reach = (size_t)ceil(2 * deviation);
    d->gaussian = calloc(2 * d->reach + 1, sizeof *d->gaussian);
    d->noise = calloc(n_pixels, 2 * sizeof *d->noise);
    d->field = calloc(n_pixels, 2 * sizeof *d->field);
    if (!d->gaussian || !d->noise || !d->field) {
        distorter_destroy(d);
        return false;
    }
    for (size_t i = 0; i <= 2 * d->reach; i++) {
        const double t = (double)i - (double)d->reach;
        d->gaussian[i] = (float)series_exp(-t * t / (2 * deviation * deviation));
    }
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

/* y [n] = x [n] blurred, each value of them a row of n_each; 0 beyond the ends. */
static void blur(const distorter *d, size_t n, size_t n_each, const float *x, float *y)
{
    memset(y, 0, n * n_each * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        const size_t first = i < d->reach ? d->reach - i : 0, left = n + d->reach - i;
        const size_t end = left < 2 * d->reach + 1 ? left : 2 * d->reach + 1;
        for (size_t t = first; t < end; t++)
            for (size_t j = 0; j < n_each; j++)
                y[i * n_each + j] += d->gaussian[t] * x[(i + t - d->reach) * n_each + j];
    }
}

/* By how much each pixel's row and column are off. */
static void draw_field(sm_random *random, const distorter *d)
{
    const size_t n_pixels = d->n_rows * d->n_columns;
    for (size_t i = 0; i < 2 * n_pixels; i++)
        d->noise[i] = (float)draw(random);
    for (size_t part = 0; part < 2; part++) {
        float *noise = d->noise + part * n_pixels, *field = d->field + part * n_pixels;
        blur(d, d->n_rows, d->n_columns, noise, field);
        for (size_t y = 0; y < d->n_rows; y++)
            blur(d, d->n_columns, 1, field + y * d->n_columns, noise + y * d->n_columns);
    }
    double square = 0;
    for (size_t i = 0; i < 2 * n_pixels; i++)
        square += (double)d->noise[i] * (double)d->noise[i];
    const double rms = sqrt(square / (double)(2 * n_pixels));
    for (size_t i = 0; i < 2 * n_pixels; i++)
        d->field[i] = (float)(rms > 0 ? RUB * d->pixel / rms * (double)d->noise[i] : 0);
}

/* Where a pixel of the copy, from the middle, comes from: row = a y + b x + c, and the same for the column. */
typedef struct affine {
    double row[3], column[3];
} affine;

/* By a factor or its inverse. */
static double draw_stretch(sm_random *random)
{
    const double by = MAX_STRETCH * draw(random);
    return by >= 0 ? 1 + by : 1 / (1 - by);
}

static affine draw_affine(sm_random *random, const distorter *d)
{
    enum { STEPS_PER_DEGREE = 100, FULL_TURN = 360 * STEPS_PER_DEGREE };
    const uint64_t most = (uint64_t)(MAX_TURN * STEPS_PER_DEGREE);
    const uint64_t steps = FULL_TURN - most + sm_random_below(random, 2 * most + 1);
    const turn a = series_turn(steps % FULL_TURN, FULL_TURN);
    const double across = draw_stretch(random), down = draw_stretch(random), shear = MAX_SHEAR * draw(random);
    const double right = MAX_SHIFT * d->pixel * draw(random), low = MAX_SHIFT * d->pixel * draw(random);
    return (affine){.row = {a.cosine * down, a.sine * across, low},
                    .column = {(shear - a.sine) * down, a.cosine * across, right}};
}

/* The image between its pixels, 0 outside. */
static double sample(const distorter *d, const uint8_t *image, double row, double column)
{
    const double top = floor(row), left = floor(column), low = row - top, right = column - left;
    const double weights[2][2] = {{(1 - low) * (1 - right), (1 - low) * right}, {low * (1 - right), low * right}};
    double sum = 0;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            const double y = top + (double)i, x = left + (double)j;
            if (y >= 0 && x >= 0 && y < (double)d->n_rows && x < (double)d->n_columns)
                sum += weights[i][j] * image[(size_t)y * d->n_columns + (size_t)x];
        }
    }
    return sum;
}

static void distort(sm_random *random, const distorter *d, const uint8_t *image, uint8_t *copy)
{
    const affine a = draw_affine(random, d);
    const double middle_row = ((double)d->n_rows - 1) / 2, middle_column = ((double)d->n_columns - 1) / 2;
    draw_field(random, d);
    for (size_t i = 0; i < d->n_rows; i++) {
        for (size_t j = 0; j < d->n_columns; j++) {
            const size_t at = i * d->n_columns + j;
            const double y = (double)i - middle_row, x = (double)j - middle_column;
            const double row = a.row[0] * y + a.row[1] * x + a.row[2] + middle_row;
            const double column = a.column[0] * y + a.column[1] * x + a.column[2] + middle_column;
            const double down = (double)d->field[at], across = (double)d->field[d->n_rows * d->n_columns + at];
            copy[at] = (uint8_t)(sample(d, image, row + down, column + across) + 0.5);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

/* What is to be distorted: copy i is made of image i % n_originals, with random numbers of its own. */
typedef struct copies {
    const dataset *data;
    size_t n_originals;
    uint64_t stream; /* what the seed makes of itself */
} copies;

/* An sm_source.rows. */
static const void *make_copies(void *context, size_t first, size_t n, void *scratch)
{
    const copies *c = context;
    const size_t n_pixels = c->data->n_rows * c->data->n_columns;
    distorter d;
    if (!distorter_create(c->data, &d))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        sm_random random = {c->stream ^ (first + i)};
        random.state = sm_random_next(&random);
        const uint8_t *image = c->data->pixels + (first + i) % c->n_originals * n_pixels;
        distort(&random, &d, image, (uint8_t *)scratch + i * n_pixels);
    }
    distorter_destroy(&d);
    return scratch;
}

static sm_status distort_all(const dataset *data, size_t n_originals, size_t n_copies, uint64_t seed,
                             const sm_execution *execution, uint8_t *made)
{
    sm_random random = {seed};
    copies context = {data, n_originals, sm_random_next(&random)};
    const size_t n_pixels = data->n_rows * data->n_columns;
    const sm_source source = {.n_samples = n_originals * n_copies,
                              .n_features = n_pixels,
                              .n_classes = 1,
                              .type = SM_U8,
                              .unit = 1,
                              .rows = make_copies,
                              .scratch_row_bytes = n_pixels,
                              .context = &context};
    return sm_source_read(&source, execution, made);
}

/* Makes an array [n, size] one of [n + n_copies n_originals, size], with room for copies behind n_originals. */
static uint8_t *make_room(const uint8_t *from, size_t n, size_t size, size_t n_originals, size_t n_copies)
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
    if (n_copies == 0)
        return STATUS_OK;
    uint8_t *pixels = make_room(data->pixels, data->n_samples, n_pixels, n_originals, n_copies);
    uint8_t *labels = make_room(data->labels, data->n_samples, 1, n_originals, n_copies);
    sm_status made = SM_ERROR_MEMORY;
    if (pixels && labels)
        made = distort_all(data, n_originals, n_copies, seed, execution, pixels + n_originals * n_pixels);
    if (made != SM_OK) {
        free(labels);
        free(pixels);
        return fail_library(f, "distorted copies", made);
    }
    for (size_t copy = 1; copy <= n_copies; copy++)
        memcpy(labels + copy * n_originals, data->labels, n_originals);
    dataset_replace(data, data->n_samples + n_originals * n_copies, pixels, labels);
    return STATUS_OK;
}
