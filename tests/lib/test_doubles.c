/* Passes over samples in double precision: rows, coordinates, tiles and what is made of them. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "coordinates.h"
#include "doubles.h"
#include "support/data.h"
#include "support/suite.h"

static const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

/* A source, and its passes. */
typedef struct trial {
    sm_coordinates coordinates;
    sm_doubles doubles;
} trial;

static trial *trial_create(const sm_source *source, sm_execution execution, bool has_bias)
{
    trial *t = test_calloc(1, sizeof *t);
    ck_assert(sm_coordinates_create(source->n_features, source->n_classes, &t->coordinates));
    ck_assert_int_eq(sm_doubles_create(source, &execution, &t->coordinates, has_bias, &t->doubles), SM_OK);
    return t;
}

static void trial_free(trial *t)
{
    sm_doubles_destroy(&t->doubles);
    sm_coordinates_destroy(&t->coordinates);
    free(t);
}

/* Each column is centred at its mean, and its largest deviation is brought to 1 to 2. */
START_TEST(columns_are_centred_and_scaled)
{
    for (size_t i = 0; i < 2; i++) {
        data *d = data_table(300, 6, 3, 1e6, 0, 1);
        const sm_source source = data_source(d, SM_F64);
        trial *t = trial_create(&source, (sm_execution){0}, i == 0);
        ck_assert_int_eq(sm_doubles_find_coordinates(&t->doubles, &t->coordinates), SM_OK);
        for (size_t c = 0; c < 6; c++) {
            long double mean = 0, largest = 0;
            for (size_t n = 0; n < 300; n++)
                mean += (long double)d->features[n * 6 + c] / 300;
            for (size_t n = 0; n < 300; n++)
                largest = fmaxl(largest, fabsl((long double)d->features[n * 6 + c] - (i == 0 ? mean : 0)));
            ck_assert(fabsl(mean * (i == 0) - (long double)t->coordinates.centre[c]) <= 1e-15L * fabsl(mean));
            const double scaled = (double)largest * t->coordinates.scale[c];
            ck_assert(1 - 1e-9 <= scaled && scaled < 2 + 1e-9);
        }
        trial_free(t);
        data_free(d);
    }
}
END_TEST

/* A row and what rounding took from it are (x - centre) scale exactly; then 1, or 0 without bias, and zeros. */
static void check_rows(const trial *t, const data *d, size_t n, const size_t *indices, size_t first)
{
    const size_t stride = t->doubles.shape.stride;
    sm_double_workspace *w = &t->doubles.workspaces[0];
    ck_assert_int_eq(sm_doubles_get_rows(&t->doubles, indices, first, n, w), SM_OK);
    for (size_t i = 0; i < n; i++) {
        const double *x = d->features + (indices ? indices[i] : first + i) * d->n_features;
        const double *row = w->rows + i * stride, *low = w->low_rows + i * stride;
        for (size_t c = 0; c < d->n_features; c++) {
            const double centre = t->coordinates.centre[c], scale = t->coordinates.scale[c];
            const long double exact = ((long double)x[c] - (long double)centre) * (long double)scale;
            ck_assert_double_eq(row[c], (x[c] - centre) * scale);
            ck_assert(fabsl((long double)row[c] + (long double)low[c] - exact) <= 1e-19L * fabsl(exact));
        }
        ck_assert_double_eq(row[d->n_features], t->doubles.has_bias);
        for (size_t c = d->n_features; c < stride; c++)
            ck_assert(low[c] == 0 && (c == d->n_features || row[c] == 0));
    }
}

static bool gather_doubles(void *context, const size_t *indices, size_t n_rows, void *scratch)
{
    const sm_matrix *matrix = context;
    for (size_t i = 0; i < n_rows; i++)
        memcpy((char *)scratch + i * matrix->row_bytes,
               (const char *)matrix->values + indices[i] * matrix->row_bytes, matrix->row_bytes);
    return true;
}

