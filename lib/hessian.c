/* The Hessian's blocks, sampled and factored. */
#include "hessian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cholesky.h"
#include "memory.h"
#include "threads.h"

/* Rows drawn for a class, for each feature: enough that the estimate is worth its factor. */
static const double ROWS_PER_FEATURE = 2;

/* And no more than these: of many features the ridge makes up for the others, for a third of the time. */
static const double MAX_ROWS = 2048;

/* Added to the diagonal, as a fraction of its mean: what makes up for so few rows (and, by the way, keeps a
 * float Cholesky positive). */
static const double RIDGE = 0.04;

/* Rows whose outer products are added together, and columns of them, few enough to stay in the second-level cache.
 */
enum { ROWS_AT_ONCE = 256, COLUMNS_AT_ONCE = 1024 };

/* Rows that a source is asked for at a time. */
enum { UNPACKED_AT_ONCE = 64 };

/* Strips whose bits make up one word. */
enum { WORD_STRIPS = 64 };

static size_t round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* ---------------------------------------------------------------------------------------------- */

/* v_nk = p_nk (1 - p_nk) of a block's samples, into an [N, K] matrix. */
static void store_variances(void *context, size_t group, size_t first, size_t n, const sm_workspace *workspace,
                            const sm_blocks *blocks)
{
    (void)group;
    float *variances = (float *)context + first * blocks->shape.n_classes;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < blocks->shape.n_classes; k++) {
            const float p = workspace->scores[i * blocks->shape.n_lanes + k];
            *variances++ = p * (1 - p);
        }
    }
}

/* Draws n_drawn rows for class k, evenly spaced along the running sum of v_nk (systematic sampling, Madow
 * 1949), and returns that sum. A row may be drawn more than once. */
static double draw_rows(const float *variances, size_t n_samples, size_t n_classes, size_t k, size_t n_drawn,
                        size_t *drawn)
{
    double total = 0;
    for (size_t n = 0; n < n_samples; n++)
        total += (double)variances[n * n_classes + k];
    const double step = total / (double)n_drawn;
    double sum = 0;
    size_t count = 0;
    for (size_t n = 0; n < n_samples; n++) {
        sum += (double)variances[n * n_classes + k];
        while (count < n_drawn && sum > ((double)count + 0.5) * step)
            drawn[count++] = n;
    }
    while (count < n_drawn) /* rounding may leave the last one out */
        drawn[count++] = n_samples - 1;
    return total;
}

/* ---------------------------------------------------------------------------------------------- */

/* What one class's block is made in. */
typedef struct workbench {
    size_t n_drawn;
    size_t *drawn; /* [n_drawn] */
    float *dense;  /* [n_drawn, stride], the rows drawn, with a 1 behind them */
    size_t n_words;
    uint64_t *strips;    /* [n_drawn, n_words], a bit for each SM_OUTER_ROWS columns where a row is not 0 */
    const float **found; /* [ROWS_AT_ONCE], rows that are not 0 in a strip */
    void *scratch;
} workbench;

static void workbench_destroy(workbench *w)
{
    free(w->scratch);
    free(w->found);
    free(w->strips);
    free(w->dense);
    free(w->drawn);
}

static bool workbench_create(const sm_blocks *blocks, const sm_hessian *h, size_t n_drawn, workbench *w)
{
    const size_t scratch_bytes = sm_rows_scratch_bytes(&blocks->rows, UNPACKED_AT_ONCE);
    *w = (workbench){.n_drawn = n_drawn, .n_words = h->stride / SM_OUTER_ROWS / WORD_STRIPS + 1};
    w->drawn = calloc(n_drawn, sizeof *w->drawn);
    w->dense = sm_calloc(n_drawn, h->stride * sizeof *w->dense);
    w->strips = calloc(n_drawn, w->n_words * sizeof *w->strips);
    w->found = calloc(ROWS_AT_ONCE, sizeof *w->found);
    w->scratch = malloc(scratch_bytes + 1);
    return w->drawn && w->dense && w->strips && w->found && w->scratch;
}

