/* The blocks of the Hessian in double precision, factored. */
#include "newton.h"

#include <math.h>

#include "draw.h"
#include "memory.h"
#include "threads.h"
#include "vector.h"

/* Added to each element of the diagonal, as a fraction of it; and the smallest pivot, as one. */
static const double RIDGE = 1e-12, LEAST_PIVOT = 1e-13;

static const double MAX_BYTES = 512 << 20;

/* Samples that are summed for a class: all, up to this many and this many for each feature. */
static const size_t MIN_DRAWN = 2048, DRAWN_PER_FEATURE = 4;

static size_t count_drawn(const sm_source *source)
{
    const size_t n = DRAWN_PER_FEATURE * (source->n_features + 1);
    return sm_min(source->n_samples, n > MIN_DRAWN ? n : MIN_DRAWN);
}

double sm_newton_cost(const sm_source *source, bool is_coupled)
{
    const double n_classes = (double)source->n_classes, n_columns = (double)source->n_features + 1;
    const double n = is_coupled ? n_classes * n_columns : n_columns, n_blocks = is_coupled ? 1 : n_classes;
    const double n_summed = is_coupled ? (double)source->n_samples : (double)count_drawn(source);
    if (n_blocks * n * n * sizeof(double) > MAX_BYTES)
        return HUGE_VAL;
    const double n_sums = is_coupled ? n * (n + n_columns) / 4 : n * n / 2;
    return n_blocks * (n_summed * n_sums + n * n * n / 6) / (2 * (double)source->n_samples * n_columns * n_classes);
}

/* v_nk */
typedef struct variances {
    float *values; /* [N, K] */
} variances;

/* sm_double_pass.visit */
static void store_variances(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    const variances *v = context;
    const size_t n_classes = doubles->shape.n_classes;
    const double scale = n_classes > 1 ? (double)n_classes / (double)(n_classes - 1) : 1;
    float *values = v->values + tile->first * n_classes;
    const sm_double_workspace *w = tile->workspace;
    for (size_t i = 0; i < tile->n * n_classes; i++) {
        const size_t n = i / n_classes;
        const double r = fabs(w->residuals[i]), p = w->probabilities[i];
        /* p (1 - p), where |r| is one of the two. */
        const double variance = i % n_classes == w->labels[n] ? p * r : r * (1 - p);
        values[i] = (float)(w->sample_weights[n] * scale * variance);
    }
}

/* Adds v_n z_n z_n' for n samples to a block, from its diagonal on. */
static void add_samples(const sm_doubles *doubles, const double *rows, const double *factors, size_t n,
                        double *block)
{
    for (size_t column = 0; column <= doubles->source.n_features; column += SM_OUTER_ROWS)
        doubles->kernels->double_outer(n, rows, factors, column, doubles->shape.stride, block);
}

/* The samples of class k: all, or some that are drawn. */
static sm_status sum_block(const sm_doubles *doubles, const variances *v, size_t k, size_t *drawn, double *block)
{
    const size_t n_classes = doubles->shape.n_classes, n_samples = doubles->source.n_samples;
    const size_t n_drawn = count_drawn(&doubles->source);
    sm_double_workspace *w = &doubles->workspaces[sm_thread_index()];
    sm_status status = SM_OK;
    double drawn_weight = 0, factors[SM_DOUBLE_TILE];
    if (n_drawn < n_samples)
        drawn_weight = sm_draw(v->values + k, n_classes, n_samples, n_drawn, drawn) / (double)n_drawn;
    for (size_t first = 0; status == SM_OK && first < n_drawn; first += SM_DOUBLE_TILE) {
        const size_t n = sm_min(SM_DOUBLE_TILE, n_drawn - first);
        for (size_t i = 0; i < n; i++)
            factors[i] = (n_drawn < n_samples ? drawn_weight : (double)v->values[(first + i) * n_classes + k]) /
                         (double)n_samples;
        status = sm_doubles_get_rows(doubles, n_drawn < n_samples ? drawn + first : NULL, first, n, w);
        if (status == SM_OK)
            add_samples(doubles, w->rows, factors, n, block);
    }
    return status;
}

