/* mnist gradcheck: checks the calculus of the library numerically, on real images. */
#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "base/sizes.h"
#include "commands/command.h"
#include "data/dataset.h"

static const command_usage usage = {
    .name = "gradcheck",
    .summary = "Check the calculus on real images: gradients against differences, identities of the softmax.",
    .notes = "Differences are central: (f(x + h) - f(x - h)) / 2h. Errors of gradients are relative, all others "
             "absolute. The exit status is 1 if an error exceeds its bound.",
};

enum { SOFTMAX, LOSS, JACOBIAN, ROW_SUM, PRODUCT, CHAIN_RULE, GRADIENT, FLOAT_GRADIENT, SLOPE, SIGMOID, N_CHECKS };

static const struct {
    const char *statement;
    double bound;
} checks[N_CHECKS] = {
    [SOFTMAX] = {"probabilities sum to 1; shifting all scores changes nothing", 1e-12},
    [LOSS] = {"cross-entropy = -log of the label's probability", 1e-12},
    [JACOBIAN] = {"Jacobian of softmax = its differences", 1e-9},
    [ROW_SUM] = {"rows of the Jacobian sum to 0", 1e-14},
    [PRODUCT] = {"Jacobian-vector product = Jacobian times vector", 1e-13},
    [CHAIN_RULE] = {"chain rule through the Jacobian = S - y", 1e-12},
    [GRADIENT] = {"gradient of the objective = its differences", 1e-6},
    [FLOAT_GRADIENT] = {"parallel objective in float = definition in double, gradient", 1e-5},
    [SLOPE] = {"a step against the gradient gains what the gradient says", 1e-6},
    [SIGMOID] = {"softmax over two classes = sigmoid of the difference", 1e-14},
};

/* Some images, and weights of a size that makes the probabilities neither uniform nor certain. */
typedef struct subject {
    const char *folder; /* this and the next four are options */
    size_t n_images, n_coordinates;
    uint64_t seed;
    sm_execution execution;
    dataset data;
    sm_batch batch;   /* of its first images */
    double *jacobian; /* [K, K] */
    size_t n_parameters;
    double *parameters, *gradient, *scratch; /* [n_parameters] */
    double errors[N_CHECKS];                 /* the largest of each */
} subject;

static const double L2 = 1e-3, TINY = 1e-300;

static void note(subject *s, size_t check, double error)
{
    s->errors[check] = fmax(s->errors[check], fabs(error));
}

static status make_subject(subject *s, pool *memory, failure *f)
{
    const dataset *data = &s->data;
    const size_t n_features = data->n_rows * data->n_columns, n_classes = data->n_classes;
    const size_t n = size_min(s->n_images, data->n_samples);
    s->n_parameters = n_classes * (n_features + 1);
    double *features = pool_take(memory, n, n_features * sizeof *features);
    s->jacobian = pool_take(memory, n_classes, n_classes * sizeof *s->jacobian);
    s->parameters = pool_take(memory, s->n_parameters, sizeof *s->parameters);
    s->gradient = pool_take(memory, s->n_parameters, sizeof *s->gradient);
    s->scratch = pool_take(memory, s->n_parameters, sizeof *s->scratch);
    if (memory->has_failed)
        return fail_memory(f);
    for (size_t i = 0; i < n * n_features; i++)
        features[i] = (double)data->pixels[i] / 255;
    sm_random random = {s->seed};
    for (size_t i = 0; i < s->n_parameters; i++) /* uniform from -0.1 to 0.1 */
        s->parameters[i] = (double)(float)(0.1 * ((double)(sm_random_next(&random) >> 11) * 0x1p-52 - 1));
    s->batch = (sm_batch){n, n_features, n_classes, features, data->labels};
    (void)sm_batch_objective(&s->batch, L2, s->parameters, s->gradient);
    return STATUS_OK;
}

