/* The blocks of the Hessian, estimated from a sample of the rows, and factored. */
#include "hessian.h"

#include <math.h>

#include "cholesky.h"
#include "draw.h"
#include "memory.h"

/* Rows drawn for a class, per feature: with more of them the estimate improves less than it costs. */
static const double ROWS_PER_FEATURE = 2;

/* And at most this many: with many features the ridge makes up for the rest, in a third of the time. */
static const double MAX_ROWS = 2048;

/* Added to the diagonal, as a fraction of its mean: makes up for drawing so few rows, and keeps a Cholesky
 * factorisation in float positive. */
static const double RIDGE = 0.04;

/* Rows whose outer products are added together, and the columns of a panel of them, which stays in the second-level
 * cache. */
enum { ROWS_AT_ONCE = 256, PANEL_COLUMNS = 1024 };

/* Rows that a source is asked for at a time. */
enum { UNPACKED_AT_ONCE = 64 };

double sm_hessian_ridge(double trace, size_t n)
{
    return RIDGE * trace / (double)n;
}

/* sm_pass.visit: stores v_nk in a float array [N, K]. */
static void store_variances(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    const size_t n_classes = blocks->shape.n_classes;
    float *variances = (float *)context + tile->first * n_classes;
    for (size_t i = 0; i < tile->n; i++) {
        const float weight = blocks->rows.source.weights ? (float)tile->workspace->sample_weights[i] : 1;
        for (size_t k = 0; k < n_classes; k++) {
            const float p = tile->workspace->scores[i * blocks->shape.n_lanes + k];
            variances[i * n_classes + k] = weight * p * (1 - p);
        }
    }
}

/* The workspace of a thread that makes blocks. */
typedef struct block_workspace {
    size_t n_drawn;
    size_t *drawn; /* [n_drawn] */
    float *dense;  /* [n_drawn, stride], the rows drawn, followed by a 1 */
    bool *strips;  /* [n_strips, n_drawn], whether a row is not all 0 in a strip of SM_OUTER_ROWS columns */
    void *scratch;
} block_workspace;

static bool block_workspace_create(const sm_blocks *blocks, const sm_hessian *h, size_t n_drawn, block_workspace *w)
{
    *w = (block_workspace){.n_drawn = n_drawn};
    w->drawn = calloc(n_drawn, sizeof *w->drawn);
    w->dense = sm_calloc(n_drawn, h->stride * sizeof *w->dense);
    w->strips = calloc(n_drawn, h->stride / SM_OUTER_ROWS * sizeof *w->strips);
    w->scratch = malloc(sm_rows_scratch_bytes(&blocks->rows, UNPACKED_AT_ONCE) + 1);
    return w->drawn && w->dense && w->strips && w->scratch;
}

/* Finds the strips of drawn row i that are not all 0. */
static void find_strips(const sm_hessian *h, block_workspace *w, size_t i)
{
    for (size_t strip = 0; strip < h->stride / SM_OUTER_ROWS; strip++) {
        uint64_t halves[2];
        memcpy(halves, w->dense + i * h->stride + strip * SM_OUTER_ROWS, sizeof halves);
        w->strips[strip * w->n_drawn + i] = (halves[0] | halves[1]) != 0;
    }
}

/* Unpacks drawn rows first .. first + n_rows - 1. */
static sm_status unpack_rows(const sm_blocks *blocks, const sm_hessian *h, size_t first, size_t n_rows,
                             block_workspace *w)
{
    sm_row rows[UNPACKED_AT_ONCE];
    const float unit = (float)blocks->unit;
    const sm_status status = sm_rows_get(&blocks->rows, w->drawn + first, 0, n_rows, w->scratch, rows);
    for (size_t i = 0; status == SM_OK && i < n_rows; i++) {
        float *dense = w->dense + (first + i) * h->stride;
        for (size_t d = 0; d < h->n_features; d++)
            dense[d] = sm_row_value(&rows[i], d) * unit;
        dense[h->n_features] = 1;
        find_strips(h, w, first + i);
    }
    return status;
}

/* Adds the outer products of some of the drawn rows, their upper triangle, in one panel of columns. Rows that are 0 in
 * a strip of columns add nothing to it, and with pictures most are. */