/* Factors rows first .. end - 1 of a block, from which all rows above them have been subtracted. A pivot that is only
 * rounding becomes that of a column without others: its row alone then gives the step. */
static bool factor_rows(size_t first, size_t end, size_t n, size_t stride, const double *diagonal, double *block)
{
    for (size_t i = first; i < end; i++) {
        double *row = block + i * stride;
        for (size_t k = first; k < i; k++)
            sm_add_scaled(n - i, -block[k * stride + i], block + k * stride + i, row + i);
        if (!isfinite(row[i]))
            return false;
        if (!(row[i] > LEAST_PIVOT * diagonal[i]))
            row[i] = diagonal[i];
        const double scale = 1 / sqrt(row[i]);
        for (size_t j = i; j < n; j++)
            row[j] *= scale;
    }
    return true;
}

/* block = U'U, in its upper triangle, row by row. */
static sm_status factor(const sm_kernels *kernels, size_t n, size_t stride, double *block)
{
    double signs[SM_DOUBLE_TILE], *diagonal = calloc(n, sizeof *diagonal);
    bool ok = true;
    for (size_t i = 0; i < SM_DOUBLE_TILE; i++)
        signs[i] = -1;
    for (size_t i = 0; diagonal && i < n; i++)
        diagonal[i] = block[i * stride + i];
    for (size_t first = 0; diagonal && ok && first < n; first += SM_OUTER_ROWS) {
        for (size_t above = 0; above < first; above += SM_DOUBLE_TILE)
            kernels->double_outer(sm_min(SM_DOUBLE_TILE, first - above), block + above * stride, signs, first,
                                  stride, block);
        ok = factor_rows(first, sm_min(first + SM_OUTER_ROWS, n), n, stride, diagonal, block);
    }
    const sm_status status = !diagonal ? SM_ERROR_MEMORY : ok ? SM_OK : SM_ERROR_NOT_FINITE;
    free(diagonal);
    return status;
}

/* Adds the penalty and the ridge to the diagonal of a block or, if it is coupled, of each class's part of it. */
static void add_to_diagonal(const sm_newton *newton, const double *penalty, double *block)
{
    for (size_t i = 0; i < newton->n; i++) {
        const size_t d = i % (newton->n_features + 1);
        double *diagonal = block + i * newton->stride + i;
        *diagonal += (d < newton->n_features ? penalty[d] : 0) + RIDGE * *diagonal;
        if (*diagonal ==
            0) /* a bias that is not there, a column of zeros without a penalty, or no undecided sample */
            *diagonal = 1;
    }
}

static sm_status make_block(const sm_doubles *doubles, const double *penalty, const variances *v, size_t k,
                            size_t *drawn, sm_newton *newton)
{
    double *block = newton->factors + k * newton->block_size;
    const sm_status status = sum_block(doubles, v, k, drawn, block);
    if (status != SM_OK)
        return status;
    add_to_diagonal(newton, penalty, block);
    return factor(doubles->kernels, newton->n, newton->stride, block);
}

static sm_status factor_blocks(const sm_doubles *doubles, const double *penalty, const variances *v,
                               sm_newton *newton)
{
    const size_t n_classes = newton->n_classes, n_drawn = count_drawn(&doubles->source);
    sm_status failure = SM_OK;
#pragma omp parallel num_threads((int)sm_min(newton->n_threads, n_classes))
    {
        size_t *drawn = calloc(n_drawn, sizeof *drawn);
        sm_status status = drawn ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < n_classes; k++)
            if (status == SM_OK)
                status = make_block(doubles, penalty, v, k, drawn, newton);
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        free(drawn);
    }
    return failure;
}

