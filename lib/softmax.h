/*
 * libsoftmax: softmax regression (multinomial logistic regression).
 *
 * Notation, here and in the code:
 *
 *   N samples, D features, K classes
 *   X  [N, D]   the samples, one per row
 *   W  [K, D]   the weights, one class per row;  b [K] the biases
 *   A  [N, K]   the scores (logits), A = X W' + b
 *   S  [N, K]   the probabilities, each row the softmax of a row of A
 *   y  in 0 .. K-1 the label of a sample, or the one-hot vector of it
 *
 * Every array is dense and row-major, and belongs to the caller unless a comment says otherwise. The library does not
 * print, exit, read files or keep global state. Functions may be called from several threads at once as long as none
 * of them writes what another one uses. A function that returns sm_status leaves its outputs unchanged unless it
 * returns SM_OK.
 */
#ifndef SOFTMAX_H
#define SOFTMAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SM_API __attribute__((visibility("default")))
#else
#define SM_API
#endif

/* The most classes: labels are bytes. */
enum { SM_MAX_CLASSES = 256 };

/* ---- Status ---------------------------------------------------------------------------------- */

typedef enum sm_status {
    SM_OK = 0,
    SM_ERROR_ARGUMENT,   /* an option or a size is outside its documented range */
    SM_ERROR_LABEL,      /* a label is not below the number of classes */
    SM_ERROR_MEMORY,     /* an allocation failed */
    SM_ERROR_NOT_FINITE, /* the objective or its gradient is infinite or NaN */
    SM_ERROR_SOURCE,     /* the caller's source of samples failed */
    SM_ERROR_STATE       /* a state to continue from belongs to another problem or other options */
} sm_status;

/* A sentence, without a full stop, for every value of sm_status. Static memory; never NULL. */
SM_API const char *sm_status_string(sm_status status);

/* ---- One sample, in double precision --------------------------------------------------------- */

/* n_classes is K, 1 or more. Scores may be any finite number, or -inf for a class ruled out. If all are -inf, they count
 * as equal. The result is NaN only where an argument is. A difference of scores that exceeds the range of double is
 * infinite. */

/* log(sum_k exp(scores[k])), as max + log(sum exp(a_k - max)), which cannot overflow; -inf if all scores are. */
SM_API double sm_log_sum_exp(size_t n_classes, const double *scores);

/* probabilities[i] = exp(scores[i]) / sum_k exp(scores[k]); they sum to 1 up to rounding.
 * probabilities [K] may be the same array as scores [K]. */
SM_API void sm_softmax(size_t n_classes, const double *scores, double *probabilities);

/* log_probabilities[i] = scores[i] - sm_log_sum_exp(scores), finite even where the probability underflows.
 * log_probabilities [K] may be the same array as scores [K]. */
SM_API void sm_log_softmax(size_t n_classes, const double *scores, double *log_probabilities);

/* The Jacobian of softmax, jacobian[i, j] = dS_i/da_j, a [K, K] matrix:
 *   i == j:  S_i (1 - S_i)        i != j:  -S_i S_j
 * It is symmetric, positive semi-definite, and every row and column sums to 0.
 * (Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.106.) */
SM_API void sm_softmax_jacobian(size_t n_classes, const double *probabilities, double *jacobian);

/* product = J vector without forming J: product_i = S_i (v_i - sum_k S_k v_k). All arrays [K];
 * product may be the same array as vector. */
SM_API void sm_softmax_jacobian_product(size_t n_classes, const double *probabilities, const double *vector,
                                        double *product);

/* The loss of one sample, L = -log S_label = sm_log_sum_exp(scores) - scores[label], at least 0.
 * label must be below n_classes. +inf only if scores[label] is -inf and another score is not. */
SM_API double sm_cross_entropy(size_t n_classes, const double *scores, size_t label);

/* dL/da by the chain rule through the Jacobian, as in a derivation by hand:
 *   gradient_j = sum_i dL/dS_i dS_i/da_j   with   dL/dS_i = -y_i / S_i
 * For reading and comparing; sm_cross_entropy_gradient takes one subtraction. If S_label underflowed to 0, the limit of
 * the product 0 * inf is returned, S - y. gradient [K] must not be the same array as probabilities [K]. */
