/*
 * libsoftmax: softmax regression (multinomial logistic regression).
 *
 * Notation, here and in the code:
 *
 *   N samples, D features, K classes
 *   X  [N, D]   the samples, one a row
 *   W  [K, D]   the weights, one class a row;  b [K] the biases
 *   A  [N, K]   the scores (logits), A = X W' + b
 *   S  [N, K]   the probabilities, each row the softmax of a row of A
 *   y  in 0 .. K-1 the label of a sample, or the one-hot vector of it
 *
 * Every array is dense and row-major, and belongs to the caller unless a comment says otherwise.
 * The library does not print, exit, read files or keep global state. A function without a comment on
 * threads may be called from several threads at once as long as no argument that it writes is shared.
 * A function that returns sm_status leaves its outputs as they were when it returns anything but SM_OK.
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

/* Labels are bytes, so no problem has more classes than this. */
enum { SM_MAX_CLASSES = 256 };

/* ---------------------------------------------------------------------------------------------- */
/* Status                                                                                         */

typedef enum sm_status {
    SM_OK = 0,
    SM_ERROR_ARGUMENT,   /* an option or a size is outside the range that the function documents */
    SM_ERROR_LABEL,      /* a label is not below the number of classes */
    SM_ERROR_MEMORY,     /* an allocation failed */
    SM_ERROR_NOT_FINITE, /* the objective or its gradient is infinite or not a number */
    SM_ERROR_SOURCE,     /* the caller's source of samples reported a failure */
    SM_ERROR_STATE       /* a state to continue from does not belong to this problem and these options */
} sm_status;

/* A sentence, without a full stop, for every value of sm_status. Static memory; never NULL. */
SM_API const char *sm_status_string(sm_status status);

/* ---------------------------------------------------------------------------------------------- */
/* One sample, in double precision                                                                */
/*                                                                                                */
/* n_classes is K, 1 or more. Scores may be any finite number or -inf (a class ruled out). Where  */
/* all scores are -inf they are equal, and so are the probabilities. NaN comes out only where NaN */
/* went in. Scores that differ by more than a double can hold differ by infinity.                 */

/* log(sum_k exp(scores[k])), computed as max + log(sum exp(a_k - max)) so that it cannot overflow.
 * -inf if all scores are. */
SM_API double sm_log_sum_exp(size_t n_classes, const double *scores);

/* probabilities[i] = exp(scores[i]) / sum_k exp(scores[k]); they sum to 1 up to rounding.
 * probabilities [K] may be the same array as scores [K]. */
SM_API void sm_softmax(size_t n_classes, const double *scores, double *probabilities);

/* log_probabilities[i] = scores[i] - sm_log_sum_exp(scores): finite even where the probability is too
 * small for a double. log_probabilities [K] may be the same array as scores [K]. */
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

/* dL/da by the chain rule through the Jacobian, as one would do it by hand:
 *   gradient_j = sum_i dL/dS_i dS_i/da_j   with   dL/dS_i = -y_i / S_i
 * It is here to be read and compared; sm_cross_entropy_gradient gives the same in one subtraction.
 * Where S_label underflowed to 0 the product 0 * inf has no value, and its limit S - y is returned.
 * gradient [K] must not be the same array as probabilities [K]. */
SM_API void sm_cross_entropy_gradient_by_chain_rule(size_t n_classes, const double *probabilities, size_t label,
                                                    double *gradient);

/* dL/da in closed form: gradient = S - y. (Bishop 2006, eq. 4.109.) gradient [K] may be the same array
 * as probabilities [K]. */
SM_API void sm_cross_entropy_gradient(size_t n_classes, const double *probabilities, size_t label,
                                      double *gradient);

/* 1 / (1 + exp(-score)): softmax over two classes, S_1 with score = a_1 - a_0. Never overflows. */
SM_API double sm_sigmoid(double score);

/* ---------------------------------------------------------------------------------------------- */
/* A batch of samples, in double precision: the matrix form, in plain loops                        */

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
 * (Bishop 2006, eqs. 4.108 and 4.109). parameters and gradient [K * (D + 1)]: W row by row, then b.
 * This is the definition, sample by sample; sm_objective computes the same fast. */
SM_API double sm_batch_objective(const sm_batch *batch, double l2, const double *parameters, double *gradient);