static void unpack_row(const sm_row *row, size_t n_features, float unit, float *values)
{
    for (size_t d = 0; d < n_features; d++)
        values[d] = sm_row_value(row, d) * unit;
}

/* Sets the bits of the strips of a row that are not 0. */
static void find_strips(size_t n_strips, const float *row, uint64_t *strips)
{
    memset(strips, 0, (n_strips / WORD_STRIPS + 1) * sizeof *strips);
    for (size_t strip = 0; strip < n_strips; strip++) {
        uint64_t halves[2];
        memcpy(halves, row + strip * SM_OUTER_ROWS, sizeof halves);
        strips[strip / WORD_STRIPS] |= (uint64_t)((halves[0] | halves[1]) != 0) << strip % WORD_STRIPS;
    }
}

/* Unpacks drawn rows first .. first + n_rows - 1. */
static sm_status unpack_rows(const sm_blocks *blocks, const sm_hessian *h, size_t first, size_t n_rows,
                             workbench *w)
{
    sm_row rows[UNPACKED_AT_ONCE];
    const sm_status status = sm_rows_get(&blocks->rows, w->drawn + first, 0, n_rows, w->scratch, rows);
    for (size_t i = 0; status == SM_OK && i < n_rows; i++) {
        float *dense = w->dense + (first + i) * h->stride;
        unpack_row(&rows[i], h->n_features, (float)blocks->unit, dense);
        dense[h->n_features] = 1;
        find_strips((h->n - 1) / SM_OUTER_ROWS + 1, dense, w->strips + (first + i) * w->n_words);
    }
    return status;
}

static sm_status unpack_all_rows(const sm_blocks *blocks, const sm_hessian *h, workbench *w)
{
    sm_status status = SM_OK;
    for (size_t first = 0; status == SM_OK && first < w->n_drawn; first += UNPACKED_AT_ONCE) {
        const size_t left = w->n_drawn - first;
        status = unpack_rows(blocks, h, first, left < UNPACKED_AT_ONCE ? left : UNPACKED_AT_ONCE, w);
    }
    return status;
}

/* Adds the outer products of some of the drawn rows, the upper triangle of them, in columns begin to end - 1. Rows
 * that are 0 in a strip of columns add nothing to it, and for pictures that is most of them. */
static void add_outer_products(const sm_hessian *h, workbench *w, size_t first, size_t n_rows, size_t begin,
                               size_t end, float *block)
{
    for (size_t strip = 0; strip * SM_OUTER_ROWS < h->n && strip * SM_OUTER_ROWS < end; strip++) {
        const size_t column = strip * SM_OUTER_ROWS, diagonal = column / SM_LANES * SM_LANES;
        const uint64_t *strips = w->strips + strip / WORD_STRIPS;
        size_t n_found = 0;
        for (size_t i = first; i < first + n_rows; i++) {
            w->found[n_found] = w->dense + i * h->stride;
            n_found += strips[i * w->n_words] >> strip % WORD_STRIPS & 1;
        }
        h->kernels->outer(n_found, w->found, 1, column, begin > diagonal ? begin : diagonal, end, h->stride, block);
    }
}

static void sum_outer_products(const sm_hessian *h, workbench *w, float *block)
{
    for (size_t first = 0; first < w->n_drawn; first += ROWS_AT_ONCE) {
        const size_t left = w->n_drawn - first, n_rows = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (size_t begin = 0; begin < h->stride; begin += COLUMNS_AT_ONCE) {
            const size_t columns = h->stride - begin;
            add_outer_products(h, w, first, n_rows, begin,
                               begin + (columns < COLUMNS_AT_ONCE ? columns : COLUMNS_AT_ONCE), block);
        }
    }
}

/* Makes the mean of the outer products the block: weighs it, and adds l2 and the ridge. */
static void weigh(const sm_hessian *h, double weight, double l2, float *block)
{
    double trace = 0;
    for (size_t i = 0; i < h->n; i++)
        trace += weight * (double)block[i * h->stride + i];
    const double ridge = RIDGE * trace / (double)h->n;
    for (size_t i = 0; i < h->n; i++) {
        float *row = block + i * h->stride;
        for (size_t j = 0; j < h->stride; j++)
            row[j] *= (float)weight;
        row[i] += (float)(ridge + (i < h->n_features ? l2 : 0));
    }
}