SM_API void sm_cross_entropy_gradient_by_chain_rule(size_t n_classes, const double *probabilities, size_t label,
                                                    double *gradient);

/* dL/da in closed form: gradient = S - y. (Bishop 2006, eq. 4.109.) gradient [K] may be the same array
 * as probabilities [K]. */
SM_API void sm_cross_entropy_gradient(size_t n_classes, const double *probabilities, size_t label,
                                      double *gradient);

/* 1 / (1 + exp(-score)): softmax over two classes, S_1 with score = a_1 - a_0. Never overflows. */
SM_API double sm_sigmoid(double score);

/* ---- A batch of samples, in double precision: the matrix form, in plain loops ---------------- */

typedef struct sm_batch {
    size_t n_samples;       /* N, 1 or more */
    size_t n_features;      /* D, 1 or more */
    size_t n_classes;       /* K, 1 to SM_MAX_CLASSES */
    const double *features; /* X [N, D] */
    const uint8_t *labels;  /* [N], each below K */
} sm_batch;

/* scores = X W' + b, an [N, K] matrix. parameters [K * (D + 1)]: W row by row, then b. */
SM_API void sm_batch_scores(const sm_batch *batch, const double *parameters, double *scores);

/* The objective F(W, b) = (1/N) sum_n L_n + (l2/2) ||W||^2 and, unless gradient is NULL, its gradient
 *   dF/dW = (1/N) (S - Y)' X + l2 W      dF/db = (1/N) sum_n (S_n - y_n)
 * (Bishop 2006, eqs. 4.108 and 4.109), sample by sample; sm_objective computes the same fast. parameters and
 * gradient [K * (D + 1)]: W row by row, then b. */
SM_API double sm_batch_objective(const sm_batch *batch, double l2, const double *parameters, double *gradient);

/* ---- Sources of samples ---------------------------------------------------------------------- */

typedef enum sm_type {
    SM_U8,  /* a byte v is the feature v * unit: pixels stay one byte each */
    SM_F32, /* a float */
    SM_F16, /* a half of sm_to_halves, to save memory */
    SM_F64  /* a double: everything is computed in double precision, which takes two to four times as long */
} sm_type;

/* The size of a value of a type. */
SM_API size_t sm_type_bytes(sm_type type);

/* halves [n] = values [n] in the format binary16 of IEEE 754: sign, 5 bits of exponent, 10 of mantissa. The relative
 * error is at most 2^-11 for magnitudes from 2^-14, the absolute one 2^-25 below; 65520 and more become infinite.
 * Rounds to nearest, ties to even; every machine gives the same bits. */
SM_API void sm_to_halves(size_t n, const float *values, uint16_t *halves);

/* values [n] = the halves [n], exactly. */
SM_API void sm_from_halves(size_t n, const uint16_t *halves, float *values);

/* N samples of D features. They may lie in memory, or be read or computed a few rows at a time. */
typedef struct sm_source {
    size_t n_samples;      /* N, 1 or more */
    size_t n_features;     /* D, 1 or more */
    size_t n_classes;      /* K, 1 to SM_MAX_CLASSES */
    sm_type type;          /* of every value */
    double unit;           /* for SM_U8 only: the feature of byte 1, above 0 and at most FLT_MAX, e.g. 1.0 / 255 */
    const uint8_t *labels; /* [N], each below K; NULL where only scores are needed */
    const double *weights; /* [N], finite, 0 or more, and not all 0: how often each sample counts; NULL: once */

    /* Returns rows first .. first + n_rows - 1 as [n_rows, D] values of the type: a pointer to where they lie, or
     * `scratch` after writing them there. NULL reports a failure. Must always give the same values; called from
     * several threads at once. */
    const void *(*rows)(void *context, size_t first, size_t n_rows, void *scratch);
    size_t scratch_row_bytes; /* scratch that rows() and gather() need for each row; may be 0 */
    void *context;            /* passed to rows() and gather() */

    /* Writes rows indices[0] .. indices[n_rows - 1] to scratch, like rows(); false reports a failure. For sources
     * that are slow at giving one row at a time; otherwise NULL. */
    bool (*gather)(void *context, const size_t *indices, size_t n_rows, void *scratch);
} sm_source;

