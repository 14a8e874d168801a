/* mnist gradcheck: checks the calculus of the library numerically, on real images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/execution.h"
#include "commands/command.h"
#include "data/dataset.h"

static const command_usage usage = {
    .name = "gradcheck",
    .summary = "Prove the calculus on real images: gradients against differences, identities of the softmax.",
    .notes = "Differences are central: (f(x + h) - f(x - h)) / 2h. Errors of gradients are relative, all others "
             "absolute. The exit status is 1 if an error exceeds its bound.",
};

typedef struct gradcheck_options {
    const char *data;
    size_t n_images, n_coordinates, n_threads;
    uint64_t seed;
} gradcheck_options;

/* Some images, and weights of a size that makes the probabilities neither uniform nor certain. */
typedef struct subject {
    sm_batch batch;
    double *features; /* [N, D] */
    sm_source source; /* the same images as bytes */
    sm_matrix matrix;
    sm_execution execution;
    size_t n_parameters;
    double *parameters;
    double l2;
} subject;

typedef struct check {
    const char *what;
    double error, bound;
} check;

static double relative(double error, double scale)
{
    return error / fmax(scale, 1e-300);
}

/* A number drawn evenly from -1 .. 1. */
static double draw(sm_random *random)
{
    return (double)(sm_random_next(random) >> 11) * 0x1p-52 - 1;
}

static status make_subject(const dataset *data, const gradcheck_options *options, subject *s, failure *f)
{
    const size_t n_features = data->n_rows * data->n_columns;
    const size_t n = options->n_images < data->n_samples ? options->n_images : data->n_samples;
    s->source = dataset_source(data, 0, n, data->n_classes, &s->matrix);
    s->n_parameters = data->n_classes * (n_features + 1);
    s->l2 = 1e-3;
    s->features = calloc(n * n_features, sizeof *s->features);
    s->parameters = calloc(s->n_parameters, sizeof *s->parameters);
    if (!s->features || !s->parameters)
        return fail_memory(f);
    for (size_t i = 0; i < n * n_features; i++)
        s->features[i] = (double)data->pixels[i] / 255;
    sm_random random = {options->seed};
    for (size_t i = 0; i < s->n_parameters; i++)
        s->parameters[i] = (double)(float)(0.1 * draw(&random));
    s->batch = (sm_batch){n, n_features, data->n_classes, s->features, data->labels};
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* dF/dx by differences at random coordinates, and at every bias. */
static double objective_error(const subject *s, const double *gradient, const gradcheck_options *options)
{
    const size_t n_weights = s->batch.n_classes * s->batch.n_features;
    const double step = 1e-4;
    double error = 0, scale = 0;
    sm_random random = {options->seed + 1};
    for (size_t i = 0; i < options->n_coordinates + s->batch.n_classes; i++) {
        const size_t at = i < options->n_coordinates ? (size_t)sm_random_below(&random, n_weights)
                                                     : n_weights + i - options->n_coordinates;
        const double x = s->parameters[at];
        s->parameters[at] = x + step;
        const double above = sm_batch_objective(&s->batch, s->l2, s->parameters, NULL);
        s->parameters[at] = x - step;
        const double below = sm_batch_objective(&s->batch, s->l2, s->parameters, NULL);
        s->parameters[at] = x;
        error = fmax(error, fabs((above - below) / (2 * step) - gradient[at]));
        scale = fmax(scale, fabs(gradient[at]));
    }
    return relative(error, scale);
}

/* The slope of F along its gradient, by differences, against the squared norm of the gradient: it tests all coordinates
 * at once. */
static status slope_error(const subject *s, const double *gradient, double *error, failure *f)
{
    const double step = 1e-4;
    double *moved = calloc(s->n_parameters, sizeof *moved), values[2], square = 0;
    if (!moved)
        return fail_memory(f);
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < s->n_parameters; i++)
            moved[i] = s->parameters[i] + (side ? -step : step) * gradient[i];
        values[side] = sm_batch_objective(&s->batch, s->l2, moved, NULL);
    }
    for (size_t i = 0; i < s->n_parameters; i++)
        square += gradient[i] * gradient[i];
    *error = relative(fabs((values[0] - values[1]) / (2 * step) - square), square);
    free(moved);
    return STATUS_OK;
}

