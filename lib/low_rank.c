/* Blocks of the Hessian of low rank, estimated from a sample of the rows. */
#include "low_rank.h"

#include <math.h>

#include "cholesky.h"
#include "draw.h"
#include "gram.h"
#include "hessian.h"
#include "memory.h"

/* Rows drawn, between these numbers: with more of them iterations become fewer, but not by what the factors then cost. */
static const double MIN_ROWS = 1024, MAX_ROWS = 1536, ROWS_PER_FEATURE = 0.5;

/* What the factors may take, and what the rows may. */
static const double FACTOR_BYTES = 256 << 20, COLUMN_BYTES = 256 << 20;

static size_t round_down(double n)
{
    return (size_t)(n / SM_LANES) * SM_LANES;
}

size_t sm_low_rank_count_rows(size_t n_features, size_t n_classes)
{
    const double most = sqrt(FACTOR_BYTES / sizeof(float) / (double)n_classes);
    const double wanted = fmin(fmax(ROWS_PER_FEATURE * (double)n_features, MIN_ROWS), MAX_ROWS);
    const double n = fmin(fmin(wanted, most), COLUMN_BYTES / sizeof(float) / (double)n_features);
    return n < SM_LANES ? SM_LANES : round_down(n);
}

/* The rows that were drawn. */
typedef struct sample {
    size_t n;
    size_t *drawn; /* [n], in order, each once */
    double step;   /* the sum of mean variances that a row stands for, unless it has more itself */
} sample;

/* Sets variances [K] to v_nk for row i of a tile, and returns their mean. */
static double find_variances(const sm_blocks *blocks, const sm_tile *tile, size_t i, float *variances)
{
    const size_t n_classes = blocks->shape.n_classes;
    const float weight = blocks->rows.source.weights ? (float)tile->workspace->sample_weights[i] : 1;
    const float *probabilities = tile->workspace->scores + i * blocks->shape.n_lanes;
    double sum = 0;
    for (size_t k = 0; k < n_classes; k++) {
        variances[k] = weight * probabilities[k] * (1 - probabilities[k]);
        sum += (double)variances[k];
    }
    return sum / (double)n_classes;
}

/* sm_pass.visit: stores the mean variances in a float array [N]. */
static void store_means(void *means, const sm_blocks *blocks, const sm_tile *tile)
{
    float variances[SM_MAX_CLASSES] = {0};
    for (size_t i = 0; i < tile->n; i++)
        ((float *)means)[tile->first + i] = (float)find_variances(blocks, tile, i, variances);
}

/* Removes repetitions from a sorted list that is not empty. */
static size_t remove_repetitions(size_t n, size_t *sorted)
{
    size_t n_kept = 1;
    for (size_t i = 1; i < n; i++)
        if (sorted[n_kept - 1] != sorted[i])
            sorted[n_kept++] = sorted[i];
    return n_kept;
}

/* Draws s->n rows in proportion to their mean variance. */
static sm_status draw_sample(const sm_blocks *blocks, sample *s)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    float *means = calloc(n_samples, sizeof *means);
    if (!means)
        return SM_ERROR_MEMORY;
    const sm_status status =
        sm_blocks_run(blocks, &(sm_pass){blocks->model, {0}, SM_MAX_SHARDS, store_means, means});
    if (status == SM_OK) {
        s->step = sm_draw(means, 1, n_samples, s->n, s->drawn) / (double)s->n;
        s->n = remove_repetitions(s->n, s->drawn);
    }
    free(means);
    return status;
}

/* Where store_roots finds what it needs. */
typedef struct rooting {
    sm_low_rank *low_rank;
    const sample *sample;
} rooting;

/* sm_pass.visit for the rows drawn. A row of mean variance v is drawn with probability min(1, v / step), and divided by
 * this, so that the sum over drawn rows is expected to be that over all. */
static void store_roots(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    const rooting *r = context;
    const sm_low_rank *h = r->low_rank;
    float variances[SM_MAX_CLASSES] = {0};
    for (size_t i = 0; i < tile->n; i++) {
        const double mean = find_variances(blocks, tile, i, variances);
        const double probability = mean < r->sample->step ? mean / r->sample->step : 1;
        for (size_t k = 0; k < h->n_classes; k++) {
            const double weight = mean > 0 ? (double)variances[k] / probability : 0;
            h->roots[k * h->stride + tile->first + i] = (float)sqrt(weight / (double)blocks->rows.source.n_samples);
        }
    }
}