/* A matrix in memory: the sm_source.context of sm_matrix_rows. */
typedef struct sm_matrix {
    const void *values; /* [N, D] of the source's type */
    size_t row_bytes;   /* the size of a row */
} sm_matrix;

/* An sm_source.rows that points into an sm_matrix and needs no scratch. */
SM_API const void *sm_matrix_rows(void *matrix, size_t first, size_t n_rows, void *scratch);

/* ---- Problems: what minimisers minimise ------------------------------------------------------ */

/* The terms of a mean to evaluate: all, or those of a mini-batch. */
typedef struct sm_terms {
    const size_t *indices; /* [n], each below sm_problem.n_terms; NULL for all terms */
    size_t n;              /* 1 or more; ignored if indices is NULL */
} sm_terms;

/* A bound of f(x) - min f, HUGE_VAL if none is known, and the part of it that is due to rounding. */
typedef struct sm_bound {
    double gap, rounding;
} sm_bound;

/* About an H that is computed for a point. */
typedef struct sm_renewal {
    size_t n_done;       /* in: the iterations that led there */
    size_t n_iterations; /* out: after how many more it is to be computed again, 1 or more */
    double first_step; /* out: the first step to try along -H gradient, above 0; 1 unless H underrates curvature */
} sm_renewal;

/* A function f(x), a mean of n_terms terms. A problem of the caller's own needs the fields up to evaluate only;
 * each of the others may be 0 or NULL. */
typedef struct sm_problem {
    size_t n_parameters; /* the length of x, 1 or more */
    size_t n_terms;      /* 1 or more */
    void *context;       /* passed to the functions below */

    /* *value = f(x) over the terms, and, unless gradient [n_parameters] is NULL, its gradient. */
    sm_status (*evaluate)(void *context, const sm_terms *terms, const double *x, double *value, double *gradient);

    /* The relative precision of f, 0 to below 0.01: L-BFGS does not trust smaller differences, and judges by the slope
     * instead. */
    double value_noise;

    /* *bound = a bound of f(x) - min f at the point x that was evaluated last, over all terms, from its gradient. A
     * sharper bound may cost evaluations if it may be `enough` or less where the cheap one is not. If gap is NULL,
     * convergence is judged by the gradient. */
    sm_status (*gap)(void *context, const double *x, const double *gradient, double enough, sm_bound *bound);

    /* For L-BFGS: sets x to where it should begin or, if from_x, changes x where that does not change what it says.
     * Called once, before the first evaluation. */
    sm_status (*start)(void *context, bool from_x, double *x);

    /* For L-BFGS: product = H vector, for a symmetric, positive definite H near the inverse of f's Hessian. product
     * may be the same array as vector. */
    void (*precondition)(void *context, const double *vector, double *product);

    /* Computes H for x, which may cost many evaluations. Called after the first evaluation, after the iterations that it
     * asks for, and where no step lowers f. SM_ERROR_NOT_FINITE if x has no H: L-BFGS then continues without until the next
     * one. NULL if H is fixed. */
    sm_status (*renew)(void *context, const double *x, sm_renewal *renewal);

    /* Evaluates more precisely from now on, and changes the fields of the problem to match. Called once the precision is
     * exhausted. NULL if there is no more. */
    sm_status (*refine)(void *context, struct sm_problem *problem);
} sm_problem;

/* ---- The regularised objective over N samples, fast ------------------------------------------ */

/* The threads and the instruction set to compute with. They do not change a bit of any result; {0} is the fastest. */
typedef struct sm_execution {
    size_t n_threads; /* 0: as many as OpenMP would use; more than 1024 count as 1024 */
    const char *isa;  /* "avx512", "avx2", "neon" or "scalar"; NULL: the fastest. SM_ERROR_ARGUMENT for one that the
                       * machine does not have */
} sm_execution;

