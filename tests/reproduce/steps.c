/*
 * Prints the steps of a training one by one, each with a digest of all its bits, to find the first one that another
 * machine, compiler or number of threads computes differently. Usage: steps FOLDER N_IMAGES N_THREADS [ISA]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "model/feature_store.h"
#include "kernels/elementary.h"

/* Exit status if the machine lacks the instruction set. */
enum { EXIT_LACKING = 77 };

static const double L2 = 1e-4;

/* Mixes a number into a digest with the function of SplitMix64. */
static uint64_t mix(uint64_t digest, uint64_t bits)
{
    sm_random random = {digest ^ bits};
    return sm_random_next(&random);
}

static uint64_t digest_floats(size_t n, const float *values)
{
    uint64_t digest = n;
    for (size_t i = 0; i < n; i++)
        digest = mix(digest, sm_float_bits(values[i]));
    return digest;
}

static uint64_t digest_doubles(size_t n, const double *values)
{
    uint64_t digest = n, bits;
    for (size_t i = 0; i < n; i++) {
        memcpy(&bits, &values[i], sizeof bits);
        digest = mix(digest, bits);
    }
    return digest;
}

static void say(const char *step, uint64_t digest)
{
    printf("%-36s %016" PRIx64 "\n", step, digest);
    (void)fflush(stdout);
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "steps: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---------------------------------------------------------------------------------------------- */

/* The data and state shared by the steps. */
typedef struct run {
    dataset data;
    sm_matrix matrix;
    sm_source source;
    sm_execution execution;
    sm_objective *objective;
    size_t n_parameters;
    double *x;        /* [n_parameters], the current point */
    double *gradient; /* [n_parameters] at x */
} run;

static void take_elementary(void)
{
    enum { N = 1 << 18 };
    uint64_t digest = N;
    for (uint32_t i = 0; i < N; i++) {
        const float share = (float)i / N;
        digest = mix(digest, sm_float_bits(sm_exp(-88 * share)));
        digest = mix(digest, sm_float_bits(sm_log(1 + 255 * share)));
    }
    say("exp and log", digest);
}

static void set_random_parameters(run *r)
{
    sm_random random = {1};
    for (size_t i = 0; i < r->n_parameters; i++)
        r->x[i] = (double)(sm_random_next(&random) >> 40) * 0x1p-26 - 0.125;
}

static void take_prediction(run *r)
{
    const size_t n_classes = r->source.n_classes, n = r->data.n_samples * n_classes;
    const size_t n_weights = r->n_parameters - n_classes;
    float *model = calloc(r->n_parameters, sizeof *model), *probabilities = calloc(n, sizeof *probabilities);
    require(model && probabilities, "out of memory");
    for (size_t i = 0; i < r->n_parameters; i++)
        model[i] = (float)r->x[i];
    const sm_model view = {
        .n_features = n_weights / n_classes, .n_classes = n_classes, .weight = model, .bias = model + n_weights};
    double loss;
    require(sm_predict(&view, &r->source, &r->execution, probabilities, &loss) == SM_OK, "prediction failed");
    say("scores and softmax", digest_floats(n, probabilities));
    free(probabilities);
    free(model);
}

static void take_evaluation(run *r)
{
    const sm_problem problem = sm_objective_problem(r->objective);
    double value;
    sm_bound bound;
    require(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, r->x, &value, r->gradient) == SM_OK,
            "evaluation failed");
    say("objective", digest_doubles(1, &value));
    say("gradient", digest_doubles(r->n_parameters, r->gradient));
    require(problem.gap(problem.context, r->x, r->gradient, 1, &bound) == SM_OK, "no duality gap");
    say("duality gap", digest_doubles(2, (const double[]){bound.gap, bound.rounding}));
}

static void take_preconditioner(run *r)
{
    const sm_problem problem = sm_objective_problem(r->objective);
    memset(r->x, 0, r->n_parameters * sizeof *r->x);
    require(problem.start(problem.context, false, r->x) == SM_OK, "no warm start");
    say("warm start", digest_doubles(r->n_parameters, r->x));
    sm_renewal renewal = {0, 1, 1};
    require(problem.renew(problem.context, r->x, &renewal) == SM_OK, "no preconditioner");
    problem.precondition(problem.context, r->gradient, r->gradient);
    say("preconditioner", digest_doubles(r->n_parameters, r->gradient));
}