/* Sets the columns of up to SM_LANES of the rows. */
static sm_status unpack_rows(const sm_blocks *blocks, const sample *s, size_t first, void *scratch, sm_low_rank *h)
{
    const float unit = (float)blocks->unit;
    const size_t n = sm_min(SM_LANES, s->n - first);
    sm_row rows[SM_LANES];
    const sm_status status = sm_rows_get(&blocks->rows, s->drawn + first, 0, n, scratch, rows);
    for (size_t d = 0; status == SM_OK && d < h->n_features; d++)
        for (size_t i = 0; i < n; i++)
            h->columns[d * h->stride + first + i] = sm_row_value(&rows[i], d) * unit;
    for (size_t i = 0; i < n; i++)
        h->ones[first + i] = 1;
    return status;
}

static sm_status unpack_sample(const sm_blocks *blocks, const sample *s, sm_low_rank *h)
{
    sm_status status = SM_OK;
    void *scratch = malloc(sm_rows_scratch_bytes(&blocks->rows, SM_LANES) + 1);
    if (!scratch)
        return SM_ERROR_MEMORY;
    for (size_t first = 0; status == SM_OK && first < s->n; first += SM_LANES)
        status = unpack_rows(blocks, s, first, scratch, h);
    free(scratch);
    return status;
}

/* Sets the diagonals of a class. */
static void set_diagonals(sm_low_rank *h, const float *products, double l2, size_t k)
{
    const float *roots = h->roots + k * h->stride;
    double trace = 0;
    for (size_t i = 0; i < h->n_rows; i++)
        trace += (double)roots[i] * (double)roots[i] * ((double)products[i * h->stride + i] + 1);
    h->bias_diagonal[k] = sm_hessian_ridge(trace, h->n_features + 1);
    h->weight_diagonal[k] = l2 + h->bias_diagonal[k];
}

/* Factors the system of a class. */
static sm_status factor_class(sm_low_rank *h, const float *products, double l2, size_t k)
{
    float *factor = h->factors + k * h->stride * h->stride;
    const float *roots = h->roots + k * h->stride;
    set_diagonals(h, products, l2, k);
    const float by_bias = (float)(h->weight_diagonal[k] / h->bias_diagonal[k]);
    for (size_t i = 0; i < h->n_rows; i++) {
        for (size_t j = i / SM_LANES * SM_LANES; j < h->stride; j++)
            factor[i * h->stride + j] = roots[i] * (products[i * h->stride + j] + by_bias) * roots[j];
        factor[i * h->stride + i] += (float)h->weight_diagonal[k];
    }
    return sm_cholesky_factor(h->kernels, h->n_rows, h->stride, factor);
}

static sm_status make_factors(sm_low_rank *h, double l2)
{
    sm_status failure = SM_OK;
    float *products = sm_calloc(h->stride, h->stride * sizeof *products);
    if (!products)
        return SM_ERROR_MEMORY;
    const sm_status status = sm_gram(h->kernels, h->n_threads, h->n_features, h->stride, h->columns, products);
    if (status == SM_OK) {
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)h->n_threads)
        for (size_t k = 0; k < h->n_classes; k++) {
            const sm_status factored = factor_class(h, products, l2, k);
            if (factored != SM_OK) {
#pragma omp atomic write
                failure = factored;
            }
        }
    }
    free(products);
    return status == SM_OK ? failure : status;
}

static bool allocate(sm_low_rank *h, size_t n_rows)
{
    h->n_rows = n_rows;
    h->stride = sm_round_up(n_rows, SM_LANES);
    h->columns = sm_calloc(h->n_features, h->stride * sizeof *h->columns);
    h->ones = sm_calloc(h->stride, sizeof *h->ones);
    h->roots = sm_calloc(h->n_classes, h->stride * sizeof *h->roots);
    h->factors = sm_calloc(h->n_classes * h->stride, h->stride * sizeof *h->factors);
    h->vectors = sm_calloc(h->n_classes, h->stride * sizeof *h->vectors);
    h->weight_diagonal = calloc(h->n_classes, sizeof *h->weight_diagonal);
    h->bias_diagonal = calloc(h->n_classes, sizeof *h->bias_diagonal);
    return h->columns && h->ones && h->roots && h->factors && h->vectors && h->weight_diagonal && h->bias_diagonal;
}