/* The name of the instruction set that this sm_execution.isa selects; NULL if the machine does not have it. Static
 * memory. */
SM_API const char *sm_isa_name(const char *isa);

/* Copies all rows of a source into values [N, D], of the source's type, on the threads of the execution (NULL: {0}).
 * Fails with SM_ERROR_ARGUMENT, SM_ERROR_SOURCE or SM_ERROR_MEMORY; values may be written then. */
SM_API sm_status sm_source_read(const sm_source *source, const sm_execution *execution, void *values);

typedef struct sm_objective_options {
    double l2; /* strength of the penalty (l2/2)||W||^2, 0 or more; the bias is never penalised */
    sm_execution execution;
    bool no_bias; /* b = 0 */
} sm_objective_options;

typedef struct sm_objective sm_objective;

/* The objective of sm_batch_objective for the samples of a source, with means weighted by the sample weights. Bytes,
 * halves, and more than a few million floats are computed in float (the parameters are rounded to it) and summed over
 * blocks of samples in double; doubles and fewer floats in double throughout. The blocks and the order of their sums
 * depend on the sizes alone, so that every execution gives the same bits.
 *
 * The source is copied; what it points to must outlive the objective. options may be NULL: l2 0. *objective is to be freed
 * by sm_objective_free. Fails with SM_ERROR_ARGUMENT, SM_ERROR_LABEL, SM_ERROR_SOURCE, SM_ERROR_MEMORY or, in double
 * precision, with SM_ERROR_NOT_FINITE if a value or the sum of a column is not finite. */
SM_API sm_status sm_objective_create(const sm_source *source, const sm_objective_options *options,
                                     sm_objective **objective);

/* Frees it; NULL is allowed. */
SM_API void sm_objective_free(sm_objective *objective);

/* Changes l2, 0 or more. A problem or minimiser that was made for another l2 must not be used any more. */
SM_API void sm_objective_set_l2(sm_objective *objective, double l2);

/* The point x [K * (D + 1)] that minimisers see, from parameters [K * (D + 1)], W row by row and then b; and back. The
 * arrays may be the same. x is W times a power of 2 for each feature (1 for bytes times a unit of 1 / 255), and then b.
 * What is computed in double precision is centred as well, so that columns of any mean and size make a well-conditioned
 * problem. Nothing is rounded but b. */
SM_API void sm_objective_from_parameters(const sm_objective *objective, const double *parameters, double *x);
SM_API void sm_objective_to_parameters(const sm_objective *objective, const double *x, double *parameters);

/* The objective as a problem: x is that of sm_objective_from_parameters, and the terms are the samples. The context is the
 * objective, which must outlive it. Evaluations use the threads of the execution; only one may run at a time, and only
 * one L-BFGS may be at work, since precision and preconditioner are kept in the objective.
 *
 * gap         the duality gap, with the probabilities as dual variables (after Collins et al. 2008, Exponentiated
 *             gradient algorithms, eq. 5) and an allowance for rounding; NULL if l2 is 0
 * start       one pass of SGD from 0 over the samples; 0 for doubles. From a given x, less the mean over classes
 * precondition, renew   each class's own block of the Hessian, from up to a few thousand samples, factored, where that
 *             saves more time than it takes; in float, 4 K (D + 1)^2 bytes and K D^3 / 6 multiply-adds; beyond 512 MiB
 *             all classes share the mean of their blocks
 * refine      from float to double precision
 *
 * Every class should have a sample: the bias of one without decreases for ever, and F has no minimum. */
SM_API sm_problem sm_objective_problem(sm_objective *objective);

/* Whether evaluations are in double precision now: from the beginning, or since refine was called. Making another problem
 * of the objective goes back to the beginning. */
SM_API bool sm_objective_is_double(const sm_objective *objective);

/* The share of samples, 0 to 1, whose own class had the highest score in the last evaluation; of equal scores the
 * lowest class counts as the highest. 0 before the first evaluation. */
SM_API double sm_objective_accuracy(const sm_objective *objective);

/* ---- Minimisers ------------------------------------------------------------------------------ */