/* ---------------------------------------------------------------------------------------------- */
/* Where samples come from                                                                        */

typedef enum sm_type {
    SM_U8,  /* a byte v stands for the feature v * unit: pixels stay one byte each */
    SM_F32, /* a float; unit is not used */
    SM_F16  /* a half of sm_to_halves, for features that take much memory; unit is not used */
} sm_type;

/* The size of a value of a type. */
SM_API size_t sm_type_bytes(sm_type type);

/* halves [n] = values [n] as numbers of IEEE 754's binary16: sign, 5 bits of exponent, 10 of mantissa. They keep a
 * relative 2^-11 from 2^-14 up, an absolute 2^-25 below, and become infinite from 65520 on. Rounds to nearest, ties
 * to even; every machine gives the same bits. */
SM_API void sm_to_halves(size_t n, const float *values, uint16_t *halves);

/* values [n] = the halves [n], exactly. */
SM_API void sm_from_halves(size_t n, const uint16_t *halves, float *values);

/* N samples of D features in a caller's hands. Values may lie in memory, or be read or computed a few
 * rows at a time. */
typedef struct sm_source {
    size_t n_samples;      /* N, 1 or more */
    size_t n_features;     /* D, 1 or more */
    size_t n_classes;      /* K, 1 to SM_MAX_CLASSES */
    sm_type type;          /* of every value */
    double unit;           /* with SM_U8: the feature that the byte 1 stands for, above 0 and no more than a
                            * float holds, e.g. 1.0 / 255 */
    const uint8_t *labels; /* [N], each below K; NULL where only scores are wanted */

    /* Gives rows first .. first + n_rows - 1, as [n_rows, D] values of the type above: either a pointer
     * to them where they lie, or `scratch` with the values written to it. NULL reports a failure.
     * Must give the same values every time; called from several threads at once. */
    const void *(*rows)(void *context, size_t first, size_t n_rows, void *scratch);
    size_t scratch_row_bytes; /* bytes of scratch that rows() and gather() want for each row; 0 for none */
    void *context;            /* passed to rows() and gather() */

    /* Writes rows indices[0] .. indices[n_rows - 1] to scratch, where rows() would write as many; false reports a
     * failure. For sources that are slow one row at a time; NULL for the others. */
    bool (*gather)(void *context, const size_t *indices, size_t n_rows, void *scratch);
} sm_source;

/* A matrix in memory, for sm_source.context with sm_source.rows = sm_matrix_rows. */
typedef struct sm_matrix {
    const void *values; /* [N, D] of the source's type */
    size_t row_bytes;   /* the size of a row */
} sm_matrix;

/* The sm_source.rows of an sm_matrix: points into it, needs no scratch. */
SM_API const void *sm_matrix_rows(void *matrix, size_t first, size_t n_rows, void *scratch);

/* ---------------------------------------------------------------------------------------------- */
/* What the minimisers minimise                                                                   */

/* Which terms of a mean to evaluate: all of them, or those of a mini-batch. */
typedef struct sm_terms {
    const size_t *indices; /* [n], each below sm_problem.n_terms; NULL means all terms */
    size_t n;              /* 1 or more; not used where indices is NULL */
} sm_terms;

/* A function f(x), the mean of n_terms terms plus whatever belongs to each of them in equal parts. */
typedef struct sm_problem {
    size_t n_parameters; /* the length of x, 1 or more */
    size_t n_terms;      /* 1 or more */
    void *context;       /* passed to the functions below */

    /* *value = f(x) over the terms, and, unless gradient [n_parameters] is NULL, its gradient. */
    sm_status (*evaluate)(void *context, const sm_terms *terms, const double *x, double *value, double *gradient);

    /* *bound = what f(x) - min f cannot exceed, from x, f(x) and its gradient over all terms; HUGE_VAL where
     * nothing can be said. A sharper bound may be worth some evaluations where it would be at most `enough`
     * and a cheap one is not. May be NULL: then convergence is judged by the gradient alone. */
    sm_status (*gap)(void *context, const double *x, double value, const double *gradient, double enough,
                     double *bound);

    /* The rest is for L-BFGS, and may be NULL. */

    /* Moves x to a better initial point, if it knows one. Called once, before the first evaluation. */
    sm_status (*start)(void *context, double *x);

    /* product = H vector, for a symmetric and positive definite H that resembles the inverse of f's Hessian.
     * product may be the same array as vector. */
    void (*precondition)(void *context, const double *vector, double *product);

    /* Computes H for x, which may take as long as many evaluations. Called for the initial point, and for a later one
     * when progress has slowed down. SM_ERROR_NOT_FINITE if there is no H for this x: L-BFGS then does without. With
     * NULL, H is the same for every x. */
    sm_status (*renew)(void *context, const double *x);
} sm_problem;