static sm_status make_blocks(const sm_doubles *doubles, const double *penalty, sm_newton *newton)
{
    variances v = {calloc(doubles->source.n_samples, newton->n_classes * sizeof *v.values)};
    sm_status status = v.values ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_doubles_run(doubles,
                                &(sm_double_pass){SM_PROBABILITIES, {NULL, 0}, SM_MAX_SHARDS, store_variances, &v});
    if (status == SM_OK)
        status = factor_blocks(doubles, penalty, &v, newton);
    free(v.values);
    return status;
}

/* ---- Coupled -------------------------------------------------------------------------------- */

/* The blocks between classes k and j >= k, pair by pair: their upper triangles. */
typedef struct pairs {
    size_t block_size;
    double *blocks; /* [K (K + 1) / 2, block_size] */
} pairs;

/* sm_double_pass.visit */
static void add_pairs(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    const pairs *p = context;
    const size_t n_classes = doubles->shape.n_classes;
    const sm_double_workspace *w = tile->workspace;
    double factors[SM_DOUBLE_TILE], *block = p->blocks;
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t j = k; j < n_classes; j++, block += p->block_size) {
            for (size_t i = 0; i < tile->n; i++) {
                const double *probabilities = w->probabilities + i * n_classes;
                const double r = fabs(w->residuals[i * n_classes + k]),
                             product = probabilities[k] * probabilities[j];
                const double variance = k == w->labels[i] ? probabilities[k] * r : r * (1 - probabilities[k]);
                factors[i] = w->sample_weights[i] * (k == j ? variance : -product);
            }
            add_samples(doubles, w->rows, factors, tile->n, block);
        }
    }
}

/* Copies the pairs' triangles to the upper triangle of one matrix. All classes moving alike change nothing but the
 * penalty, so the matrix is singular; what is added here counts in that direction alone. */
static void spread_pairs(const sm_newton *newton, const pairs *p, size_t pair_stride, double n_samples)
{
    const size_t n_columns = newton->n_features + 1, stride = newton->stride;
    const double *block = p->blocks;
    for (size_t k = 0; k < newton->n_classes; k++) {
        for (size_t j = k; j < newton->n_classes; j++, block += p->block_size) {
            double *to = newton->factors + k * n_columns * stride + j * n_columns;
            for (size_t d = 0; d < n_columns; d++)
                for (size_t e = 0; e < n_columns; e++)
                    to[d * stride + e] = block[d < e ? d * pair_stride + e : e * pair_stride + d] / n_samples;
        }
    }
    for (size_t d = 0; d < n_columns; d++) {
        double trace = 0;
        for (size_t k = 0; k < newton->n_classes; k++)
            trace += newton->factors[(k * n_columns + d) * (stride + 1)];
        for (size_t k = 0; k < newton->n_classes; k++)
            for (size_t j = k; j < newton->n_classes; j++)
                newton->factors[(k * n_columns + d) * stride + j * n_columns + d] +=
                    trace / (double)newton->n_classes / (double)newton->n_classes;
    }
}

static sm_status make_coupled(const sm_doubles *doubles, const double *penalty, sm_newton *newton)
{
    const size_t n_classes = newton->n_classes, pair_stride = doubles->shape.stride;
    pairs p = {.block_size = sm_round_up(newton->n_features + 1, SM_OUTER_ROWS) * pair_stride};
    p.blocks = sm_calloc(n_classes * (n_classes + 1) / 2, p.block_size * sizeof *p.blocks);
    if (!p.blocks)
        return SM_ERROR_MEMORY;
    const sm_status status =
        sm_doubles_run(doubles, &(sm_double_pass){SM_PROBABILITIES, {NULL, 0}, 1, add_pairs, &p});
    if (status == SM_OK)
        spread_pairs(newton, &p, pair_stride, (double)doubles->source.n_samples);
    free(p.blocks);
    if (status != SM_OK)
        return status;
    add_to_diagonal(newton, penalty, newton->factors);
    return factor(doubles->kernels, newton->n, newton->stride, newton->factors);
}

