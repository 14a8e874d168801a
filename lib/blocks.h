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
    float *scores;   /* [SM_BLOCK_SAMPLES, n_lanes] */
    float *gradient; /* [D, n_lanes] */
    void *scratch;   /* for sm_rows_get */
} sm_workspace;

typedef struct sm_blocks {
    sm_rows rows;
    size_t n_features, n_classes, n_lanes;
    double unit; /* what the value 1 of a row stands for */
    const sm_kernels *kernels;
    float *weights; /* [D, n_lanes], times the unit */
    float *bias;    /* [n_lanes] */
    size_t n_threads;
    sm_workspace *workspaces; /* [n_threads] */
} sm_blocks;

/* Makes room for the samples of a source; fails as sm_objective_create does. On success *blocks is to
 * be given to sm_blocks_destroy. */
sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, sm_blocks *blocks);

/* Frees what *blocks holds. */
void sm_blocks_destroy(sm_blocks *blocks);

/* Sets the model; parameters [K * (D + 1)]: W row by row, then b. */
void sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters);

/* Scores n samples (see sm_rows_get for which) and leaves their probabilities, predictions and, where the
 * source has labels, labels and losses in the workspace. */
sm_status sm_blocks_predict(const sm_blocks *blocks, const size_t *indices, size_t first, size_t n,
                            sm_workspace *workspace);

#endif