/* Steps a minimiser to its end and frees it. */
static void say_steps(const run *r, const char *name, sm_minimiser *m)
{
    char step[64];
    while (sm_minimiser_step(m)) {
        (void)snprintf(step, sizeof step, "%s %zu", name, sm_minimiser_info(m)->n_iterations);
        say(step, digest_doubles(r->n_parameters, sm_minimiser_x(m)));
    }
    require(sm_minimiser_info(m)->status == SM_OK, "a minimiser failed");
    sm_minimiser_free(m);
}

/* The vector-Jacobian products of some images with a vector that is 1 at every seventh feature. */
static void take_gradients(const feature_store *store, const char *step)
{
    enum { N_IMAGES = 5 };
    const feature_transform *t = &store->transform;
    const size_t n_pixels = t->n_rows * t->n_columns;
    const uint8_t *images[N_IMAGES];
    const float *vectors[N_IMAGES];
    float *vector = calloc(t->n_features, sizeof *vector), *found = calloc(N_IMAGES, n_pixels * sizeof *found);
    require(vector && found, "out of memory");
    for (size_t i = 0; i < t->n_features; i += 7)
        vector[i] = 1;
    for (size_t i = 0; i < N_IMAGES; i++) {
        images[i] = store->data->pixels + i * n_pixels;
        vectors[i] = vector;
    }
    require(t->map->vjp(t, N_IMAGES, images, vectors, found), "out of memory");
    say(step, digest_floats(N_IMAGES * n_pixels, found));
    free(found);
    free(vector);
}

static uint64_t digest_features(const sm_source *source, const void *rows)
{
    const size_t n = source->n_samples * source->n_features;
    uint64_t digest = n;
    for (size_t i = 0; i < n; i++)
        digest = mix(digest, source->type == SM_U8 ? ((const uint8_t *)rows)[i] : ((const uint16_t *)rows)[i]);
    return digest;
}

static void train_on(const run *r, const sm_source *source, const char *step)
{
    sm_objective *objective = NULL;
    require(sm_objective_create(source, &(sm_objective_options){.l2 = L2, .execution = r->execution}, &objective) ==
                SM_OK,
            "no objective");
    const sm_problem problem = sm_objective_problem(objective);
    double *x = calloc(problem.n_parameters, sizeof *x);
    sm_lbfgs_options lbfgs = sm_lbfgs_defaults();
    lbfgs.max_iterations = 5;
    require(x && sm_lbfgs(&problem, &lbfgs, x, NULL) == SM_OK, "lbfgs failed");
    sm_objective_to_parameters(objective, x, x);
    say(step, digest_doubles(problem.n_parameters, x));
    free(x);
    sm_objective_free(objective);
}

/* The features of the first images by another map, and a training on them unless there are too many for plain C. */
static void take_features(const run *r, const char *text)
{
    enum { N_IMAGES = 500, MANY_FEATURES = 1000 };
    const size_t n = N_IMAGES < r->data.n_samples ? N_IMAGES : r->data.n_samples;
    char step[64];
    dataset some = r->data;
    some.n_samples = n;
    feature_choice choice;
    feature_store store;
    feature_range range;
    failure f = {""};
    require(features_parse(text, &choice, &f) == STATUS_OK, f.text);
    require(feature_store_create(&some, &choice, &r->execution, SIZE_MAX, &store, &f) == STATUS_OK, f.text);
    const sm_source source = feature_store_source(&store, 0, n, some.n_classes, &range);
    (void)snprintf(step, sizeof step, "%s, features", text);
    say(step, digest_features(&source, store.rows));
    (void)snprintf(step, sizeof step, "%s, pulled back", text);
    take_gradients(&store, step);
    (void)snprintf(step, sizeof step, "%s, lbfgs", text);
    if (source.n_features < MANY_FEATURES)
        train_on(r, &source, step);
    feature_store_destroy(&store);
}

static void take_training(run *r)
{
    const sm_problem problem = sm_objective_problem(r->objective);
    sm_minimiser *m = NULL;
    sm_lbfgs_options lbfgs = sm_lbfgs_defaults();
    lbfgs.tolerance = 1e-4;
    memset(r->x, 0, r->n_parameters * sizeof *r->x);
    require(sm_lbfgs_create(&problem, &lbfgs, r->x, &m) == SM_OK, "no lbfgs");
    say_steps(r, "lbfgs, iteration", m);
    sm_sgd_options sgd = sm_sgd_defaults();
    sgd.n_epochs = 2;
    require(sm_sgd_create(&problem, &sgd, r->x, &m) == SM_OK, "no sgd");
    say_steps(r, "sgd, epoch", m);
}

/* ---------------------------------------------------------------------------------------------- */