/* The parallel objective in float against the definition in double. */
static status fast_error(const subject *s, const double *gradient, double *error, failure *f)
{
    const sm_objective_options options = {.l2 = s->l2, .execution = s->execution};
    sm_objective *objective;
    sm_status computed = sm_objective_create(&s->source, &options, &objective);
    if (computed != SM_OK)
        return fail_library(f, "gradcheck", computed);
    double *fast = calloc(s->n_parameters, sizeof *fast), value = 0, scale = 0;
    if (fast) {
        const sm_problem problem = sm_objective_problem(objective);
        computed = problem.evaluate(problem.context, &(sm_terms){NULL, 0}, s->parameters, &value, fast);
    } else {
        computed = SM_ERROR_MEMORY;
    }
    *error = 0;
    for (size_t i = 0; computed == SM_OK && i < s->n_parameters; i++) {
        *error = fmax(*error, fabs(fast[i] - gradient[i]));
        scale = fmax(scale, fabs(gradient[i]));
    }
    *error = relative(*error, scale);
    free(fast);
    sm_objective_free(objective);
    return computed == SM_OK ? STATUS_OK : fail_library(f, "gradcheck", computed);
}

/* The largest errors of the identities that hold for each sample. */
typedef struct sample_errors {
    double softmax, loss, jacobian, row_sum, product, chain_rule, sigmoid;
} sample_errors;

/* Probabilities sum to 1, and do not change if a constant is added to all scores. */
static void check_probabilities(size_t n_classes, const double *scores, const double *p, sample_errors *e)
{
    double moved[SM_MAX_CLASSES], sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        moved[k] = scores[k] + 100;
    sm_softmax(n_classes, moved, moved);
    for (size_t k = 0; k < n_classes; k++) {
        sum += p[k];
        e->softmax = fmax(e->softmax, fabs(moved[k] - p[k]));
    }
    e->softmax = fmax(e->softmax, fabs(sum - 1));
}

/* Column j of the Jacobian by differences against the formula. */
static void check_column(size_t n_classes, const double *scores, const double *jacobian, size_t j, sample_errors *e)
{
    const double step = 1e-5;
    double moved[SM_MAX_CLASSES], above[SM_MAX_CLASSES], below[SM_MAX_CLASSES];
    memcpy(moved, scores, n_classes * sizeof *moved);
    moved[j] = scores[j] + step;
    sm_softmax(n_classes, moved, above);
    moved[j] = scores[j] - step;
    sm_softmax(n_classes, moved, below);
    for (size_t i = 0; i < n_classes; i++)
        e->jacobian = fmax(e->jacobian, fabs((above[i] - below[i]) / (2 * step) - jacobian[i * n_classes + j]));
}

static void check_sample(size_t n_classes, const double *scores, size_t label, double *jacobian, sample_errors *e)
{
    double p[SM_MAX_CLASSES], chain[SM_MAX_CLASSES], closed[SM_MAX_CLASSES], product[SM_MAX_CLASSES];
    sm_softmax(n_classes, scores, p);
    sm_softmax_jacobian(n_classes, p, jacobian);
    sm_softmax_jacobian_product(n_classes, p, scores, product);
    sm_cross_entropy_gradient_by_chain_rule(n_classes, p, label, chain);
    sm_cross_entropy_gradient(n_classes, p, label, closed);
    check_probabilities(n_classes, scores, p, e);
    e->loss = fmax(e->loss, fabs(sm_cross_entropy(n_classes, scores, label) + log(p[label])));
    for (size_t i = 0; i < n_classes; i++) {
        double row_sum = 0, row_product = 0;
        for (size_t j = 0; j < n_classes; j++) {
            row_sum += jacobian[i * n_classes + j];
            row_product += jacobian[i * n_classes + j] * scores[j];
        }
        check_column(n_classes, scores, jacobian, i, e);
        e->row_sum = fmax(e->row_sum, fabs(row_sum));
        e->product = fmax(e->product, fabs(row_product - product[i]));
        e->chain_rule = fmax(e->chain_rule, fabs(chain[i] - closed[i]));
    }
}

/* Softmax over two of the classes against the sigmoid of the difference of their scores. */
static double two_class_error(const double *scores)
{
    double p[2];
    sm_softmax(2, scores, p);
    return fabs(p[1] - sm_sigmoid(scores[1] - scores[0]));
}