/* ---------------------------------------------------------------------------------------------- */
/* The regularised objective over N samples, fast                                                  */

/* What to compute with. The results do not depend on it, bit for bit; {0} is the best there is. */
typedef struct sm_execution {
    size_t n_threads; /* 0: as many as OpenMP would use; more than 1024 count as 1024 */
    const char *isa;  /* the instruction set: "avx512", "avx2", "neon" or "scalar"; NULL: the fastest. One
                       * that the machine does not have is an SM_ERROR_ARGUMENT */
} sm_execution;

/* The name of the instruction set that an sm_execution.isa of this value would use; NULL if the machine
 * does not have it. Static memory. */
SM_API const char *sm_isa_name(const char *isa);

/* Copies all rows of a source into values [N, D], of the source's type, on the threads of the execution. Fails with
 * SM_ERROR_ARGUMENT, SM_ERROR_SOURCE or SM_ERROR_MEMORY; values may be written then. */
SM_API sm_status sm_source_read(const sm_source *source, const sm_execution *execution, void *values);

typedef struct sm_objective_options {
    double l2; /* strength of the penalty (l2/2)||W||^2, 0 or more; the bias is never penalised */
    sm_execution execution;
} sm_objective_options;

typedef struct sm_objective sm_objective;

/* The objective of sm_batch_objective for the samples of a source. Scores and gradient are computed in
 * float (the parameters are rounded to it), and summed over blocks of samples in double; the blocks and
 * the order of their sums depend on the sizes alone, so that neither the number of threads nor the
 * instruction set changes a bit.
 *
 * The source is copied; what it points to must outlive the objective. *objective is the caller's, to be
 * freed by sm_objective_free. Fails with SM_ERROR_ARGUMENT, SM_ERROR_LABEL, SM_ERROR_SOURCE or
 * SM_ERROR_MEMORY. */
SM_API sm_status sm_objective_create(const sm_source *source, const sm_objective_options *options,
                                     sm_objective **objective);

/* Frees it; NULL is allowed. */
SM_API void sm_objective_free(sm_objective *objective);

/* Changes l2, 0 or more; a preconditioner that was built for another one is dropped. */
SM_API void sm_objective_set_l2(sm_objective *objective, double l2);

/* The objective as minimisers see it: n_parameters is K * (D + 1), W row by row and then b, and the terms
 * are the samples. Its context is the objective, which must outlive it. Only one evaluation of an
 * objective may run at a time: it uses the threads itself.
 *
 * gap is the duality gap with the present probabilities, mended to satisfy the bias's constraint, as dual
 * variables. Were the gradient of the bias 0 it would be ||dF/dW||^2 / (2 l2); where that is enough, but the
 * gap is not, it takes the probabilities after a Newton step on the bias. gap is NULL where l2 is 0.
 * (After Collins et al. 2008, Exponentiated gradient algorithms, eq. 5.)
 *
 * Every class should have a sample: the bias of one without sinks for ever, and F has no minimum. */
SM_API sm_problem sm_objective_problem(sm_objective *objective);

/* Sets x [n_parameters] to a good place to start a minimiser from, by one pass of SGD over the samples. */
SM_API sm_status sm_objective_warm_start(sm_objective *objective, double *x);

/* Builds the preconditioner that sm_objective_problem has from then on: the Cholesky factors of each class's
 * own block of the Hessian at x, estimated from some thousand samples, which take 4 K (D + 1)^2 bytes and K D^3 / 6
 * multiply-adds. Where those are more than 512 MiB, all classes share the mean of their blocks, for a K-th of both;
 * SM_ERROR_MEMORY where that is too much, too. x is not changed. */
SM_API sm_status sm_objective_build_preconditioner(sm_objective *objective, const double *x);

/* The share of samples whose own class had the highest score in the last evaluation, 0 to 1 (of equal
 * scores the lowest class wins). 0 before the first one. */