/* The central difference of the objective along one coordinate. */
static double difference(const subject *s, size_t i)
{
    const double x = s->parameters[i], step = 1e-4;
    s->parameters[i] = x + step;
    const double above = sm_batch_objective(&s->batch, L2, s->parameters, NULL);
    s->parameters[i] = x - step;
    const double below = sm_batch_objective(&s->batch, L2, s->parameters, NULL);
    s->parameters[i] = x;
    return (above - below) / (2 * step);
}

/* The gradient of the objective against differences, at random weights and at every bias. */
static void check_gradient(subject *s)
{
    const size_t n_weights = s->batch.n_classes * s->batch.n_features, n_random = s->n_coordinates;
    double error = 0, scale = TINY;
    sm_random random = {s->seed + 1};
    for (size_t i = 0; i < n_random + s->batch.n_classes; i++) {
        const size_t at = i < n_random ? (size_t)sm_random_below(&random, n_weights) : n_weights + i - n_random;
        error = fmax(error, fabs(difference(s, at) - s->gradient[at]));
        scale = fmax(scale, fabs(s->gradient[at]));
    }
    note(s, GRADIENT, error / scale);
}

/* The slope along the gradient, by differences, against the squared norm of the gradient: it tests all coordinates at
 * once. */
static void check_slope(subject *s)
{
    const double step = 1e-4;
    double values[2], square = 0;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < s->n_parameters; i++)
            s->scratch[i] = s->parameters[i] + (side ? -step : step) * s->gradient[i];
        values[side] = sm_batch_objective(&s->batch, L2, s->scratch, NULL);
    }
    for (size_t i = 0; i < s->n_parameters; i++)
        square += s->gradient[i] * s->gradient[i];
    note(s, SLOPE, ((values[0] - values[1]) / (2 * step) - square) / fmax(square, TINY));
}

static status check_float_gradient(subject *s, failure *f)
{
    const sm_objective_options options = {.l2 = L2, .execution = s->execution};
    sm_matrix matrix;
    const sm_source source = dataset_source(&s->data, 0, s->batch.n_samples, s->batch.n_classes, &matrix);
    sm_objective *objective = NULL;
    double value, error = 0, scale = TINY;
    sm_status computed = sm_objective_create(&source, &options, &objective);
    if (computed == SM_OK) {
        const sm_problem problem = sm_objective_problem(objective);
        computed = problem.evaluate(problem.context, &(sm_terms){NULL, 0}, s->parameters, &value, s->scratch);
    }
    sm_objective_free(objective);
    if (computed != SM_OK)
        return check_library(f, "gradcheck", computed);
    for (size_t i = 0; i < s->n_parameters; i++) {
        error = fmax(error, fabs(s->scratch[i] - s->gradient[i]));
        scale = fmax(scale, fabs(s->gradient[i]));
    }
    note(s, FLOAT_GRADIENT, error / scale);
    return STATUS_OK;
}

/* This check and the next two take the scores [K] of a sample, and their softmax p [K]. */
static void check_softmax(subject *s, const double *scores, const double *p)
{
    const size_t n_classes = s->batch.n_classes;
    double moved[SM_MAX_CLASSES], sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        moved[k] = scores[k] + 100;
    sm_softmax(n_classes, moved, moved);
    for (size_t k = 0; k < n_classes; k++) {
        sum += p[k];
        note(s, SOFTMAX, moved[k] - p[k]);
    }
    note(s, SOFTMAX, sum - 1);
    if (n_classes > 1) {
        double two[2];
        sm_softmax(2, scores, two);
        note(s, SIGMOID, two[1] - sm_sigmoid(scores[1] - scores[0]));
    }
}