/* A minimiser starts from a copy of a point x, and takes steps for as long as the caller likes:
 *
 *     sm_lbfgs_create(&problem, &options, x, &m);
 *     while (sm_minimiser_step(m)) { look at its info and x, save its state, or break }
 *     sm_minimiser_free(m);
 *
 * It is used by one thread at a time. */
typedef struct sm_minimiser sm_minimiser;

typedef enum sm_stop {
    SM_STOP_NONE,       /* another step can be taken */
    SM_STOP_CONVERGED,  /* the tolerance was reached */
    SM_STOP_ITERATIONS, /* max_iterations or n_epochs were done */
    SM_STOP_PRECISION,  /* the tolerance is below what rounding allows to reach or to prove */
    SM_STOP_STUCK       /* no step lowers f, though its precision would allow it */
} sm_stop;

/* A sentence, without a full stop, for every value of sm_stop. Static memory; never NULL. */
SM_API const char *sm_stop_string(sm_stop stop);

/* The state of a minimiser at the point that it has reached. */
typedef struct sm_info {
    size_t n_iterations;  /* iterations (L-BFGS) or epochs (SGD) done */
    size_t n_evaluations; /* of f over all terms */
    double value;         /* f(x) over all terms; NAN before the first step */
    double gradient_norm; /* Euclidean norm of the gradient over all terms; NAN if not computed (SGD) */
    double gap;           /* the bound of sm_problem.gap; HUGE_VAL if there is none */
    double rounding;      /* how much of the gap comes from rounding; 0 without a gap */
    sm_stop stop;         /* why no further step can be taken */
    sm_status status;     /* SM_OK, or what a function of the problem returned: then x has no meaning */
} sm_info;

/* Takes a step. The first one evaluates f at the initial point, as iteration 0; each other one is an iteration of
 * L-BFGS or an epoch of SGD. False if none was taken: info's status, or else its stop, says why. */
SM_API bool sm_minimiser_step(sm_minimiser *minimiser);

/* The point reached, x [n_parameters]. Both belong to the minimiser, and change with each step. */
SM_API const sm_info *sm_minimiser_info(const sm_minimiser *minimiser);
SM_API const double *sm_minimiser_x(const sm_minimiser *minimiser);

/* Writes to state [sm_minimiser_state_size] all that the following steps depend on; at least one must have been taken.
 * The size depends on the problem's sizes and on the options alone. */
SM_API size_t sm_minimiser_state_size(const sm_minimiser *minimiser);
SM_API void sm_minimiser_save(const sm_minimiser *minimiser, double *state);

/* Continues from a state [n_state] of a minimiser of the same problem with the same options: the following steps are,
 * bit for bit, those that would have followed there. Fails with SM_ERROR_STATE for what is recognised as another
 * minimiser's state, or as the problem's functions do; then no step can be taken. */
SM_API sm_status sm_minimiser_load(sm_minimiser *minimiser, const double *state, size_t n_state);

/* Frees it; NULL is allowed. */
SM_API void sm_minimiser_free(sm_minimiser *minimiser);

typedef struct sm_lbfgs_options {
    size_t memory;         /* pairs of steps and gradient differences kept, 1 or more */
    size_t max_iterations; /* 0 or more */
    double tolerance; /* 0 or more: converged if gap <= tolerance * |f(x)| or, for a problem without a gap, if no
                            * component of the gradient exceeds it in magnitude */
    bool from_x;      /* begin at x even if the problem has a start */
} sm_lbfgs_options;

/* {memory 10, 10000 iterations, tolerance 1e-6, from the problem's start} */
SM_API sm_lbfgs_options sm_lbfgs_defaults(void);

/* L-BFGS, for a smooth f (Nocedal & Wright 2006, Numerical Optimization, algorithm 7.5), from the problem's start and
 * with its preconditioner, if it has them. Every step satisfies the strong Wolfe conditions with c1 = 1e-4 and
 * c2 = 0.9 (eq. 3.7, up to value_noise), so that each pair meets the curvature condition s'y > 0.
 *
 * x [n_parameters] is the initial point, unless the problem has a start and options->from_x is false; NULL counts as 0.
 * options may be NULL: the defaults. Problem and options are copied; the problem's context must outlive the minimiser.
 * *minimiser is to be freed by sm_minimiser_free. Fails with SM_ERROR_ARGUMENT or SM_ERROR_MEMORY. */