SM_API double sm_objective_accuracy(const sm_objective *objective);

/* ---------------------------------------------------------------------------------------------- */
/* Minimisers                                                                                     */

/*                                                                                                */
/* A minimiser is created at a point x, and stepped for as long as the caller likes:               */
/*                                                                                                */
/*     while (sm_minimiser_step(m))                                                                */
/*         ...;   look at sm_minimiser_info(m) and sm_minimiser_x(m), save the state, or break      */
/*                                                                                                */
/* One minimiser is used by one thread at a time.                                                  */

typedef enum sm_stop {
    SM_STOP_NONE,       /* it has not stopped: it can take another step */
    SM_STOP_CONVERGED,  /* the tolerance was reached */
    SM_STOP_ITERATIONS, /* max_iterations or n_epochs were done */
    SM_STOP_NO_PROGRESS /* no step along the search direction lowers f any more: the limit of precision */
} sm_stop;

/* A sentence, without a full stop, for every value of sm_stop. Static memory; never NULL. */
SM_API const char *sm_stop_string(sm_stop stop);

/* The point that a minimiser has reached. */
typedef struct sm_info {
    size_t n_iterations;  /* iterations (L-BFGS) or epochs (SGD) done */
    size_t n_evaluations; /* of f over all terms, so far */
    double value;         /* f(x) over all terms; NAN before the first step */
    double gradient_norm; /* Euclidean norm of the gradient over all terms; NAN where it was not computed */
    double gap;           /* the bound of sm_problem.gap; HUGE_VAL where there is none */
    sm_stop stop;         /* why there is no further step */
    sm_status status;     /* what went wrong, or SM_OK */
} sm_info;

typedef struct sm_minimiser sm_minimiser;

/* Takes one step and returns true; false at the end, when info's stop says why, and on failure, when its status is
 * what a function of the problem returned and x has no meaning. The first step evaluates f at the initial point
 * (n_iterations is 0); every other one is an iteration of L-BFGS or an epoch of SGD. */
SM_API bool sm_minimiser_step(sm_minimiser *minimiser);

/* The point reached, of the minimiser's memory: valid until it is freed, and changed by each step. */
SM_API const sm_info *sm_minimiser_info(const sm_minimiser *minimiser);
SM_API const double *sm_minimiser_x(const sm_minimiser *minimiser); /* [n_parameters] */

/* The length of a state, in doubles. It depends on the sizes of the problem and on the options alone. */
SM_API size_t sm_minimiser_state_size(const sm_minimiser *minimiser);

/* Writes to state [sm_minimiser_state_size] all that the next steps depend on; at least one was taken. */
SM_API void sm_minimiser_save(const sm_minimiser *minimiser, double *state);

/* Continues from a state [n_state] of a minimiser that was created for the same problem with the same options: the
 * steps that follow are, bit for bit, those that would have followed there. Fails with SM_ERROR_STATE for the state
 * of another minimiser, as far as that can be seen, or as the problem's functions do. After a failure no step can be
 * taken. */
SM_API sm_status sm_minimiser_load(sm_minimiser *minimiser, const double *state, size_t n_state);

/* Frees it; NULL is allowed. */
SM_API void sm_minimiser_free(sm_minimiser *minimiser);

typedef struct sm_lbfgs_options {
    size_t memory;         /* pairs of steps and gradient differences kept, 1 or more; usual: 10 */
    size_t max_iterations; /* 0 or more */
    double tolerance;      /* stops when gap <= tolerance * |f(x)|, or, for a problem without a gap, when
                            * no component of the gradient exceeds it in magnitude; 0 or more */
    double value_noise;    /* f is known to this relative precision: smaller differences are not trusted by
                            * the line search, which then judges by the slope; 0 or more, below 0.01 */
} sm_lbfgs_options;

/* {memory 10, 10000 iterations, tolerance 1e-6, value_noise 0} */
SM_API sm_lbfgs_options sm_lbfgs_defaults(void);

/* A minimiser of a smooth function by L-BFGS (Nocedal & Wright 2006, Numerical Optimization, algorithm 7.5), on
 * top of the problem's preconditioner if it has one, which it renews after every 24 iterations if that is possible.
 * Every step satisfies the strong Wolfe conditions with c1 = 1e-4 and c2 = 0.9 (eq. 3.7; up to
 * value_noise), so that each pair meets the curvature condition s'y > 0.
 *
 * Starts from a copy of x [n_parameters]. Problem and options are copied; the problem's context must outlive the
 * minimiser. *minimiser is the caller's, to be freed by sm_minimiser_free. Fails with SM_ERROR_ARGUMENT or
 * SM_ERROR_MEMORY. */
