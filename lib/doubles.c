/* Passes over samples in double precision. */
#include "doubles.h"

#include <math.h>

#include "kernels/elementary.h"
#include "kernels/half.h"
#include "memory.h"
#include "rows.h"
#include "threads.h"

void sm_doubles_destroy(sm_doubles *doubles)
{
    for (size_t t = 0; doubles->workspaces && t < doubles->n_threads; t++) {
        free(doubles->workspaces[t].scratch);
        free(doubles->workspaces[t].residuals);
        free(doubles->workspaces[t].probabilities);
        free(doubles->workspaces[t].low_rows);
        free(doubles->workspaces[t].rows);
    }
    free(doubles->workspaces);
    free(doubles->model);
    *doubles = (sm_doubles){0};
}

static bool create_workspace(const sm_doubles *d, sm_double_workspace *w)
{
    const size_t row_bytes = sm_round_up(d->source.scratch_row_bytes, 16);
    w->rows = sm_calloc(SM_DOUBLE_TILE, d->shape.stride * sizeof *w->rows);
    w->low_rows = sm_calloc(SM_DOUBLE_TILE, d->shape.stride * sizeof *w->low_rows);
    w->probabilities = sm_calloc(SM_DOUBLE_TILE, d->shape.n_classes * sizeof *w->probabilities);
    w->residuals = sm_calloc(SM_DOUBLE_TILE, d->shape.n_classes * sizeof *w->residuals);
    w->scratch = malloc(SM_DOUBLE_TILE * row_bytes + 1);
    return w->rows && w->low_rows && w->probabilities && w->residuals && w->scratch;
}

sm_status sm_doubles_create(const sm_source *source, const sm_execution *execution,
                            const sm_coordinates *coordinates, bool has_bias, sm_doubles *doubles)
{
    sm_doubles created = {.source = *source,
                          .mean_weight = sm_source_mean_weight(source),
                          .coordinates = coordinates,
                          .has_bias = has_bias,
                          .shape = {source->n_classes, sm_round_up(source->n_features + 1, SM_DOUBLE_LANES)},
                          .kernels = sm_kernels_find(execution->isa),
                          .n_threads = sm_thread_count(execution->n_threads)};
    if (!created.kernels)
        return SM_ERROR_ARGUMENT;
    created.model = sm_calloc(source->n_classes, created.shape.stride * sizeof *created.model);
    created.workspaces = calloc(created.n_threads, sizeof *created.workspaces);
    bool ok = created.model && created.workspaces;
    for (size_t t = 0; ok && t < created.n_threads; t++)
        ok = create_workspace(&created, &created.workspaces[t]);
    if (!ok) {
        sm_doubles_destroy(&created);
        return SM_ERROR_MEMORY;
    }
    *doubles = created;
    return SM_OK;
}

void sm_doubles_set_parameters(sm_doubles *doubles, const double *x, bool is_centred)
{
    const size_t n_features = doubles->source.n_features, n_classes = doubles->shape.n_classes;
    const double *bias = x + n_classes * n_features;
    double mean = 0;
    for (size_t k = 0; is_centred && k < n_classes; k++)
        mean += bias[k] / (double)n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        double *row = doubles->model + k * doubles->shape.stride;
        memcpy(row, x + k * n_features, n_features * sizeof *row);
        row[n_features] = bias[k] - mean;
    }
}

/* Converts a row of the source. */
static void convert_row(const sm_doubles *doubles, const void *values, double *row, double *low_row)
{
    const sm_source *source = &doubles->source;
    const double *centre = doubles->coordinates->centre, *scale = doubles->coordinates->scale;
    const size_t n = source->n_features;
    switch (source->type) {
    case SM_U8:
        for (size_t d = 0; d < n; d++)
            row[d] = (double)((const uint8_t *)values)[d] * source->unit;
        break;
    case SM_F32:
        for (size_t d = 0; d < n; d++)
            row[d] = (double)((const float *)values)[d];
        break;
    case SM_F16:
        for (size_t d = 0; d < n; d++)
            row[d] = (double)sm_float_from_half(((const uint16_t *)values)[d]);
        break;
    case SM_F64:
        memcpy(row, values, n * sizeof *row);
    }
    for (size_t d = 0; d < n; d++) {
        const double x = row[d], z = x - centre[d], part = z - x;
        row[d] = z * scale[d];
        low_row[d] = ((x - (z - part)) - (centre[d] + part)) * scale[d];
    }
    row[n] = doubles->has_bias;
}