static sm_status make_block(const sm_blocks *blocks, const float *variances, double l2, size_t k, workbench *w,
                            sm_hessian *h)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    float *block = h->factors + k * h->block_size;
    const double total = draw_rows(variances, n_samples, h->n_classes, k, w->n_drawn, w->drawn);
    const sm_status status = unpack_all_rows(blocks, h, w);
    if (status != SM_OK)
        return status;
    sum_outer_products(h, w, block);
    weigh(h, total / (double)n_samples / (double)w->n_drawn, l2, block);
    return sm_cholesky_factor(h->kernels, h->n, h->stride, block);
}

static sm_status make_blocks(const sm_blocks *blocks, const float *variances, double l2, sm_hessian *h)
{
    const size_t n_drawn = (size_t)fmin(ceil(ROWS_PER_FEATURE * (double)h->n), MAX_ROWS);
    sm_status failure = SM_OK;
#pragma omp parallel num_threads((int)h->n_threads)
    {
        workbench w;
        sm_status status = workbench_create(blocks, h, n_drawn, &w) ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < h->n_classes; k++)
            if (status == SM_OK)
                status = make_block(blocks, variances, l2, k, &w, h);
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        workbench_destroy(&w);
    }
    return failure;
}

sm_status sm_hessian_create(const sm_blocks *blocks, double l2, sm_hessian *hessian)
{
    sm_hessian h = {.n_classes = blocks->shape.n_classes,
                    .n_features = blocks->n_features,
                    .n = blocks->n_features + 1,
                    .stride = round_up(blocks->n_features + 1, SM_LANES),
                    .kernels = blocks->kernels,
                    .n_threads = blocks->n_threads};
    h.block_size = round_up(h.n, SM_OUTER_ROWS) * h.stride;
    float *variances = calloc(blocks->rows.source.n_samples, h.n_classes * sizeof *variances);
    h.factors = sm_calloc(h.n_classes, h.block_size * sizeof *h.factors);
    h.vectors = sm_calloc(h.n_classes, h.stride * sizeof *h.vectors);
    sm_status status = variances && h.factors && h.vectors ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_blocks_for_each(blocks, store_variances, variances);
    if (status == SM_OK)
        status = make_blocks(blocks, variances, l2, &h);
    free(variances);
    if (status == SM_OK)
        *hessian = h;
    else
        sm_hessian_destroy(&h);
    return status;
}

void sm_hessian_destroy(sm_hessian *hessian)
{
    free(hessian->vectors);
    free(hessian->factors);
    *hessian = (sm_hessian){0};
}

/* ---------------------------------------------------------------------------------------------- */

/* Where the parameter of class k and feature d (D for the bias) stands. */
static size_t parameter_index(const sm_hessian *h, size_t k, size_t d)
{
    return d < h->n_features ? k * h->n_features + d : h->n_classes * h->n_features + k;
}

static void subtract_class_mean(const sm_hessian *h, double *direction)
{
    for (size_t d = 0; d < h->n; d++) {
        double mean = 0;
        for (size_t k = 0; k < h->n_classes; k++)
            mean += direction[parameter_index(h, k, d)] / (double)h->n_classes;
        for (size_t k = 0; k < h->n_classes; k++)
            direction[parameter_index(h, k, d)] -= mean;
    }
}

void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)hessian->n_threads)
    for (size_t k = 0; k < hessian->n_classes; k++) {
        float *vector = hessian->vectors + k * hessian->stride;
        memset(vector, 0, hessian->stride * sizeof *vector);
        for (size_t d = 0; d < hessian->n; d++)
            vector[d] = (float)gradient[parameter_index(hessian, k, d)];
        sm_cholesky_solve(hessian->kernels, hessian->n, hessian->stride, hessian->factors + k * hessian->block_size,
                          vector);
        for (size_t d = 0; d < hessian->n; d++)
            direction[parameter_index(hessian, k, d)] = (double)vector[d];
    }
    subtract_class_mean(hessian, direction);
}