START_TEST(rows_of_every_type)
{
    const size_t indices[] = {7, 3, 3, 49, 0};
    for (size_t i = 0; i < 2 * N_TYPES; i++) {
        const sm_type type = types[i / 2];
        data *d = type == SM_U8 ? data_random(50, 9, 3, 1) : data_table(50, 9, 3, 4, 0, 1);
        if (type != SM_U8)
            data_round(d, type);
        sm_source source = data_source(d, type);
        trial *t = trial_create(&source, (sm_execution){0}, i % 2);
        ck_assert_int_eq(sm_doubles_find_coordinates(&t->doubles, &t->coordinates), SM_OK);
        check_rows(t, d, SM_DOUBLE_TILE, NULL, 0);
        check_rows(t, d, 3, NULL, 47);
        check_rows(t, d, 5, indices, 0);
        trial_free(t);
        source.gather = gather_doubles;
        source.scratch_row_bytes = 9 * sm_type_bytes(type);
        t = trial_create(&source, (sm_execution){0}, true);
        check_rows(t, d, 5, indices, 0);
        trial_free(t);
        data_free(d);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* What a pass made of each of its samples. */
typedef struct seen {
    const data *d;
    const size_t *indices;
    size_t n_classes;
    size_t *counts, *shards; /* [N], how often a sample was seen, and in which shard */
    double *probabilities, *residuals, *losses, *weights;
    uint8_t *labels, *predictions;
} seen;

static seen *seen_create(const data *d, const size_t *indices)
{
    seen *s = test_calloc(1, sizeof *s);
    const size_t n = d->n_samples;
    *s = (seen){.d = d, .indices = indices, .n_classes = d->n_classes};
    s->counts = test_calloc(n, sizeof *s->counts);
    s->shards = test_calloc(n, sizeof *s->shards);
    s->probabilities = test_calloc(n * d->n_classes, sizeof *s->probabilities);
    s->residuals = test_calloc(n * d->n_classes, sizeof *s->residuals);
    s->losses = test_calloc(n, sizeof *s->losses);
    s->weights = test_calloc(n, sizeof *s->weights);
    s->labels = test_calloc(n, 1);
    s->predictions = test_calloc(n, 1);
    return s;
}

static void seen_free(seen *s)
{
    free(s->predictions);
    free(s->labels);
    free(s->weights);
    free(s->losses);
    free(s->residuals);
    free(s->probabilities);
    free(s->shards);
    free(s->counts);
    free(s);
}

/* sm_double_pass.visit */
static void see(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    seen *s = context;
    const size_t k = doubles->shape.n_classes;
    const sm_double_workspace *w = tile->workspace;
    for (size_t i = 0; i < tile->n; i++) {
        const size_t n = tile->first + i;
        s->counts[n]++;
        s->shards[n] = tile->shard;
        memcpy(s->probabilities + n * k, w->probabilities + i * k, k * sizeof(double));
        memcpy(s->residuals + n * k, w->residuals + i * k, k * sizeof(double));
        s->losses[n] = w->losses[i];
        s->weights[n] = w->sample_weights[i];
        s->labels[n] = w->labels[i];
        s->predictions[n] = w->predictions[i];
    }
}

/* Every sample is seen once, and shards hold samples in order. */
static void check_order(const seen *s, size_t n, size_t n_shards)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(s->counts[i], 1);
        ck_assert_uint_lt(s->shards[i], n_shards);
        ck_assert(i == 0 || s->shards[i - 1] <= s->shards[i]);
    }
}

START_TEST(every_sample_is_seen_once)
{
    const size_t sizes[] = {1, 15, 16, 17, 32, 33, 500}, max_shards[] = {1, 2, 8};
    for (size_t i = 0; i < 7 * 3; i++) {
        data *d = data_random(sizes[i / 3], 5, 3, i);
        const sm_source source = data_source(d, SM_F64);
        trial *t = trial_create(&source, (sm_execution){3, NULL}, true);
        seen *s = seen_create(d, NULL);
        const sm_double_pass pass = {SM_ROWS, {NULL, 0}, max_shards[i % 3], see, s};
        const size_t n_shards = sm_doubles_count_shards(&t->doubles, &pass);
        ck_assert(1 <= n_shards && n_shards <= max_shards[i % 3]);
        ck_assert_int_eq(sm_doubles_run(&t->doubles, &pass), SM_OK);
        check_order(s, d->n_samples, n_shards);
        for (size_t n = 0; n < d->n_samples; n++)
            ck_assert(s->labels[n] == d->labels[n] && s->weights[n] == 1);
        seen_free(s);
        trial_free(t);
        data_free(d);
    }
}
END_TEST