static status check_samples(const subject *s, sample_errors *e, failure *f)
{
    const size_t n_classes = s->batch.n_classes;
    double *scores = calloc(s->batch.n_samples, n_classes * sizeof *scores);
    double *jacobian = calloc(n_classes, n_classes * sizeof *jacobian);
    const bool ok = scores && jacobian;
    if (ok)
        sm_batch_scores(&s->batch, s->parameters, scores);
    for (size_t n = 0; ok && n < s->batch.n_samples; n++) {
        const double *row = scores + n * n_classes;
        check_sample(n_classes, row, s->batch.labels[n], jacobian, e);
        if (n_classes > 1)
            e->sigmoid = fmax(e->sigmoid, two_class_error(row));
    }
    free(jacobian);
    free(scores);
    return ok ? STATUS_OK : fail_memory(f);
}

/* ---------------------------------------------------------------------------------------------- */

static status print_table(const subject *s, const check *checks, size_t n, failure *f)
{
    size_t n_exceeded = 0;
    printf("on %zu images of %zu pixels, %zu classes\n\n", s->batch.n_samples, s->batch.n_features,
           s->batch.n_classes);
    printf("%-62s %9s %9s\n", "check", "error", "bound");
    for (size_t i = 0; i < n; i++) {
        const bool ok = checks[i].error <= checks[i].bound;
        printf("%-62s %9.1e %9.1e  %s\n", checks[i].what, checks[i].error, checks[i].bound, ok ? "ok" : "EXCEEDED");
        n_exceeded += !ok;
    }
    return n_exceeded == 0 ? STATUS_OK : fail(f, "gradcheck: %zu of %zu checks exceed their bound", n_exceeded, n);
}

static status check_all(const subject *s, const gradcheck_options *options, failure *f)
{
    double *gradient = calloc(s->n_parameters, sizeof *gradient);
    if (!gradient)
        return fail_memory(f);
    (void)sm_batch_objective(&s->batch, s->l2, s->parameters, gradient);
    const double differences = objective_error(s, gradient, options);
    double slope = 0, fast = 0;
    sample_errors e = {0};
    status result = slope_error(s, gradient, &slope, f);
    if (result == STATUS_OK)
        result = fast_error(s, gradient, &fast, f);
    free(gradient);
    if (result == STATUS_OK)
        result = check_samples(s, &e, f);
    if (result != STATUS_OK)
        return result;
    const check checks[] = {
        {"probabilities sum to 1; a constant on all scores moves none", e.softmax, 1e-12},
        {"cross-entropy = -log of the label's probability", e.loss, 1e-12},
        {"Jacobian of softmax = its differences", e.jacobian, 1e-9},
        {"rows of the Jacobian sum to 0", e.row_sum, 1e-14},
        {"Jacobian-vector product = Jacobian times vector", e.product, 1e-13},
        {"chain rule through the Jacobian = S - y", e.chain_rule, 1e-12},
        {"gradient of the objective = its differences", differences, 1e-6},
        {"parallel objective in float = definition in double, gradient", fast, 1e-5},
        {"a step against the gradient gains what the gradient says", slope, 1e-6},
        {"softmax over two classes = sigmoid of the difference", e.sigmoid, 1e-14},
    };
    return print_table(s, checks, sizeof checks / sizeof *checks, f);
}

static status run(int argc, char **argv, failure *f)
{
    gradcheck_options o = {.n_images = 200, .n_coordinates = 100, .seed = 1};
    option_spec specs[] = {
        {"data", OPTION_TEXT, &o.data, "DIR", .help = "folder of the IDX files"},
        {"images", OPTION_COUNT, &o.n_images, "N", .help = "images of the training set to check on", .low = 1,
         .high = 1e6},
        {"coordinates", OPTION_COUNT, &o.n_coordinates, "N", .help = "weights to take differences of", .high = 1e6},
        {"seed", OPTION_SEED, &o.seed, "N", .help = "of the weights"},
        threads_option(&o.n_threads),
        {0},
    };
    dataset data = {0};
    subject s = {0};
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_OK)
        result = get_execution(o.n_threads, &s.execution, f);
    if (result == STATUS_OK)
        result = load_data(o.data, SPLIT_TRAIN, &data, f);
    if (result == STATUS_OK)
        result = make_subject(&data, &o, &s, f);
    if (result == STATUS_OK)
        result = check_all(&s, &o, f);
    free(s.parameters);
    free(s.features);
    dataset_destroy(&data);
    return result;
}

const command command_gradcheck = {"gradcheck", "prove gradients and softmax identities on real images", run};