SM_API sm_status sm_lbfgs_create(const sm_problem *problem, const sm_lbfgs_options *options, const double *x,
                                 sm_minimiser **minimiser);

typedef enum sm_schedule {
    SM_SCHEDULE_CONSTANT, /* learning_rate throughout */
    SM_SCHEDULE_LINEAR    /* falls in a straight line from learning_rate to 0 at the end of the last epoch */
} sm_schedule;

typedef struct sm_sgd_options {
    size_t batch_size;    /* terms a step, 1 or more; a last batch of an epoch may be smaller */
    size_t n_epochs;      /* passes over all terms, 0 or more */
    double learning_rate; /* above 0 */
    double momentum;      /* 0 to below 1 */
    sm_schedule schedule;
    uint64_t seed; /* of the shuffle before each epoch */
} sm_sgd_options;

/* {batch_size 128, 10 epochs, learning_rate 0.2, momentum 0.9, linear schedule, seed 1} */
SM_API sm_sgd_options sm_sgd_defaults(void);

/* A minimiser by stochastic gradient descent with heavy-ball momentum (Polyak 1964; the form of Sutskever et
 * al. 2013, eq. 1, with the rate outside the velocity): v = momentum v + g(batch); x = x - rate v.
 * Each epoch visits every term once in an order shuffled by the seed. Arguments and failures as for
 * sm_lbfgs_create. */
SM_API sm_status sm_sgd_create(const sm_problem *problem, const sm_sgd_options *options, const double *x,
                               sm_minimiser **minimiser);

/* The fast way to the minimum of an objective: L-BFGS from a warm start if x is all 0, with the preconditioner of
 * sm_objective_build_preconditioner where it pays. Only one minimiser of an objective may exist at a time: the
 * preconditioner is the objective's. Arguments and failures as for sm_lbfgs_create. */
SM_API sm_status sm_minimise_create(sm_objective *objective, const sm_lbfgs_options *options, const double *x,
                                    sm_minimiser **minimiser);

/* The same three stepped to their end. x [n_parameters] holds the initial point and receives the last one; info may
 * be NULL. On failure, of creation or of a step, both are unchanged. */
SM_API sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info);
SM_API sm_status sm_sgd(const sm_problem *problem, const sm_sgd_options *options, double *x, sm_info *info);
SM_API sm_status sm_minimise(sm_objective *objective, const sm_lbfgs_options *options, double *x, sm_info *info);

/* ---------------------------------------------------------------------------------------------- */
/* A trained model at work                                                                        */

/* A linear classifier as float arrays, the form in which models are stored. */
typedef struct sm_model {
    size_t n_classes;    /* K, 1 to SM_MAX_CLASSES */
    size_t n_features;   /* D, 1 or more */
    const float *weight; /* W [K, D] */
    const float *bias;   /* b [K] */
    double temperature;  /* what scores are divided by, above 0 (see sm_fit_temperature); 0 counts as 1 */
} sm_model;

/* The probabilities [N, K] of every sample of a source, and, unless mean_loss is NULL, the mean
 * cross-entropy of its labels. The source's n_classes and n_features must be the model's. Fails as
 * sm_objective_create does, and with SM_ERROR_NOT_FINITE. */
SM_API sm_status sm_predict(const sm_model *model, const sm_source *source, const sm_execution *execution,
                            float *probabilities, double *mean_loss);

/* The class with the highest probability; of equal ones the lowest class. */
SM_API size_t sm_argmax(size_t n_classes, const float *probabilities);

/* ---------------------------------------------------------------------------------------------- */
/* Metrics                                                                                        */

/* confusion [K, K] = how many samples of true class i (row) were given class j (column). probabilities
 * [N, K]; labels [N], each below K. */
SM_API void sm_confusion(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                         size_t *confusion);

/* How well one class does, as in scikit-learn: 0 where a quotient would be 0/0. */
typedef struct sm_class_metrics {
    size_t support;   /* samples of this class */
    double precision; /* right among those given this class */
    double recall;    /* right among those of this class */
    double f1;        /* harmonic mean of the two */
} sm_class_metrics;

