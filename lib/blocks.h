/*
 * Blocks of samples run through a linear model and the softmax. Private to the library; the objective and
 * prediction are built on it.
 */
#ifndef SM_BLOCKS_H
#define SM_BLOCKS_H

#include "kernels/kernels.h"
#include "rows.h"
#include "softmax.h"

/* How many samples are scored at a time; a multiple of SM_LANES. */
enum { SM_BLOCK_SAMPLES = 256 };

/* What one thread works in. */
typedef struct sm_workspace {
    sm_row rows[SM_BLOCK_SAMPLES];
    uint8_t labels[SM_BLOCK_SAMPLES];
    uint8_t predictions[SM_BLOCK_SAMPLES];
    float losses[SM_BLOCK_SAMPLES];
    float *scores;   /* [SM_BLOCK_SAMPLES, n_lanes], and SM_LANES more */
    float *gradient; /* [n_weights], and [n_lanes] for the bias; 0 between blocks */
    void *scratch;   /* for sm_rows_get */
} sm_workspace;

/* A linear model as the kernels want it. */
typedef struct sm_lane_model {
    float *weights; /* [n_chunks, K, SM_LANES], times the unit of the features */
    float *bias;    /* [n_lanes] */
} sm_lane_model;

typedef struct sm_blocks {
    sm_rows rows;
    sm_shape shape;
    size_t n_features;
    double unit; /* what the value 1 of a row stands for */
    const sm_kernels *kernels;
    sm_lane_model model;
    size_t n_threads;
    sm_workspace **workspaces; /* [n_threads] */
} sm_blocks;

/* Makes room for the samples of a source; fails as sm_objective_create does. On success *blocks is to
 * be given to sm_blocks_destroy. */
sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, sm_blocks *blocks);

/* Frees what *blocks holds. */
void sm_blocks_destroy(sm_blocks *blocks);

/* A workspace for these samples, and its end; NULL if memory ran out, or to do nothing. */
sm_workspace *sm_workspace_create(const sm_blocks *blocks);
void sm_workspace_destroy(sm_workspace *workspace);

/* Sets the model; parameters [K * (D + 1)]: W row by row, then b. Returns false if one is no finite float. */
bool sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters);

/* A model of zeros for these samples, for sm_lane_model_destroy; false if memory ran out. */
bool sm_lane_model_create(const sm_blocks *blocks, sm_lane_model *model);
void sm_lane_model_destroy(sm_lane_model *model);

/* Scores n samples (see sm_rows_get for which) by a model and leaves their probabilities, predictions and, where
 * the source has labels, labels and losses in the workspace. */
sm_status sm_blocks_predict(const sm_blocks *blocks, const sm_lane_model *model, const size_t *indices,
                            size_t first, size_t n, sm_workspace *workspace);

/* How many groups sm_blocks_for_each cuts the samples into: a number that depends on N alone. */
size_t sm_blocks_n_groups(const sm_blocks *blocks);

/* Called with each block once it is predicted by the model that is set: samples first .. first + n - 1. */
typedef void (*sm_block_visitor)(void *context, size_t group, size_t first, size_t n, const sm_workspace *workspace,
                                 const sm_blocks *blocks);

/* Predicts all samples and visits their blocks; the blocks of a group one after another, in order, the
 * groups in parallel. */
sm_status sm_blocks_for_each(const sm_blocks *blocks, sm_block_visitor visit, void *context);

#endif