static void add_outer_products(const sm_hessian *h, const block_workspace *w, size_t first, size_t n_rows,
                               size_t panel, float *block)
{
    const size_t begin = panel * PANEL_COLUMNS, end = sm_min(begin + PANEL_COLUMNS, h->stride);
    const float *found[ROWS_AT_ONCE];
    for (size_t strip = 0; strip * SM_OUTER_ROWS < sm_min(h->n, end); strip++) {
        const size_t column = strip * SM_OUTER_ROWS, diagonal = column / SM_LANES * SM_LANES;
        size_t n_found = 0;
        for (size_t i = first; i < first + n_rows; i++) {
            found[n_found] = w->dense + i * h->stride;
            n_found += w->strips[strip * w->n_drawn + i];
        }
        h->kernels->outer(n_found, found, 1, column, begin > diagonal ? begin : diagonal, end, h->stride, block);
    }
}

static void sum_outer_products(const sm_hessian *h, const block_workspace *w, float *block)
{
    const size_t n_panels = (h->stride - 1) / PANEL_COLUMNS + 1;
    for (size_t first = 0; first < w->n_drawn; first += ROWS_AT_ONCE) {
        const size_t n_rows = sm_min(ROWS_AT_ONCE, w->n_drawn - first);
        for (size_t panel = 0; panel < n_panels; panel++)
            add_outer_products(h, w, first, n_rows, n_panels - 1 - panel, block); /* the largest first */
    }
}

/* Makes a block of the sum of the outer products: weighs it, and adds l2 and the ridge. */
static void weigh(const sm_hessian *h, double weight, double l2, float *block)
{
    double trace = 0;
    for (size_t i = 0; i < h->n; i++)
        trace += weight * (double)block[i * h->stride + i];
    const double ridge = sm_hessian_ridge(trace, h->n);
    for (size_t i = 0; i < h->n; i++) {
        float *row = block + i * h->stride;
        for (size_t j = 0; j < h->stride; j++)
            row[j] *= (float)weight;
        row[i] += (float)(ridge + (i < h->n_features ? l2 : 0));
    }
}

static sm_status make_block(const sm_blocks *blocks, const float *variances, double l2, size_t k,
                            block_workspace *w, sm_hessian *h)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    float *block = h->factors + k * h->block_size;
    const double total = sm_draw(variances + k, h->n_classes, n_samples, w->n_drawn, w->drawn);
    sm_status status = SM_OK;
    for (size_t first = 0; status == SM_OK && first < w->n_drawn; first += UNPACKED_AT_ONCE)
        status = unpack_rows(blocks, h, first, sm_min(UNPACKED_AT_ONCE, w->n_drawn - first), w);
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
        block_workspace w;
        sm_status status = block_workspace_create(blocks, h, n_drawn, &w) ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < h->n_classes; k++)
            if (status == SM_OK)
                status = make_block(blocks, variances, l2, k, &w, h);
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        free(w.scratch);
        free(w.strips);
        free(w.dense);
        free(w.drawn);
    }
    return failure;
}

sm_status sm_hessian_create(const sm_blocks *blocks, double l2, sm_hessian *hessian)
{
    sm_hessian h = {.n_classes = blocks->shape.n_classes,
                    .n_features = blocks->n_features,
                    .n = blocks->n_features + 1,
                    .stride = sm_round_up(blocks->n_features + 1, SM_LANES),
                    .kernels = blocks->kernels,
                    .n_threads = blocks->n_threads};
    h.block_size = sm_round_up(h.n, SM_OUTER_ROWS) * h.stride;
    float *variances = calloc(blocks->rows.source.n_samples, h.n_classes * sizeof *variances);
    h.factors = sm_calloc(h.n_classes, h.block_size * sizeof *h.factors);
    h.vectors = sm_calloc(h.n_classes, h.stride * sizeof *h.vectors);
    sm_status status = variances && h.factors && h.vectors ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_blocks_run(blocks, &(sm_pass){blocks->model, {0}, SM_MAX_SHARDS, store_variances, variances});
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

void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction)
{
    const sm_hessian *h = hessian;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)h->n_threads)
    for (size_t k = 0; k < h->n_classes; k++) {
        float *vector = h->vectors + k * h->stride;
        for (size_t d = 0; d < h->n; d++)
            vector[d] = (float)gradient[sm_parameter_index(h->n_classes, h->n_features, k, d)];
        for (size_t d = h->n; d < h->stride; d++)
            vector[d] = 0;
        sm_cholesky_solve(h->kernels, h->n, h->stride, h->factors + k * h->block_size, vector);
        for (size_t d = 0; d < h->n; d++)
            direction[sm_parameter_index(h->n_classes, h->n_features, k, d)] = (double)vector[d];
    }
}