/* Probabilities, residuals, losses and predictions of samples that are more or less sure, against long double. */
static void check_softmax(const data *d, const seen *s, size_t n)
{
    const size_t k = d->n_classes, label = d->labels[n];
    long double scores[16], max = -HUGE_VALL, sum = 0, others = 0, rest = 0;
    size_t best = 0;
    for (size_t j = 0; j < k; j++) {
        scores[j] = (long double)d->parameters[k * d->n_features + j];
        for (size_t c = 0; c < d->n_features; c++)
            scores[j] +=
                (long double)d->features[n * d->n_features + c] * (long double)d->parameters[j * d->n_features + c];
        best = scores[j] > scores[best] ? j : best;
        max = fmaxl(max, scores[j]);
    }
    for (size_t j = 0; j < k; j++) {
        sum += expl(scores[j] - max);
        others += j == label ? 0 : expl(scores[j] - max);
        rest += j == best ? 0 : expl(scores[j] - max);
    }
    const long double loss = max - scores[label] + log1pl(rest), bound = 1e-12L;
    ck_assert_uint_eq(s->predictions[n], best);
    ck_assert(fabsl((long double)s->losses[n] - loss) <= bound * loss);
    for (size_t j = 0; j < k; j++) {
        const long double p = expl(scores[j] - max) / sum, r = j == label ? -others / sum : p;
        ck_assert(fabsl((long double)s->probabilities[n * k + j] - p) <= bound * p);
        ck_assert(fabsl((long double)s->residuals[n * k + j] - r) <= bound * fabsl(r));
    }
}

/* Even where a sample is so sure that 1 - S is far below the precision of 1. */
START_TEST(softmax_of_samples_is_accurate_relative_to_itself)
{
    for (size_t i = 0; i < 40; i++) {
        data *d = data_random(40, 6, 2 + i % 6, i);
        for (size_t j = 0; j < d->n_parameters; j++)
            d->parameters[j] *= (double)(1 + i);
        const sm_source source = data_source(d, SM_F64);
        trial *t = trial_create(&source, (sm_execution){0}, true);
        seen *s = seen_create(d, NULL);
        sm_doubles_set_parameters(&t->doubles, d->parameters, false);
        ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_PROBABILITIES, {NULL, 0}, 4, see, s}),
                         SM_OK);
        for (size_t n = 0; n < 40; n++)
            check_softmax(d, s, n);
        seen_free(s);
        trial_free(t);
        data_free(d);
    }
}
END_TEST

/* The samples of a mini-batch, and their weights, whose mean over the source is made 1. */
START_TEST(a_pass_takes_the_samples_of_its_indices)
{
    enum { N = 40 };
    data *d = data_random(N, 6, 3, 1);
    size_t indices[N];
    double weights[N];
    sm_random random = {1};
    for (size_t n = 0; n < N; n++) {
        indices[n] = (size_t)sm_random_below(&random, N);
        weights[n] = (double)(8 * (n % 5)); /* the mean is 16 */
    }
    sm_source source = data_source(d, SM_F64);
    source.weights = weights;
    trial *t = trial_create(&source, (sm_execution){2, NULL}, true);
    seen *whole = seen_create(d, NULL), *part = seen_create(d, indices);
    sm_doubles_set_parameters(&t->doubles, d->parameters, true);
    ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_PROBABILITIES, {NULL, 0}, 4, see, whole}),
                     SM_OK);
    ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_PROBABILITIES, {indices, N}, 4, see, part}),
                     SM_OK);
    for (size_t i = 0; i < N; i++) {
        const size_t n = indices[i];
        ck_assert_mem_eq(part->probabilities + i * 3, whole->probabilities + n * 3, 3 * sizeof(double));
        ck_assert(part->losses[i] == whole->losses[n] && part->labels[i] == d->labels[n]);
        ck_assert_double_eq(part->weights[i], weights[n] / 16);
    }
    seen_free(part);
    seen_free(whole);
    trial_free(t);
    data_free(d);
}
END_TEST

