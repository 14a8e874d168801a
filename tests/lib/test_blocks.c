/* Passes over samples: how samples are divided into tiles, and what each tile contains. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "support/data.h"
#include "support/suite.h"

static sm_blocks make_blocks(const sm_source *source, size_t n_threads)
{
    sm_blocks blocks;
    ck_assert_int_eq(sm_blocks_create(source, &(sm_execution){n_threads, NULL}, false, &blocks), SM_OK);
    return blocks;
}

/* Records a pass, for each sample and shard. */
typedef struct record {
    size_t *n_visits, *shards; /* [N] */
    bool *ends_block;          /* [N], after a sample */
    size_t next[SM_MAX_SHARDS], largest_tile[SM_MAX_SHARDS];
    bool in_order[SM_MAX_SHARDS];
    float *probabilities; /* [N, K] */
    uint8_t *labels;      /* [N] */
} record;

static record *record_create(size_t n_samples, size_t n_classes, size_t n_shards)
{
    record *r = test_calloc(1, sizeof *r);
    r->n_visits = test_calloc(n_samples, sizeof *r->n_visits);
    r->shards = test_calloc(n_samples, sizeof *r->shards);
    r->ends_block = test_calloc(n_samples, sizeof *r->ends_block);
    r->probabilities = test_calloc(n_samples, n_classes * sizeof *r->probabilities);
    r->labels = test_calloc(n_samples, sizeof *r->labels);
    for (size_t i = 0; i < n_shards; i++) {
        r->next[i] = n_samples * i / n_shards;
        r->in_order[i] = true;
    }
    return r;
}

static void record_free(record *r)
{
    free(r->labels);
    free(r->probabilities);
    free(r->ends_block);
    free(r->shards);
    free(r->n_visits);
    free(r);
}

/* sm_pass.visit; no two threads handle the same shard or sample. */
static void record_tile(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    record *r = context;
    const size_t n_classes = blocks->shape.n_classes;
    r->in_order[tile->shard] = r->in_order[tile->shard] && tile->first == r->next[tile->shard];
    r->next[tile->shard] = tile->first + tile->n;
    r->ends_block[tile->first + tile->n - 1] = tile->ends_block;
    if (tile->n > r->largest_tile[tile->shard])
        r->largest_tile[tile->shard] = tile->n;
    for (size_t i = 0; i < tile->n; i++) {
        const size_t n = tile->first + i;
        r->n_visits[n]++;
        r->shards[n] = tile->shard;
        r->labels[n] = tile->workspace->labels[i];
        memcpy(r->probabilities + n * n_classes, tile->workspace->scores + i * blocks->shape.n_lanes,
               n_classes * sizeof(float));
    }
}

static record *run(const sm_blocks *blocks, const float *model, sm_terms samples, size_t n_shards)
{
    record *r = record_create(sm_blocks_count_samples(blocks, &samples), blocks->shape.n_classes, n_shards);
    ck_assert_int_eq(sm_blocks_run(blocks, &(sm_pass){model, samples, n_shards, record_tile, r}), SM_OK);
    return r;
}

/* Every sample once, in the order of its shard; a block ends after every 256 samples of a shard, and at its end. */
static void check_cut(size_t n_samples, size_t n_features, size_t n_threads, size_t most_shards)
{
    data *d = data_random(n_samples, n_features, 3, n_samples);
    const sm_source source = data_source(d, SM_F32);
    const sm_terms all = {NULL, 0};
    sm_blocks blocks = make_blocks(&source, n_threads);
    const size_t n_shards = sm_blocks_count_shards(&blocks, &all, most_shards);
    ck_assert_uint_ge(n_shards, 1);
    ck_assert_uint_le(n_shards, most_shards);
    record *r = run(&blocks, NULL, all, n_shards);
    for (size_t shard = 0; shard < n_shards; shard++) {
        const size_t begin = n_samples * shard / n_shards, end = n_samples * (shard + 1) / n_shards;
        ck_assert(r->in_order[shard]);
        ck_assert_uint_eq(r->next[shard], end);
        ck_assert_uint_le(r->largest_tile[shard], SM_BLOCK_SAMPLES);
        if (r->largest_tile[shard] > SM_LANES) /* which stays in the cache */
            ck_assert_uint_le(r->largest_tile[shard] * n_features * sizeof(float), 512 << 10);
        for (size_t n = begin; n < end; n++) {
            ck_assert_uint_eq(r->n_visits[n], 1);
            ck_assert_uint_eq(r->shards[n], shard);
            ck_assert(r->ends_block[n] == ((n + 1 - begin) % SM_BLOCK_SAMPLES == 0 || n + 1 == end));
        }
    }
    record_free(r);
    sm_blocks_destroy(&blocks);
    data_free(d);
}