/* --------------------------------------------------------------------------------------------- */

sm_status sm_newton_create(const sm_doubles *doubles, const double *penalty, bool is_coupled, sm_newton *newton)
{
    const size_t n_classes = doubles->shape.n_classes, n_features = doubles->source.n_features;
    const double n_values = (double)doubles->source.n_samples * (double)doubles->shape.stride * (double)n_classes;
    sm_newton created = {.n_classes = n_classes,
                         .n_features = n_features,
                         .n_blocks = is_coupled ? 1 : n_classes,
                         .n = (n_features + 1) * (is_coupled ? n_classes : 1),
                         .n_threads = n_values < 1 << 16 ? 1 : doubles->n_threads};
    created.stride = sm_round_up(created.n, SM_DOUBLE_LANES);
    created.block_size = sm_round_up(created.n, SM_OUTER_ROWS) * created.stride;
    created.factors = sm_calloc(created.n_blocks, created.block_size * sizeof *created.factors);
    created.vectors = sm_calloc(created.n_blocks, created.stride * sizeof *created.vectors);
    created.penalty = calloc(n_features, sizeof *created.penalty);
    sm_status status = created.factors && created.vectors && created.penalty ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        memcpy(created.penalty, penalty, n_features * sizeof *penalty);
        status = is_coupled ? make_coupled(doubles, penalty, &created) : make_blocks(doubles, penalty, &created);
    }
    if (status == SM_OK)
        *newton = created;
    else
        sm_newton_destroy(&created);
    return status;
}

void sm_newton_destroy(sm_newton *newton)
{
    free(newton->penalty);
    free(newton->vectors);
    free(newton->factors);
    *newton = (sm_newton){0};
}

/* vector = (U'U)^-1 vector */
static void solve(size_t n, size_t stride, const double *factors, double *vector)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = factors + i * stride;
        vector[i] /= row[i];
        for (size_t j = i + 1; j < n; j++)
            vector[j] -= vector[i] * row[j];
    }
    for (size_t i = n; i-- > 0;)
        vector[i] =
            (vector[i] - sm_dot(n - i - 1, factors + i * stride + i + 1, vector + i + 1)) / factors[i * stride + i];
}

/* The place of class k and column d among the right-hand sides, and among parameters. */
static double *vector_at(const sm_newton *newton, size_t k, size_t d)
{
    const size_t n_columns = newton->n_features + 1;
    return newton->vectors + (newton->n_blocks == 1 ? k * n_columns : k * newton->stride) + d;
}

static size_t parameter_index(const sm_newton *newton, size_t k, size_t d)
{
    return d < newton->n_features ? k * newton->n_features + d : newton->n_classes * newton->n_features + k;
}

void sm_newton_solve(const sm_newton *newton, const double *gradient, double *direction)
{
    const size_t n_columns = newton->n_features + 1, n_classes = newton->n_classes;
    for (size_t k = 0; k < n_classes; k++)
        for (size_t d = 0; d < n_columns; d++)
            *vector_at(newton, k, d) = gradient[parameter_index(newton, k, d)];
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)sm_min(newton->n_threads, newton->n_blocks))
    for (size_t i = 0; i < newton->n_blocks; i++)
        solve(newton->n, newton->stride, newton->factors + i * newton->block_size,
              newton->vectors + i * newton->stride);
    for (size_t d = 0; d < n_columns; d++) {
        const double penalty = d < newton->n_features ? newton->penalty[d] : 0;
        double mean = 0, gradient_mean = 0;
        for (size_t k = 0; k < n_classes; k++) {
            mean += *vector_at(newton, k, d) / (double)n_classes;
            gradient_mean += gradient[parameter_index(newton, k, d)] / (double)n_classes;
        }
        const double common = penalty > 0 ? gradient_mean / penalty : 0;
        for (size_t k = 0; k < n_classes; k++)
            direction[parameter_index(newton, k, d)] = *vector_at(newton, k, d) - mean + common;
    }
}