/* For probabilities, biases are centred; for scores they are not. */
START_TEST(scores_keep_what_is_common_to_all_classes)
{
    data *d = data_random(20, 4, 3, 1);
    for (size_t k = 0; k < 3; k++)
        d->parameters[12 + k] += 1000;
    const sm_source source = data_source(d, SM_F64);
    const sm_batch batch = data_batch(d);
    double expected[60];
    sm_batch_scores(&batch, d->parameters, expected);
    trial *t = trial_create(&source, (sm_execution){0}, true);
    seen *s = seen_create(d, NULL);
    sm_doubles_set_parameters(&t->doubles, d->parameters, false);
    ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_SCORES, {NULL, 0}, 4, see, s}), SM_OK);
    for (size_t i = 0; i < 60; i++)
        ck_assert_double_eq_tol(s->probabilities[i], expected[i], 1e-12);
    sm_doubles_set_parameters(&t->doubles, d->parameters, true);
    ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_SCORES, {NULL, 0}, 4, see, s}), SM_OK);
    for (size_t i = 0; i < 60; i++)
        ck_assert_double_eq_tol(s->probabilities[i] - s->probabilities[i / 3 * 3],
                                expected[i] - expected[i / 3 * 3], 1e-12);
    ck_assert_double_le(fabs(s->probabilities[0]), 100);
    seen_free(s);
    trial_free(t);
    data_free(d);
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    data *d = data_random(500, 21, 5, 1);
    const sm_source source = data_source(d, SM_F64);
    seen *expected = seen_create(d, NULL);
    for (size_t i = 0; i < 12; i++) {
        if (!sm_isa_name(isas[i / 3]))
            continue;
        seen *found = seen_create(d, NULL);
        trial *t = trial_create(&source, (sm_execution){1 + i % 3, isas[i / 3]}, true);
        sm_doubles_set_parameters(&t->doubles, d->parameters, true);
        const sm_double_pass pass = {SM_PROBABILITIES, {NULL, 0}, 8, see, i == 0 ? expected : found};
        ck_assert_int_eq(sm_doubles_run(&t->doubles, &pass), SM_OK);
        ck_assert_mem_eq((i == 0 ? expected : found)->residuals, expected->residuals, 500 * 5 * sizeof(double));
        ck_assert_mem_eq((i == 0 ? expected : found)->losses, expected->losses, 500 * sizeof(double));
        trial_free(t);
        seen_free(found);
    }
    seen_free(expected);
    data_free(d);
}
END_TEST

/* Fails for rows from the number in the context on. */
static const void *some_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    static const double zeros[SM_DOUBLE_TILE * 4] = {0};
    (void)scratch;
    return first + n_rows <= *(const size_t *)context ? zeros : NULL;
}

START_TEST(failures_are_reported)
{
    data *d = data_random(100, 4, 3, 1);
    sm_source source = data_source(d, SM_F64);
    sm_coordinates coordinates = {0};
    sm_doubles untouched = {.n_threads = 42}, doubles = untouched;
    ck_assert_int_eq(sm_doubles_create(&source, &(sm_execution){1, "sse9"}, &coordinates, true, &doubles),
                     SM_ERROR_ARGUMENT);
    ck_assert_mem_eq(&doubles, &untouched, sizeof doubles);
    for (size_t n_good = 0; n_good < 100; n_good += 33) {
        size_t limit = n_good;
        source.rows = some_rows;
        source.context = &limit;
        trial *t = trial_create(&source, (sm_execution){2, NULL}, true);
        seen *s = seen_create(d, NULL);
        ck_assert_int_eq(sm_doubles_run(&t->doubles, &(sm_double_pass){SM_ROWS, {NULL, 0}, 4, see, s}),
                         SM_ERROR_SOURCE);
        ck_assert_int_eq(sm_doubles_find_coordinates(&t->doubles, &t->coordinates), SM_ERROR_SOURCE);
        seen_free(s);
        trial_free(t);
    }
    sm_doubles_destroy(&(sm_doubles){0});
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("doubles", columns_are_centred_and_scaled, rows_of_every_type, every_sample_is_seen_once,
                     softmax_of_samples_is_accurate_relative_to_itself, a_pass_takes_the_samples_of_its_indices,
                     scores_keep_what_is_common_to_all_classes, threads_and_instruction_sets_do_not_change_a_bit,
                     failures_are_reported);
}