/* Converts n rows to the rows of the workspace from `at` on. */
static sm_status convert_rows(const sm_doubles *doubles, const void *values, size_t at, size_t n,
                              sm_double_workspace *w)
{
    const size_t row_bytes = doubles->source.n_features * sm_type_bytes(doubles->source.type);
    const size_t stride = doubles->shape.stride;
    for (size_t i = 0; values && i < n; i++)
        convert_row(doubles, (const unsigned char *)values + i * row_bytes, w->rows + (at + i) * stride,
                    w->low_rows + (at + i) * stride);
    return values ? SM_OK : SM_ERROR_SOURCE;
}

sm_status sm_doubles_get_rows(const sm_doubles *doubles, const size_t *indices, size_t first, size_t n,
                              sm_double_workspace *workspace)
{
    const sm_source *source = &doubles->source;
    void *scratch = source->scratch_row_bytes ? workspace->scratch : NULL;
    if (!indices)
        return convert_rows(doubles, source->rows(source->context, first, n, scratch), 0, n, workspace);
    if (source->gather)
        return convert_rows(doubles, source->gather(source->context, indices, n, scratch) ? scratch : NULL, 0, n,
                            workspace);
    sm_status status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n; i++)
        status = convert_rows(doubles, source->rows(source->context, indices[i], 1, scratch), i, 1, workspace);
    return status;
}

/* Makes probabilities, residuals and the loss of the scores of one sample, in the place of its probabilities. The sum of
 * the exponentials is 1 + rest, and where the label has the highest score, the loss is log(1 + rest). */
static void softmax_of_sample(size_t n_classes, size_t label, double *probabilities, double *residuals,
                              double *loss, uint8_t *prediction)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = probabilities[k] > probabilities[best] ? k : best;
    const double max = probabilities[best], margin = max - probabilities[label];
    double rest = 0, others = 0;
    for (size_t k = 0; k < n_classes; k++) {
        probabilities[k] = sm_exp_double(probabilities[k] - max);
        rest += k == best ? 0 : probabilities[k];
        others += k == label ? 0 : probabilities[k];
    }
    const double sum = 1 + rest;
    for (size_t k = 0; k < n_classes; k++) {
        probabilities[k] /= sum;
        residuals[k] = probabilities[k];
    }
    residuals[label] = -(others / sum);
    *loss = sm_log1p_double(rest) + margin;
    *prediction = (uint8_t)best;
}

static sm_status make_tile(const sm_doubles *doubles, const sm_double_pass *pass, const sm_double_tile *tile)
{
    const sm_source *source = &doubles->source;
    const size_t *indices = pass->samples.indices ? pass->samples.indices + tile->first : NULL;
    const size_t n_classes = doubles->shape.n_classes, n_samples = sm_min(tile->n, SM_DOUBLE_TILE);
    sm_double_workspace *w = tile->workspace;
    const sm_status status = sm_doubles_get_rows(doubles, indices, tile->first, tile->n, w);
    if (status != SM_OK)
        return status;
    for (size_t i = 0; i < n_samples; i++) {
        const size_t n = indices ? indices[i] : tile->first + i;
        w->labels[i] = source->labels ? source->labels[n] : 0;
        w->sample_weights[i] = source->weights ? source->weights[n] / doubles->mean_weight : 1;
    }
    if (pass->stage == SM_ROWS)
        return SM_OK;
    doubles->kernels->double_scores(&doubles->shape, tile->n, w->rows, doubles->model, w->probabilities);
    for (size_t i = 0; pass->stage == SM_PROBABILITIES && i < tile->n; i++)
        softmax_of_sample(n_classes, w->labels[i], w->probabilities + i * n_classes, w->residuals + i * n_classes,
                          &w->losses[i], &w->predictions[i]);
    return SM_OK;
}

static size_t count_samples(const sm_doubles *doubles, const sm_double_pass *pass)
{
    return pass->samples.indices ? pass->samples.n : doubles->source.n_samples;
}

size_t sm_doubles_count_shards(const sm_doubles *doubles, const sm_double_pass *pass)
{
    return sm_min(pass->max_shards, (count_samples(doubles, pass) - 1) / SM_DOUBLE_TILE + 1);
}

/* Threads take some microseconds to wake up. */
static int count_threads(const sm_doubles *doubles, size_t n_samples, size_t n_shards)
{
    const double min_multiply_adds = 1 << 18;
    const double n = (double)n_samples * (double)doubles->shape.stride * (double)doubles->shape.n_classes;
    const size_t n_useful = (size_t)fmin(n / min_multiply_adds, (double)n_shards) + 1;
    return (int)sm_min(sm_min(doubles->n_threads, n_useful), n_shards);
}