/* metrics [K], from a confusion matrix [K, K]. */
SM_API void sm_metrics(size_t n_classes, const size_t *confusion, sm_class_metrics *metrics);

/* The samples counted in a confusion matrix [K, K], and those of them on its diagonal. */
typedef struct sm_counts {
    size_t n_samples;
    size_t n_correct;
} sm_counts;
SM_API sm_counts sm_confusion_counts(size_t n_classes, const size_t *confusion);

/* An interval of a proportion, 0 <= low <= high <= 1. */
typedef struct sm_interval {
    double low, high;
} sm_interval;

/* The 95 % score interval of a proportion of n_correct in n_samples (Wilson 1927); [0, 1] for no samples. */
SM_API sm_interval sm_wilson_interval(size_t n_correct, size_t n_samples);

/* A class taken for another. */
typedef struct sm_confused_pair {
    size_t label, prediction, count;
} sm_confused_pair;

/* Writes the off-diagonal cells of a confusion matrix [K, K] with the highest counts to pairs [n_pairs],
 * highest first and equal ones in reading order; returns how many there are (cells of 0 are left out). */
SM_API size_t sm_most_confused(size_t n_classes, const size_t *confusion, size_t n_pairs, sm_confused_pair *pairs);

/* ---------------------------------------------------------------------------------------------- */
/* Calibration                                                                                    */

/* The temperature T, 1/64 to 64, that minimises f(x / T). With f the mean loss of samples that the parameters x
 * were not trained on, it makes the probabilities softmax(scores / T) say how often they are right, and changes no
 * prediction (Guo et al. 2017, On calibration of modern neural networks, section 4.2). f must be convex. Fails with
 * SM_ERROR_MEMORY, or as problem->evaluate does; *temperature is then unchanged. */
SM_API sm_status sm_fit_temperature(const sm_problem *problem, const double *x, double *temperature);

/* The samples whose highest probability lies in one of several ranges of equal width. */
typedef struct sm_calibration_bin {
    size_t n_samples, n_correct;
    double confidence; /* the mean of their highest probabilities; 0 if there are none */
} sm_calibration_bin;

/* Sorts samples into bins [n_bins], of which bin i holds those of confidence i / n_bins and more, and returns the
 * expected calibration error, the mean over samples of |accuracy - confidence| of their bin (Naeini et al. 2015,
 * Obtaining well calibrated probabilities using Bayesian binning, eq. 5). probabilities [N, K], labels [N]; n_bins
 * is 1 or more. */
SM_API double sm_calibration(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                             size_t n_bins, sm_calibration_bin *bins);

/* The samples whose highest probability is `least` or more, and those of them that are right: what is answered, and
 * how well, if the others are rejected. probabilities [N, K], labels [N]. */
SM_API sm_counts sm_sure_counts(size_t n_samples, size_t n_classes, const float *probabilities,
                                const uint8_t *labels, double least);

/* ---------------------------------------------------------------------------------------------- */
/* Random numbers                                                                                 */

/* SplitMix64 (Steele, Lea & Flood 2014, Fast splittable pseudorandom number generators): the state is one
 * number, any value of it is a good seed, and every machine draws the same sequence. */
typedef struct sm_random {
    uint64_t state;
} sm_random;

/* The next 64 random bits. */
SM_API uint64_t sm_random_next(sm_random *random);

/* A number drawn evenly from 0 .. bound - 1; bound is 1 or more. (By rejection, without bias.) */
SM_API uint64_t sm_random_below(sm_random *random, uint64_t bound);

/* Puts indices [n] into a random order (Fisher & Yates; Durstenfeld 1964). */
SM_API void sm_shuffle(sm_random *random, size_t n, size_t *indices);

/* ---------------------------------------------------------------------------------------------- */
/* Small linear systems                                                                           */

/* Solves A x = b for a symmetric positive semi-definite A [n, n] by Gauss-Jordan elimination. equations [n, n + 1] is
 * A with b as its last column, and is overwritten; solution is x [n]. An unknown whose pivot is 1e-9 or less is not
 * determined by the equations, and is 0. */
SM_API void sm_solve(size_t n, double *equations, double *solution);

#ifdef __cplusplus
}
#endif

#endif
