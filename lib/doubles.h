/*
 * Passes over the samples of a source in double precision, in coordinates of their own. Private to the library.
 *
 * The counterpart of blocks.h: shards are summed apart, and cut into tiles, whose rows are converted, centred and scaled
 * on the way. The bias is the weight of one more feature, which is always 1 (or 0, for a model without bias).
 */
#pragma once

#include "coordinates.h"
#include "kernels/kernels.h"
#include "softmax.h"

/* The samples of a tile: sums within it are made first, and so few samples keep their rounding small. */
enum { SM_DOUBLE_TILE = 16 };

/* The workspace of a thread: a tile, and what is computed from it. */
typedef struct sm_double_workspace {
    double *rows;          /* [SM_DOUBLE_TILE, stride]: z, then 1, then zeros */
    double *low_rows;      /* [SM_DOUBLE_TILE, stride]: what rounding took from z */
    double *probabilities; /* [SM_DOUBLE_TILE, K] */
    double *residuals;     /* [SM_DOUBLE_TILE, K]: S - y, without cancellation where S is near y */
    double losses[SM_DOUBLE_TILE], sample_weights[SM_DOUBLE_TILE];
    uint8_t labels[SM_DOUBLE_TILE], predictions[SM_DOUBLE_TILE];
    void *scratch; /* for the source */
} sm_double_workspace;

typedef struct sm_doubles {
    sm_source source;
    double mean_weight;                /* sample weights are divided by it, so that their mean is 1 */
    const sm_coordinates *coordinates; /* not owned */
    bool has_bias;
    sm_double_shape shape;
    const sm_kernels *kernels;
    double *model; /* [K, stride]: V, a and zeros */
    size_t n_threads;
    sm_double_workspace *workspaces; /* [n_threads] */
} sm_doubles;

/* Allocates what passes need. The coordinates must outlive *doubles. On success *doubles is for sm_doubles_destroy. Fails
 * with SM_ERROR_ARGUMENT or SM_ERROR_MEMORY. */
sm_status sm_doubles_create(const sm_source *source, const sm_execution *execution,
                            const sm_coordinates *coordinates, bool has_bias, sm_doubles *doubles);

/* Frees what *doubles holds; {0} is allowed. */
void sm_doubles_destroy(sm_doubles *doubles);

/* Sets doubles->model from x [K * (D + 1)], V row by row and then a. For probabilities, a is centred: the mean of it is
 * subtracted, which changes none, and keeps scores small. */
void sm_doubles_set_parameters(sm_doubles *doubles, const double *x, bool is_centred);

/* Gets the rows of n samples, at most SM_DOUBLE_TILE: those of the indices or, if these are NULL, from `first` on. Fails
 * with SM_ERROR_SOURCE. */
sm_status sm_doubles_get_rows(const sm_doubles *doubles, const size_t *indices, size_t first, size_t n,
                              sm_double_workspace *workspace);

/* Samples first .. first + n - 1 of those of a pass. */
typedef struct sm_double_tile {
    size_t shard, first, n;
    sm_double_workspace *workspace;
} sm_double_tile;

/* How far a pass goes with each tile: rows, labels and sample weights are always set; then scores, in the place of
 * probabilities; then probabilities, residuals, losses and predictions. */
typedef enum sm_double_stage { SM_ROWS, SM_SCORES, SM_PROBABILITIES } sm_double_stage;

/* A pass over samples, tile by tile. */
typedef struct sm_double_pass {
    sm_double_stage stage;
    sm_terms samples;  /* {0}: all */
    size_t max_shards; /* 1 or more */

    /* Called for the tiles of a shard in order, and for those of different shards in parallel. */
    void (*visit)(void *context, const sm_doubles *doubles, const sm_double_tile *tile);
    void *context;
} sm_double_pass;

/* How many shards a pass has. */
size_t sm_doubles_count_shards(const sm_doubles *doubles, const sm_double_pass *pass);

/* Fails with SM_ERROR_SOURCE; some tiles may have been visited then. */
sm_status sm_doubles_run(const sm_doubles *doubles, const sm_double_pass *pass);

/* Sets the coordinates from the source: centres are the means of columns, if there is a bias, and scales bring the
 * largest deviation to 1 .. 2. Fails with SM_ERROR_SOURCE, SM_ERROR_MEMORY, or SM_ERROR_NOT_FINITE if a value, or the sum
 * of a column, is not finite. */
sm_status sm_doubles_find_coordinates(const sm_doubles *doubles, sm_coordinates *coordinates);