SM_API sm_status sm_lbfgs_create(const sm_problem *problem, const sm_lbfgs_options *options, const double *x,
                                 sm_minimiser **minimiser);

typedef enum sm_schedule {
    SM_SCHEDULE_CONSTANT, /* learning_rate throughout */
    SM_SCHEDULE_LINEAR    /* falls linearly from learning_rate to 0 at the end of the last epoch */
} sm_schedule;

typedef struct sm_sgd_options {
    size_t batch_size;    /* terms in a mini-batch, 1 or more; the last one of an epoch may have fewer */
    size_t n_epochs;      /* passes over all terms, 0 or more */
    double learning_rate; /* above 0 */
    double momentum;      /* 0 to below 1 */
    sm_schedule schedule;
    uint64_t seed; /* of the order of the terms */
} sm_sgd_options;

/* {batch_size 128, 10 epochs, learning_rate 0.2, momentum 0.9, linear schedule, seed 1} */
SM_API sm_sgd_options sm_sgd_defaults(void);

/* Stochastic gradient descent with heavy-ball momentum (Polyak 1964; the form of Sutskever et al. 2013, eq. 1, with
 * the rate outside the velocity): v = momentum v + g(batch); x = x - rate v. Each epoch visits every term once, in an
 * order of its own. Arguments and failures as for sm_lbfgs_create. */
SM_API sm_status sm_sgd_create(const sm_problem *problem, const sm_sgd_options *options, const double *x,
                               sm_minimiser **minimiser);

/* The same, to the end: x [n_parameters] is the initial point and receives the last one; options and info may be NULL. */
SM_API sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info);
SM_API sm_status sm_sgd(const sm_problem *problem, const sm_sgd_options *options, double *x, sm_info *info);

/* ---- Predictions ----------------------------------------------------------------------------- */

/* A trained model, as float arrays: the form in which models are stored. */
typedef struct sm_model {
    size_t n_classes;    /* K, 1 to SM_MAX_CLASSES */
    size_t n_features;   /* D, 1 or more */
    const float *weight; /* W [K, D] */
    const float *bias;   /* b [K] */
    double temperature;  /* scores are divided by it; above 0 (see sm_fit_temperature), and 0 counts as 1 */
} sm_model;

/* probabilities [N, K] of all samples of a source and, unless mean_loss is NULL, the mean cross-entropy of its labels.
 * The source must have the model's n_classes and n_features. execution may be NULL: {0}. Fails as sm_objective_create
 * does, or with SM_ERROR_NOT_FINITE. */
SM_API sm_status sm_predict(const sm_model *model, const sm_source *source, const sm_execution *execution,
                            float *probabilities, double *mean_loss);

/* In double precision, whatever the type of the source, and for parameters [K * (D + 1)], W row by row and then b: the
 * scores [N, K], and the probabilities [N, K]. Either may be NULL, and so may execution. Fails as sm_predict does; the
 * arrays may be written then. */
SM_API sm_status sm_predict_double(const double *parameters, const sm_source *source, const sm_execution *execution,
                                   double *scores, double *probabilities);

/* The class with the highest probability; of equal ones the lowest class. */
SM_API size_t sm_argmax(size_t n_classes, const float *probabilities);

/* ---- Metrics --------------------------------------------------------------------------------- */

/* confusion [K, K] = how many samples of each class (row) were predicted as each class (column). probabilities
 * [N, K]; labels [N], each below K. */
SM_API void sm_confusion(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                         size_t *confusion);

/* The metrics of one class; 0 where a quotient would be 0/0, as in scikit-learn. */
typedef struct sm_class_metrics {
    size_t support;   /* samples of this class */
    double precision; /* the share of correct ones among those predicted as this class */
    double recall;    /* the share of correct ones among those of this class */
    double f1;        /* harmonic mean of the two */
} sm_class_metrics;

