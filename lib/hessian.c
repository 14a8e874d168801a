/* The blocks of the Hessian, estimated from a sample of the rows, and factored. */
#include "hessian.h"

#include <math.h>

#include "cholesky.h"
#include "draw.h"
#include "memory.h"

/* Rows drawn for a class, per feature: with more of them the estimate improves less than it costs. */
static const double ROWS_PER_FEATURE = 2;

/* And at most this many for each class: with many features the ridge makes up for the rest, in a third of the time. */
static const double MAX_ROWS = 2048;

/* Added to the diagonal, as a fraction of its mean: makes up for drawing so few rows, and keeps a Cholesky
 * factorisation in float positive. */
static const double RIDGE = 0.04;

/* Rows whose outer products are added together, and the columns of a panel of them, which stays in the second-level
 * cache. */
enum { ROWS_AT_ONCE = 256, PANEL_COLUMNS = 1024 };

/* Rows that a source is asked for at a time. */
enum { UNPACKED_AT_ONCE = 64 };

size_t sm_hessian_count_blocks(size_t n_features, size_t n_classes)
{
    const double max_bytes = 512 << 20;
    const double block_bytes = ((double)n_features + 1) * ((double)n_features + 1) * sizeof(float);
    if ((double)n_classes * block_bytes <= max_bytes)
        return n_classes;
    return block_bytes <= max_bytes ? 1 : 0;
}

/* v_nk = p_nk (1 - p_nk), or their mean over the classes where these share a block. */
typedef struct block_variances {
    size_t n_blocks;
    float *values; /* [N, n_blocks] */
} block_variances;

/* sm_pass.visit */
static void store_variances(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    const block_variances *v = context;
    const size_t n_classes = blocks->shape.n_classes, n_sharing = n_classes / v->n_blocks;
    for (size_t i = 0; i < tile->n; i++) {
        float *values = v->values + (tile->first + i) * v->n_blocks;
        const float weight = blocks->rows.source.weights ? (float)tile->workspace->sample_weights[i] : 1;
        for (size_t k = 0; k < n_classes; k++) {
            const float p = tile->workspace->scores[i * blocks->shape.n_lanes + k];
            values[k / n_sharing] += weight * p * (1 - p) / (float)n_sharing;
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
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)h->n_threads_in_block)
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
    const double ridge = RIDGE * trace / (double)h->n;
    for (size_t i = 0; i < h->n; i++) {
        float *row = block + i * h->stride;
        for (size_t j = 0; j < h->stride; j++)
            row[j] *= (float)weight;
        row[i] += (float)(ridge + (i < h->n_features ? l2 : 0));
    }
}

static sm_status make_block(const sm_blocks *blocks, const block_variances *v, double l2, size_t k,
                            block_workspace *w, sm_hessian *h)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    float *block = h->factors + k * h->block_size;
    const double total = sm_draw(v->values + k, v->n_blocks, n_samples, w->n_drawn, w->drawn);
    sm_status status = SM_OK;
    for (size_t first = 0; status == SM_OK && first < w->n_drawn; first += UNPACKED_AT_ONCE)
        status = unpack_rows(blocks, h, first, sm_min(UNPACKED_AT_ONCE, w->n_drawn - first), w);
    if (status != SM_OK)
        return status;
    sum_outer_products(h, w, block);
    weigh(h, total / (double)n_samples / (double)w->n_drawn, l2, block);
    return sm_cholesky_factor(h->kernels, h->n_threads_in_block, h->n, h->stride, block);
}

static sm_status make_blocks(const sm_blocks *blocks, const block_variances *v, double l2, sm_hessian *h)
{
    const double n_sharing = (double)(h->n_classes / h->n_blocks);
    const size_t n_drawn = (size_t)fmin(ceil(ROWS_PER_FEATURE * (double)h->n), MAX_ROWS * n_sharing);
    sm_status failure = SM_OK;
#pragma omp parallel num_threads((int)(h->n_threads / h->n_threads_in_block))
    {
        block_workspace w;
        sm_status status = block_workspace_create(blocks, h, n_drawn, &w) ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < h->n_blocks; k++)
            if (status == SM_OK)
                status = make_block(blocks, v, l2, k, &w, h);
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

sm_status sm_hessian_create(const sm_blocks *blocks, double l2, size_t n_blocks, sm_hessian *hessian)
{
    sm_hessian h = {.n_classes = blocks->shape.n_classes,
                    .n_blocks = n_blocks,
                    .n_features = blocks->n_features,
                    .n = blocks->n_features + 1,
                    .stride = sm_round_up(blocks->n_features + 1, SM_LANES),
                    .kernels = blocks->kernels,
                    .n_threads = blocks->n_threads};
    h.block_size = sm_round_up(h.n, SM_OUTER_ROWS) * h.stride;
    h.n_threads_in_block = n_blocks == 1 ? h.n_threads : 1;
    block_variances v = {n_blocks, calloc(blocks->rows.source.n_samples, n_blocks * sizeof *v.values)};
    h.factors = sm_calloc(n_blocks, h.block_size * sizeof *h.factors);
    h.vectors = sm_calloc(h.n_classes, h.stride * sizeof *h.vectors);
    sm_status status = v.values && h.factors && h.vectors ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_blocks_run(blocks, &(sm_pass){blocks->model, {0}, SM_MAX_SHARDS, store_variances, &v});
    if (status == SM_OK)
        status = make_blocks(blocks, &v, l2, &h);
    free(v.values);
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

/* The index of the parameter of class k and feature d (D for the bias). */
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

/* direction = H^-1 gradient for classes first .. end - 1, which share a block. */
static void solve_classes(const sm_hessian *h, size_t first, size_t end, const double *gradient, double *direction)
{
    for (size_t k = first; k < end; k++) {
        float *vector = h->vectors + k * h->stride;
        memset(vector, 0, h->stride * sizeof *vector);
        for (size_t d = 0; d < h->n; d++)
            vector[d] = (float)gradient[parameter_index(h, k, d)];
    }
    sm_cholesky_solve(h->kernels, h->n, h->stride, h->factors + first % h->n_blocks * h->block_size, end - first,
                      h->vectors + first * h->stride);
    for (size_t k = first; k < end; k++)
        for (size_t d = 0; d < h->n; d++)
            direction[parameter_index(h, k, d)] = (double)h->vectors[k * h->stride + d];
}

void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction)
{
    const size_t n_classes = hessian->n_classes;
    const size_t n_groups = hessian->n_blocks == 1 ? sm_min(hessian->n_threads, n_classes) : n_classes;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)hessian->n_threads)
    for (size_t group = 0; group < n_groups; group++)
        solve_classes(hessian, n_classes * group / n_groups, n_classes * (group + 1) / n_groups, gradient,
                      direction);
    subtract_class_mean(hessian, direction);
}
