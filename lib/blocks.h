/*
 * Passes over the samples of a source, which are scored by a linear model on the way. Private to the library; the
 * objective and prediction are built on them.
 *
 * Samples are cut into shards, which are summed apart and may run on different threads; shards into blocks, within
 * which sums are made in float; and blocks into tiles, which stay in the second-level cache between the scores and
 * the gradient. Sizes of shards and blocks depend on the data alone, so that sums do not depend on the number of
 * threads; how blocks are cut into tiles changes no sum.
 */
#pragma once

#include "rows.h"
#include "threads.h"

/* How many samples a block has, unless it is the last of its shard; a multiple of SM_LANES. */
enum { SM_BLOCK_SAMPLES = 256 };

/* The index of the parameter of class k and feature d, or of its bias where d is D, among [K * (D + 1)]. */
static inline size_t sm_parameter_index(size_t n_classes, size_t n_features, size_t k, size_t d)
{
    return d < n_features ? k * n_features + d : n_classes * n_features + k;
}

/* The workspace of a thread: a tile of samples, and what is computed from it. */
typedef struct sm_workspace {
    sm_row rows[SM_BLOCK_SAMPLES];
    uint8_t labels[SM_BLOCK_SAMPLES];
    uint8_t predictions[SM_BLOCK_SAMPLES];
    float losses[SM_BLOCK_SAMPLES];
    double sample_weights[SM_BLOCK_SAMPLES]; /* if the source has some */
    float *scores;                           /* [SM_BLOCK_SAMPLES, n_lanes], and SM_LANES more */
    float *gradient;                         /* [n_model]; 0 between blocks */
    void *scratch;                           /* for sm_rows_get */
} sm_workspace;

typedef struct sm_blocks {
    sm_rows rows;
    sm_shape shape;
    size_t n_features;
    double unit;        /* the feature of the value 1 of a row */
    double mean_weight; /* sample weights are divided by it, so that their mean is 1 */
    const sm_kernels *kernels;
    size_t n_model; /* n_weights + n_lanes */
    float *model;   /* [n_model], as the kernels want it: the weights, times the unit, and then the bias */
    size_t n_threads;
    sm_workspace *workspaces; /* [n_threads] */
} sm_blocks;

/* Allocates what passes over a source need, or a single one if rows are needed `once`. On success *blocks is for
 * sm_blocks_destroy. Fails as sm_objective_create does. */
sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, bool once, sm_blocks *blocks);

/* Frees what *blocks holds. */
void sm_blocks_destroy(sm_blocks *blocks);

/* Sets blocks->model; parameters [K * (D + 1)]: W row by row, then b. False if one of them is not finite as a float. */
bool sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters);

/* Scores n samples, at most SM_BLOCK_SAMPLES (see sm_rows_get for which), and leaves their probabilities in the place
 * of scores, predictions and, where the source has labels, labels and losses in the workspace. Without a model (NULL)
 * all scores are left 0, and only labels are set. */
sm_status sm_blocks_predict(const sm_blocks *blocks, const float *model, const size_t *indices, size_t first,
                            size_t n, sm_workspace *workspace);

/* Samples that were just predicted: first .. first + n - 1 of those of the pass. */
typedef struct sm_tile {
    size_t shard, first, n;
    bool ends_block;
    sm_workspace *workspace;
} sm_tile;

/* A pass over samples, tile by tile. */
typedef struct sm_pass {
    const float *model; /* [n_model]; NULL: they are not scored */
    sm_terms samples;   /* {0}: all */
    size_t max_shards;  /* 1 to SM_MAX_SHARDS */

    /* Called for the tiles of a shard in order, and for those of different shards in parallel. */
    void (*visit)(void *context, const sm_blocks *blocks, const sm_tile *tile);
    void *context;
} sm_pass;

/* How many samples a pass has, and how many shards they are cut into. */
size_t sm_blocks_count_samples(const sm_blocks *blocks, const sm_terms *samples);
size_t sm_blocks_count_shards(const sm_blocks *blocks, const sm_terms *samples, size_t max_shards);

/* Fails with SM_ERROR_SOURCE; some tiles may have been visited then. */
sm_status sm_blocks_run(const sm_blocks *blocks, const sm_pass *pass);