START_TEST(samples_are_cut_into_shards_blocks_and_tiles)
{
    const size_t n_samples[] = {1, 15, 255, 256, 257, 513, 3000}, n_features[] = {5, 784, 3000};
    for (size_t i = 0; i < sizeof n_samples / sizeof *n_samples; i++)
        for (size_t n_threads = 1; n_threads <= 3; n_threads++)
            check_cut(n_samples[i], n_features[(i + n_threads) % 3], n_threads, n_threads == 2 ? 3 : SM_MAX_SHARDS);
    check_cut(20000, 5, 2, SM_MAX_SHARDS);
}
END_TEST

START_TEST(shards_are_as_many_as_blocks_up_to_a_limit)
{
    data *d = data_random(1000, 4, 3, 1);
    const sm_source source = data_source(d, SM_U8);
    sm_blocks blocks = make_blocks(&source, 1);
    const size_t indices[300] = {0};
    const sm_terms all = {NULL, 0}, some = {indices, 300}, one = {indices, 1};
    ck_assert_uint_eq(sm_blocks_count_samples(&blocks, &all), 1000);
    ck_assert_uint_eq(sm_blocks_count_samples(&blocks, &some), 300);
    ck_assert_uint_eq(sm_blocks_count_shards(&blocks, &all, SM_MAX_SHARDS), 4);
    ck_assert_uint_eq(sm_blocks_count_shards(&blocks, &all, 3), 3);
    ck_assert_uint_eq(sm_blocks_count_shards(&blocks, &some, 3), 2);
    ck_assert_uint_eq(sm_blocks_count_shards(&blocks, &one, 3), 1);
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

/* Rounding of up to D products in float, against the definition in double. */
START_TEST(probabilities_agree_with_the_definition)
{
    data *d = data_random(600, 100, 7, 2);
    const sm_batch batch = data_batch(d);
    double *scores = test_calloc(d->n_samples * d->n_classes, sizeof *scores);
    sm_batch_scores(&batch, d->parameters, scores);
    const sm_type types[] = {SM_U8, SM_F32};
    for (size_t i = 0; i < 2; i++) {
        const sm_source source = data_source(d, types[i]);
        sm_blocks blocks = make_blocks(&source, 2);
        ck_assert(sm_blocks_set_parameters(&blocks, d->parameters));
        record *r = run(&blocks, blocks.model, (sm_terms){NULL, 0}, 3);
        for (size_t n = 0; n < d->n_samples; n++) {
            double expected[7];
            sm_softmax(7, scores + n * 7, expected);
            for (size_t k = 0; k < 7; k++)
                ck_assert_double_le(fabs((double)r->probabilities[n * 7 + k] - expected[k]), 1e-5);
            ck_assert_uint_eq(r->labels[n], d->labels[n]);
        }
        record_free(r);
        sm_blocks_destroy(&blocks);
    }
    free(scores);
    data_free(d);
}
END_TEST

/* Samples have the same probabilities to the bit in another order, twice, and in other blocks. */
START_TEST(chosen_samples_are_scored_as_in_a_pass_over_all)
{
    data *d = data_random(700, 40, 5, 3);
    const sm_source source = data_source(d, SM_U8);
    sm_blocks blocks = make_blocks(&source, 2);
    ck_assert(sm_blocks_set_parameters(&blocks, d->parameters));
    size_t indices[900];
    sm_random random = {4};
    for (size_t i = 0; i < 900; i++)
        indices[i] = (size_t)sm_random_below(&random, d->n_samples);
    record *whole = run(&blocks, blocks.model, (sm_terms){NULL, 0}, 1);
    for (size_t n_shards = 1; n_shards <= 4; n_shards++) {
        record *chosen = run(&blocks, blocks.model, (sm_terms){indices, 900}, n_shards);
        for (size_t i = 0; i < 900; i++) {
            ck_assert_uint_eq(chosen->labels[i], d->labels[indices[i]]);
            ck_assert_mem_eq(chosen->probabilities + i * 5, whole->probabilities + indices[i] * 5,
                             5 * sizeof(float));
        }
        record_free(chosen);
    }
    record_free(whole);
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

START_TEST(without_a_model_scores_are_0)
{
    data *d = data_random(300, 20, 4, 5);
    const sm_source source = data_source(d, SM_F16);
    sm_blocks blocks = make_blocks(&source, 2);
    record *r = run(&blocks, NULL, (sm_terms){NULL, 0}, 2);
    for (size_t n = 0; n < d->n_samples; n++) {
        ck_assert_uint_eq(r->labels[n], d->labels[n]);
        for (size_t k = 0; k < 4; k++)
            ck_assert(r->probabilities[n * 4 + k] == 0);
    }
    record_free(r);
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

/* A parameter times the unit must be finite as a float. */
START_TEST(parameters_that_are_not_finite_are_refused)
{
    const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, 1e39};
    data *d = data_random(10, 33, 3, 6);
    const sm_source source = data_source(d, SM_F32);
    sm_blocks blocks = make_blocks(&source, 1);
    for (size_t i = 0; i < d->n_parameters; i++) {
        const double kept = d->parameters[i];
        d->parameters[i] = bad[i % 4];
        ck_assert(!sm_blocks_set_parameters(&blocks, d->parameters));
        d->parameters[i] = kept;
    }
    ck_assert(sm_blocks_set_parameters(&blocks, d->parameters));
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

/* A source that fails when sample 500 is requested. */
static const void *fail_at_500(void *context, size_t first, size_t n_rows, void *scratch)
{
    return first <= 500 && 500 < first + n_rows ? NULL : sm_matrix_rows(context, first, n_rows, scratch);
}

START_TEST(a_failure_of_the_source_ends_its_shard)
{
    data *d = data_random(1000, 20, 4, 7);
    sm_source source = data_source(d, SM_F32);
    sm_blocks blocks = make_blocks(&source, 2);
    blocks.rows.source.rows = fail_at_500;
    for (size_t n_shards = 1; n_shards <= 4; n_shards++) {
        record *r = record_create(1000, 4, n_shards);
        const sm_pass pass = {blocks.model, {NULL, 0}, n_shards, record_tile, r};
        ck_assert_int_eq(sm_blocks_run(&blocks, &pass), SM_ERROR_SOURCE);
        ck_assert_uint_eq(r->n_visits[500], 0);
        record_free(r);
    }
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

START_TEST(sources_and_instruction_sets_that_do_not_exist_are_refused)
{
    data *d = data_random(10, 5, 3, 8);
    sm_source source = data_source(d, SM_U8);
    sm_blocks blocks;
    ck_assert_int_eq(sm_blocks_create(&source, &(sm_execution){1, "mmx"}, false, &blocks), SM_ERROR_ARGUMENT);
    source.n_samples = 0;
    ck_assert_int_eq(sm_blocks_create(&source, &(sm_execution){1, NULL}, false, &blocks), SM_ERROR_ARGUMENT);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("blocks", samples_are_cut_into_shards_blocks_and_tiles,
                     shards_are_as_many_as_blocks_up_to_a_limit, probabilities_agree_with_the_definition,
                     chosen_samples_are_scored_as_in_a_pass_over_all, without_a_model_scores_are_0,
                     parameters_that_are_not_finite_are_refused, a_failure_of_the_source_ends_its_shard,
                     sources_and_instruction_sets_that_do_not_exist_are_refused);
}