static sm_status visit_shard(const sm_doubles *doubles, const sm_double_pass *pass, size_t shard, size_t begin,
                             size_t end)
{
    sm_status status = SM_OK;
    for (size_t first = begin; status == SM_OK && first < end; first += SM_DOUBLE_TILE) {
        const sm_double_tile tile = {shard, first, sm_min(SM_DOUBLE_TILE, end - first),
                                     &doubles->workspaces[sm_thread_index()]};
        status = make_tile(doubles, pass, &tile);
        if (status == SM_OK)
            pass->visit(pass->context, doubles, &tile);
    }
    return status;
}

sm_status sm_doubles_run(const sm_doubles *doubles, const sm_double_pass *pass)
{
    const size_t n = count_samples(doubles, pass), n_shards = sm_doubles_count_shards(doubles, pass);
    sm_status failure = SM_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(count_threads(doubles, n, n_shards))
    for (size_t shard = 0; shard < n_shards; shard++) {
        const sm_status status =
            visit_shard(doubles, pass, shard, n * shard / n_shards, n * (shard + 1) / n_shards);
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
    }
    return failure;
}

/* ---- Coordinates ---------------------------------------------------------------------------- */

enum { COLUMN_SHARDS = 8 };

/* Of every column, in each shard: the sum of the values of the samples that count, or the largest magnitude. */
typedef struct columns {
    double *values; /* [COLUMN_SHARDS, D] */
    double n_samples[COLUMN_SHARDS];
} columns;

/* sm_double_pass.visit, as is the next one */
static void add_values(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    columns *c = context;
    const size_t n_features = doubles->source.n_features;
    double *sums = c->values + tile->shard * n_features;
    for (size_t i = 0; i < tile->n; i++) {
        const double *row = tile->workspace->rows + i * doubles->shape.stride;
        c->n_samples[tile->shard] += tile->workspace->sample_weights[i];
        for (size_t d = 0; d < n_features; d++)
            sums[d] += tile->workspace->sample_weights[i] * row[d];
    }
}

static void find_largest(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    const size_t n_features = doubles->source.n_features;
    double *largest = ((columns *)context)->values + tile->shard * n_features;
    for (size_t i = 0; i < tile->n; i++) {
        const double *row = tile->workspace->rows + i * doubles->shape.stride;
        const bool counts = tile->workspace->sample_weights[i] > 0;
        for (size_t d = 0; counts && d < n_features; d++)
            largest[d] = fmax(largest[d], fabs(row[d]));
    }
}

/* Also finds values that are not finite. */
static bool set_centres(const sm_doubles *doubles, const columns *c, sm_coordinates *coordinates)
{
    bool ok = true;
    double n_samples = 0;
    for (size_t shard = 0; shard < COLUMN_SHARDS; shard++)
        n_samples += c->n_samples[shard];
    for (size_t d = 0; d < coordinates->n_features; d++) {
        double sum = 0;
        for (size_t shard = 0; shard < COLUMN_SHARDS; shard++)
            sum += c->values[shard * coordinates->n_features + d];
        coordinates->centre[d] = doubles->has_bias ? sum / n_samples : 0;
        ok = ok && isfinite(sum);
    }
    return ok;
}

static bool set_scales(const columns *c, sm_coordinates *coordinates)
{
    bool ok = true;
    for (size_t d = 0; d < coordinates->n_features; d++) {
        double largest = 0;
        for (size_t shard = 0; shard < COLUMN_SHARDS; shard++) {
            largest = fmax(largest, c->values[shard * coordinates->n_features + d]);
        }
        coordinates->scale[d] = sm_scale_of(largest);
        ok = ok && isfinite(largest);
    }
    return ok;
}

sm_status sm_doubles_find_coordinates(const sm_doubles *doubles, sm_coordinates *coordinates)
{
    const size_t n_features = coordinates->n_features;
    columns c = {.values = calloc(COLUMN_SHARDS, n_features * sizeof *c.values)};
    if (!c.values)
        return SM_ERROR_MEMORY;
    sm_status status = sm_doubles_run(doubles, &(sm_double_pass){SM_ROWS, {0}, COLUMN_SHARDS, add_values, &c});
    if (status == SM_OK && !set_centres(doubles, &c, coordinates))
        status = SM_ERROR_NOT_FINITE;
    memset(c.values, 0, COLUMN_SHARDS * n_features * sizeof *c.values);
    if (status == SM_OK)
        status = sm_doubles_run(doubles, &(sm_double_pass){SM_ROWS, {0}, COLUMN_SHARDS, find_largest, &c});
    if (status == SM_OK && !set_scales(&c, coordinates))
        status = SM_ERROR_NOT_FINITE;
    free(c.values);
    return status;
}