/* metrics [K], from a confusion matrix [K, K]. */
SM_API void sm_metrics(size_t n_classes, const size_t *confusion, sm_class_metrics *metrics);

typedef struct sm_counts {
    size_t n_samples;
    size_t n_correct; /* predicted as their own class */
} sm_counts;

/* The counts of a confusion matrix [K, K]. */
SM_API sm_counts sm_confusion_counts(size_t n_classes, const size_t *confusion);

/* An interval of a proportion, 0 <= low <= high <= 1. */
typedef struct sm_interval {
    double low, high;
} sm_interval;

/* The 95 % score interval of a proportion of n_correct in n_samples (Wilson 1927); [0, 1] for no samples. */
SM_API sm_interval sm_wilson_interval(size_t n_correct, size_t n_samples);

/* How many samples of class `label` were predicted as class `prediction`. */
typedef struct sm_confused_pair {
    size_t label, prediction, count;
} sm_confused_pair;

/* Writes the highest off-diagonal counts of a confusion matrix [K, K] to pairs [n_pairs], in descending order, equal
 * ones in reading order; returns how many there are. Counts of 0 are left out. */
SM_API size_t sm_most_confused(size_t n_classes, const size_t *confusion, size_t n_pairs, sm_confused_pair *pairs);

/* ---- Calibration ----------------------------------------------------------------------------- */

/* The temperature T, 1/64 to 64, that minimises the convex function f(x / T). If f is the mean loss of samples that the
 * parameters x were not trained on, then the probabilities softmax(scores / T) are calibrated, and no prediction
 * changes (Guo et al. 2017, On calibration of modern neural networks, section 4.2). Fails with SM_ERROR_MEMORY, or as
 * problem->evaluate does. */
SM_API sm_status sm_fit_temperature(const sm_problem *problem, const double *x, double *temperature);

/* The samples whose confidence, their highest probability, lies in a certain range. */
typedef struct sm_calibration_bin {
    size_t n_samples, n_correct;
    double confidence; /* the mean; 0 without samples */
} sm_calibration_bin;

/* Sorts samples into bins [n_bins], 1 or more, of equal width: bin i begins at confidence i / n_bins. Returns the
 * expected calibration error, the mean over samples of |accuracy - confidence| of their bin (Naeini et al. 2015,
 * Obtaining well calibrated probabilities using Bayesian binning, eq. 5). probabilities [N, K], labels [N]. */
SM_API double sm_calibration(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                             size_t n_bins, sm_calibration_bin *bins);

/* The counts of the samples whose highest probability reaches the threshold: n_samples / N is the coverage, and
 * n_correct / n_samples the accuracy, if all others are rejected. probabilities [N, K], labels [N]. */
SM_API sm_counts sm_coverage_counts(size_t n_samples, size_t n_classes, const float *probabilities,
                                    const uint8_t *labels, double threshold);

/* ---- Random numbers -------------------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea & Flood 2014, Fast splittable pseudorandom number generators). Every state is a good seed,
 * and every machine draws the same sequence. */
typedef struct sm_random {
    uint64_t state;
} sm_random;

/* The next 64 random bits. */
SM_API uint64_t sm_random_next(sm_random *random);

/* A uniform random number from 0 to bound - 1, without bias; bound is 1 or more. */
SM_API uint64_t sm_random_below(sm_random *random, uint64_t bound);

/* Shuffles indices [n] (Fisher & Yates; Durstenfeld 1964). */
SM_API void sm_shuffle(sm_random *random, size_t n, size_t *indices);

/* ---- Small linear systems -------------------------------------------------------------------- */

/* Solves A x = b for a symmetric positive semi-definite A [n, n] by Gauss-Jordan elimination. equations [n, n + 1] is
 * A with b as its last column, and is overwritten; solution is x [n]. An unknown whose pivot is 1e-9 or less is not
 * determined by the equations, and is 0. */
SM_API void sm_solve(size_t n, double *equations, double *solution);

#ifdef __cplusplus
}
#endif

#endif