sm_status sm_low_rank_create(const sm_blocks *blocks, double l2, sm_low_rank *low_rank)
{
    sm_low_rank h = {.n_classes = blocks->shape.n_classes,
                     .n_features = blocks->n_features,
                     .kernels = blocks->kernels,
                     .n_threads = blocks->n_threads};
    sample s = {.n = sm_low_rank_count_rows(h.n_features, h.n_classes)};
    s.drawn = calloc(s.n, sizeof *s.drawn);
    sm_status status = s.drawn ? draw_sample(blocks, &s) : SM_ERROR_MEMORY;
    if (status == SM_OK && !allocate(&h, s.n))
        status = SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_blocks_run(
            blocks, &(sm_pass){blocks->model, {s.drawn, s.n}, SM_MAX_SHARDS, store_roots, &(rooting){&h, &s}});
    if (status == SM_OK)
        status = unpack_sample(blocks, &s, &h);
    if (status == SM_OK)
        status = make_factors(&h, l2);
    free(s.drawn);
    if (status == SM_OK)
        *low_rank = h;
    else
        sm_low_rank_destroy(&h);
    return status;
}

void sm_low_rank_destroy(sm_low_rank *low_rank)
{
    free(low_rank->bias_diagonal);
    free(low_rank->weight_diagonal);
    free(low_rank->vectors);
    free(low_rank->factors);
    free(low_rank->roots);
    free(low_rank->ones);
    free(low_rank->columns);
    *low_rank = (sm_low_rank){0};
}

/* The vector of class k *= S_k. */
static void weigh(const sm_low_rank *h, size_t k)
{
    for (size_t i = 0; i < h->n_rows; i++)
        h->vectors[k * h->stride + i] *= h->roots[k * h->stride + i];
}

/* The vectors of classes first .. end - 1 become m_k X M_k^-1 gradient. Each column is read once for all of them. */
static void gather(const sm_low_rank *h, size_t first, size_t end, const double *gradient)
{
    const double *bias_gradient = gradient + h->n_classes * h->n_features;
    memset(h->vectors + first * h->stride, 0, (end - first) * h->stride * sizeof *h->vectors);
    for (size_t d = 0; d < h->n_features; d++)
        for (size_t k = first; k < end; k++)
            h->kernels->add_scaled(h->stride, (float)gradient[k * h->n_features + d], h->columns + d * h->stride,
                                   h->vectors + k * h->stride);
    for (size_t k = first; k < end; k++)
        h->kernels->add_scaled(h->stride, (float)(bias_gradient[k] * h->weight_diagonal[k] / h->bias_diagonal[k]),
                               h->ones, h->vectors + k * h->stride);
}

/* direction = M_k^-1 (gradient - X' vector) for these classes. */
static void scatter(const sm_low_rank *h, size_t first, size_t end, const double *gradient, double *direction)
{
    for (size_t d = 0; d <= h->n_features; d++) {
        const float *column = d < h->n_features ? h->columns + d * h->stride : h->ones;
        const double *diagonal = d < h->n_features ? h->weight_diagonal : h->bias_diagonal;
        for (size_t k = first; k < end; k++) {
            const size_t i = sm_parameter_index(h->n_classes, h->n_features, k, d);
            const float covered = h->kernels->dot(h->stride, column, h->vectors + k * h->stride);
            direction[i] = (gradient[i] - (double)covered) / diagonal[k];
        }
    }
}

void sm_low_rank_solve(const sm_low_rank *low_rank, const double *gradient, double *direction)
{
    const sm_low_rank *h = low_rank;
    const size_t n_groups = sm_min(h->n_threads, h->n_classes);
#pragma omp parallel for schedule(static, 1) num_threads((int)h->n_threads)
    for (size_t group = 0; group < n_groups; group++) {
        const size_t first = h->n_classes * group / n_groups, end = h->n_classes * (group + 1) / n_groups;
        gather(h, first, end, gradient);
        for (size_t k = first; k < end; k++) {
            weigh(h, k);
            sm_cholesky_solve(h->kernels, h->n_rows, h->stride, h->factors + k * h->stride * h->stride,
                              h->vectors + k * h->stride);
            weigh(h, k);
        }
        scatter(h, first, end, gradient, direction);
    }
}