/* A table of doubles whose columns have means and sizes of their own. The label is the column that is most above its mean
 * among the first columns, one for each class, but for one row in eight. Nothing here is rounded. */
static void fill_table(size_t n_rows, size_t n_columns, size_t n_classes, double *values, uint8_t *labels)
{
    sm_random random = {2};
    for (size_t n = 0; n < n_rows; n++) {
        int64_t highest = -1;
        labels[n] = (uint8_t)sm_random_below(&random, n_classes);
        const bool is_noise = sm_random_below(&random, 8) == 0;
        for (size_t d = 0; d < n_columns; d++) {
            const int64_t integer = (int64_t)sm_random_below(&random, 1 << 20);
            values[n * n_columns + d] = (double)(integer + (int64_t)(d << 20)) / (double)(1 << d % 24);
            if (d < n_classes && integer > highest && !is_noise) {
                highest = integer;
                labels[n] = (uint8_t)d;
            }
        }
    }
}

/* A training on a table, in double precision. */
static void take_table(const run *r, const char *name, size_t n_rows, size_t n_columns, size_t n_classes)
{
    double *values = calloc(n_rows * n_columns, sizeof *values);
    double *x = calloc(n_classes * (n_columns + 1), sizeof *x);
    uint8_t *labels = calloc(n_rows, sizeof *labels);
    require(values && x && labels, "out of memory");
    fill_table(n_rows, n_columns, n_classes, values, labels);
    sm_matrix matrix = {values, n_columns * sizeof *values};
    const sm_source source = {.n_samples = n_rows,
                              .n_features = n_columns,
                              .n_classes = n_classes,
                              .type = SM_F64,
                              .labels = labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    const sm_objective_options options = {.l2 = 1e-9, .execution = r->execution};
    sm_objective *objective = NULL;
    require(sm_objective_create(&source, &options, &objective) == SM_OK, "no objective");
    const sm_problem problem = sm_objective_problem(objective);
    sm_info info;
    char step[64];
    require(sm_lbfgs(&problem, NULL, x, &info) == SM_OK, "lbfgs failed");
    (void)snprintf(step, sizeof step, "%s, lbfgs", name);
    say(step, digest_doubles(problem.n_parameters, x));
    (void)snprintf(step, sizeof step, "%s, value and gap", name);
    say(step, digest_doubles(3, (const double[]){info.value, info.gap, info.rounding}));
    sm_objective_free(objective);
    free(labels);
    free(x);
    free(values);
}

static void take_tables(const run *r)
{
    take_table(r, "table, coupled", 150, 4, 3);
    take_table(r, "table, not coupled", 3000, 30, 5);
}

/* ---------------------------------------------------------------------------------------------- */

static void prepare(run *r, const char *folder, size_t n_images)
{
    failure f = {""};
    require(dataset_load(folder, SPLIT_TRAIN, &r->data, &f) == STATUS_OK, f.text);
    require(n_images > 0 && n_images <= r->data.n_samples, "N_IMAGES exceeds the number of images");
    r->data.n_samples = n_images;
    r->source = dataset_source(&r->data, 0, n_images, r->data.n_classes, &r->matrix);
    const sm_objective_options options = {.l2 = L2, .execution = r->execution};
    require(sm_objective_create(&r->source, &options, &r->objective) == SM_OK, "no objective");
    r->n_parameters = sm_objective_problem(r->objective).n_parameters;
    r->x = calloc(r->n_parameters, sizeof *r->x);
    r->gradient = calloc(r->n_parameters, sizeof *r->gradient);
    require(r->x && r->gradient, "out of memory");
}

int main(int argc, char **argv)
{
    require(argc == 4 || argc == 5, "usage: steps FOLDER N_IMAGES N_THREADS [ISA]");
    const char *isa = argc == 5 && argv[4][0] != '\0' ? argv[4] : NULL;
    run r = {.execution = {strtoul(argv[3], NULL, 10), isa}};
    if (!sm_isa_name(isa))
        return EXIT_LACKING;
    prepare(&r, argv[1], strtoul(argv[2], NULL, 10));
    say("data", dataset_digest(&r.data));
    take_elementary();
    set_random_parameters(&r);
    take_prediction(&r);
    take_evaluation(&r);
    take_preconditioner(&r);
    take_training(&r);
    take_features(&r, "deskew");
    take_features(&r, "scattering");
    take_features(&r, "scattering:J=3,L=3");
    take_features(&r, "patches:filters=20,seed=3");
    take_tables(&r);
    free(r.gradient);
    free(r.x);
    sm_objective_free(r.objective);
    dataset_destroy(&r.data);
    return EXIT_SUCCESS;
}