static void check_jacobian(subject *s, const double *scores, const double *p)
{
    const size_t n_classes = s->batch.n_classes;
    const double step = 1e-5;
    double moved[SM_MAX_CLASSES], above[SM_MAX_CLASSES], below[SM_MAX_CLASSES], product[SM_MAX_CLASSES];
    memcpy(moved, scores, n_classes * sizeof *moved);
    sm_softmax_jacobian(n_classes, p, s->jacobian);
    sm_softmax_jacobian_product(n_classes, p, scores, product);
    for (size_t j = 0; j < n_classes; j++) {
        const double *row = s->jacobian + j * n_classes;
        double row_sum = 0, row_product = 0;
        moved[j] = scores[j] + step;
        sm_softmax(n_classes, moved, above);
        moved[j] = scores[j] - step;
        sm_softmax(n_classes, moved, below);
        moved[j] = scores[j];
        for (size_t i = 0; i < n_classes; i++) {
            row_sum += row[i];
            row_product += row[i] * scores[i];
            note(s, JACOBIAN, (above[i] - below[i]) / (2 * step) - s->jacobian[i * n_classes + j]);
        }
        note(s, ROW_SUM, row_sum);
        note(s, PRODUCT, row_product - product[j]);
    }
}

static void check_loss(subject *s, const double *scores, const double *p, size_t label)
{
    double chain[SM_MAX_CLASSES], closed[SM_MAX_CLASSES];
    note(s, LOSS, sm_cross_entropy(s->batch.n_classes, scores, label) + log(p[label]));
    sm_cross_entropy_gradient_by_chain_rule(s->batch.n_classes, p, label, chain);
    sm_cross_entropy_gradient(s->batch.n_classes, p, label, closed);
    for (size_t k = 0; k < s->batch.n_classes; k++)
        note(s, CHAIN_RULE, chain[k] - closed[k]);
}

static status check_all(subject *s, failure *f)
{
    for (size_t n = 0; n < s->batch.n_samples; n++) {
        double scores[SM_MAX_CLASSES], p[SM_MAX_CLASSES];
        sm_batch sample = s->batch;
        sample.n_samples = 1;
        sample.features += n * sample.n_features;
        sm_batch_scores(&sample, s->parameters, scores);
        sm_softmax(s->batch.n_classes, scores, p);
        check_softmax(s, scores, p);
        check_jacobian(s, scores, p);
        check_loss(s, scores, p, s->batch.labels[n]);
    }
    check_gradient(s);
    check_slope(s);
    return check_float_gradient(s, f);
}

static status print_table(const subject *s, failure *f)
{
    int n_exceeded = 0;
    printf("on %zu images of %zu pixels, %zu classes\n\n", s->batch.n_samples, s->batch.n_features,
           s->batch.n_classes);
    printf("%-62s %9s %9s\n", "check", "error", "bound");
    for (size_t i = 0; i < N_CHECKS; i++) {
        const bool ok = s->errors[i] <= checks[i].bound;
        printf("%-62s %9.1e %9.1e  %s\n", checks[i].statement, s->errors[i], checks[i].bound,
               ok ? "ok" : "EXCEEDED");
        n_exceeded += !ok;
    }
    return n_exceeded == 0 ? STATUS_OK
                           : fail(f, "gradcheck: %d of %d checks exceed their bound", n_exceeded, N_CHECKS);
}

static status run(int argc, char **argv, failure *f)
{
    subject s = {.n_images = 200, .n_coordinates = 100, .seed = 1, .execution = default_execution()};
    option_spec specs[] = {
        {"data", OPTION_FOLDER, &s.folder, "DIR", .help = "folder of the IDX files"},
        {"images", OPTION_COUNT, &s.n_images, "N", .help = "images of the training set to check on", .low = 1,
         .high = 1e6},
        {"coordinates", OPTION_COUNT, &s.n_coordinates, "N", .help = "weights to take differences of", .high = 1e6},
        {"seed", OPTION_SEED, &s.seed, "N", .help = "of the weights, and of the choice of coordinates"},
        threads_option(&s.execution),
        {0},
    };
    pool memory = {0};
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_OK)
        result = dataset_load(s.folder, SPLIT_TRAIN, &s.data, f);
    if (result == STATUS_OK)
        result = make_subject(&s, &memory, f);
    if (result == STATUS_OK)
        result = check_all(&s, f);
    if (result == STATUS_OK)
        result = print_table(&s, f);
    pool_free(&memory);
    dataset_destroy(&s.data);
    return result;
}

const command command_gradcheck = {"gradcheck", "check gradients and softmax identities on real images", run};
