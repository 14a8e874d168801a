/* mnist train: from images to a model file. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/l2_path.h"
#include "files/write.h"
#include "show/progress.h"
#include "text.h"

typedef enum optimizer { OPTIMIZER_LBFGS, OPTIMIZER_SGD } optimizer;
static const char *const optimizer_names[] = {"lbfgs", "sgd", NULL};
static const char *const schedule_names[] = {"constant", "linear", NULL};

typedef struct train_options {
    const char *data, *output, *validation;
    size_t optimizer, schedule; /* indices into the names above */
    const char *l2;             /* a number, or auto */
    double tolerance, learning_rate, momentum;
    size_t max_iterations, n_epochs, batch_size, patience, n_threads;
    uint64_t seed;
    bool quiet;
} train_options;

static const command_usage usage = {
    .name = "train",
    .summary = "Train softmax regression on the training set and write DIR/model.safetensors and DIR/history.csv",
    .notes =
        "What is minimised is the mean cross-entropy + (l2/2) ||W||^2; biases are not penalised.\n"
        "--l2 auto tries a path of strengths on a validation part (a sixth of the images, or what --validation\n"
        "says), takes the one with the lowest loss there, and then trains on all images.\n"
        "--tolerance bounds how far the objective may be from its minimum, as a fraction of it: training\n"
        "ends as soon as the duality gap proves it.\n"
        "--validation takes a number of images, or a fraction of them below 1, from the training set, the\n"
        "same share of each class; training ends early when --patience iterations in a row did not lower\n"
        "their loss, and the model with the lowest loss on them is kept.\n"
        "Ctrl-C ends training and keeps the best model so far.",
};

/* Set by Ctrl-C; a signal handler can reach nothing but such a variable. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* The first Ctrl-C ends training, a second one the program. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND};
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

typedef struct training {
    const train_options *options;
    bool chooses_l2;
    double l2;
    dataset data;                   /* its classes without an image dropped: their biases would sink for ever */
    size_t n_labels;                /* classes with those that were dropped */
    uint8_t labels[SM_MAX_CLASSES]; /* what each class of the data is called */
    size_t n_training, n_validation;
    sm_matrix training_matrix, validation_matrix;
    sm_objective *training_objective, *validation_objective; /* the latter NULL without validation */
    size_t n_parameters;
    double *parameters, *best; /* [n_parameters] */
    double best_loss;          /* on the validation part if there is one, else the objective */
    size_t best_iteration;
    bool stopped_early;
    double first_gap, started; /* seconds */
    buffer history;
    bool is_terminal;
    sm_info info;
} training;

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---------------------------------------------------------------------------------------------- */

/* How many of n_samples images --validation asks for. */
static status parse_validation(const char *text, size_t n_samples, size_t *n_validation, failure *f)
{
    char *end;
    *n_validation = 0;
    if (!text)
        return STATUS_OK;
    const double value = strtod(text, &end);
    const bool is_fraction = value < 1;
    const double count = is_fraction ? floor(value * (double)n_samples + 0.5) : value;
    if (end == text || *end != '\0' || !(value >= 0) || floor(count) != count)
        return fail_usage(f, "--validation %s: expected a number of images, or a fraction below 1", text);
    if (count >= (double)n_samples)
        return fail_usage(f, "--validation %s: there are only %zu images to train on", text, n_samples);
    *n_validation = (size_t)count;
    return STATUS_OK;
}

/* --l2, a number or auto. */
static status parse_l2(training *t, failure *f)
{
    const char *text = t->options->l2;
    char *end;
    t->chooses_l2 = strcmp(text, "auto") == 0;
    if (t->chooses_l2)
        return STATUS_OK;
    t->l2 = strtod(text, &end);
    if (end == text || *end != '\0' || !(t->l2 >= 0 && t->l2 <= 1e6))
        return fail_usage(f, "--l2 %s: expected a number from 0 to 1e+06, or auto", text);
    return STATUS_OK;
}

static status make_objective(training *t, size_t first, size_t n, double l2, sm_matrix *matrix,
                             sm_objective **objective, failure *f)
{
    sm_objective_options options = {.l2 = l2};
    const status result = get_execution(t->options->n_threads, &options.execution, f);
    if (result != STATUS_OK)
        return result;
    const sm_source source = dataset_source(&t->data, first, n, t->data.n_classes, matrix);
    const sm_status created = sm_objective_create(&source, &options, objective);
    return created == SM_OK ? STATUS_OK : fail_library(f, "training", created);
}

static status prepare(training *t, failure *f)
{
    const train_options *options = t->options;
    status result = parse_l2(t, f);
    const char *validation = options->validation ? options->validation : t->chooses_l2 ? "0.1666667" : NULL;
    if (result == STATUS_OK)
        result = load_data(options->data, DATASET_TRAIN, &t->data, f);
    if (result == STATUS_OK)
        result = parse_validation(validation, t->data.n_samples, &t->n_validation, f);
    if (result == STATUS_OK)
        result = dataset_hold_out(&t->data, t->n_validation, options->seed, f);
    if (result != STATUS_OK)
        return result;
    t->n_labels = t->data.n_classes;
    dataset_drop_empty_classes(&t->data, t->labels);
    t->n_training = t->data.n_samples - t->n_validation;
    result = make_objective(t, 0, t->n_training, t->l2, &t->training_matrix, &t->training_objective, f);
    if (result == STATUS_OK && t->n_validation > 0)
        result = make_objective(t, t->n_training, t->n_validation, 0, &t->validation_matrix,
                                &t->validation_objective, f);
    if (result != STATUS_OK)
        return result;
    t->n_parameters = sm_objective_problem(t->training_objective).n_parameters;
    t->parameters = calloc(t->n_parameters, sizeof *t->parameters);
    t->best = calloc(t->n_parameters, sizeof *t->best);
    t->best_loss = HUGE_VAL;
    return t->parameters && t->best ? STATUS_OK : fail_memory(f);
}

static void destroy(training *t)
{
    free(t->history.data);
    free(t->best);
    free(t->parameters);
    sm_objective_free(t->validation_objective);
    sm_objective_free(t->training_objective);
    dataset_destroy(&t->data);
}

/* ---------------------------------------------------------------------------------------------- */

/* For L-BFGS from how fast the gap has been closing, for SGD from the epochs. */
static double seconds_left(const training *t, const sm_info *info, double seconds)
{
    if (info->n_iterations == 0)
        return HUGE_VAL;
    if (t->options->optimizer == OPTIMIZER_SGD)
        return seconds / (double)info->n_iterations * (double)(t->options->n_epochs - info->n_iterations);
    const double goal = t->options->tolerance * info->value;
    if (!(info->gap < t->first_gap) || !(goal > 0) || info->gap <= goal)
        return HUGE_VAL;
    return seconds * log(info->gap / goal) / log(t->first_gap / info->gap);
}

static void evaluate_validation(const training *t, const double *x, progress_row *row)
{
    row->validation_loss = row->validation_accuracy = (double)NAN;
    if (!t->validation_objective)
        return;
    const sm_problem problem = sm_objective_problem(t->validation_objective);
    const sm_terms all = {NULL, 0};
    if (problem.evaluate(problem.context, &all, x, &row->validation_loss, NULL) == SM_OK)
        row->validation_accuracy = sm_objective_accuracy(t->validation_objective);
}

static void add_cell(buffer *b, double value)
{
    if (isfinite(value))
        buffer_print(b, ",%.9g", value);
    else
        buffer_print(b, ",");
}

static void add_history(buffer *b, const progress_row *row)
{
    if (row->number == 0)
        buffer_print(b,
                     "%s,objective,gradient_norm,gap,training_accuracy,validation_accuracy,validation_loss,"
                     "seconds\n",
                     row->unit);
    buffer_print(b, "%zu", row->number);
    const double cells[] = {row->objective,           row->gradient_norm,   row->gap,    row->training_accuracy,
                            row->validation_accuracy, row->validation_loss, row->seconds};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        add_cell(b, cells[i]);
    buffer_print(b, "\n");
}

/* Keeps the parameters if they are the best so far; true asks to stop early. */
static bool keep_best(training *t, const double *x, const sm_info *info, double loss)
{
    if (loss < t->best_loss) {
        t->best_loss = loss;
        t->best_iteration = info->n_iterations;
        memcpy(t->best, x, t->n_parameters * sizeof *x);
        return false;
    }
    t->stopped_early = t->validation_objective && t->options->patience > 0 &&
                       info->n_iterations - t->best_iteration >= t->options->patience;
    return t->stopped_early;
}

static bool on_progress(void *context, const double *x, const sm_info *info)
{
    training *t = context;
    const bool is_sgd = t->options->optimizer == OPTIMIZER_SGD;
    if (info->n_iterations == 0)
        t->first_gap = info->gap;
    progress_row row = {
        .unit = is_sgd ? "epoch" : "iteration",
        .number = info->n_iterations,
        .objective = info->value,
        .gradient_norm = info->gradient_norm,
        .gap = info->gap,
        .training_accuracy = sm_objective_accuracy(t->training_objective),
        .seconds = seconds_now() - t->started,
    };
    row.seconds_left = seconds_left(t, info, row.seconds);
    evaluate_validation(t, x, &row);
    add_history(&t->history, &row);
    if (!t->options->quiet)
        progress_print(&row, t->is_terminal);
    const bool stop = keep_best(t, x, info, t->validation_objective ? row.validation_loss : info->value);
    return stop || interrupted;
}

/* ---------------------------------------------------------------------------------------------- */

static sm_status minimise(training *t)
{
    const train_options *options = t->options;
    if (options->optimizer == OPTIMIZER_SGD) {
        const sm_problem problem = sm_objective_problem(t->training_objective);
        const sm_sgd_options sgd = {
            .batch_size = options->batch_size,
            .n_epochs = options->n_epochs,
            .learning_rate = options->learning_rate,
            .momentum = options->momentum,
            .schedule = options->schedule == 0 ? SM_SCHEDULE_CONSTANT : SM_SCHEDULE_LINEAR,
            .seed = options->seed,
            .progress = on_progress,
            .progress_context = t,
        };
        return sm_sgd(&problem, &sgd, t->parameters, &t->info);
    }
    sm_lbfgs_options lbfgs = sm_lbfgs_defaults();
    lbfgs.max_iterations = options->max_iterations;
    lbfgs.tolerance = options->tolerance;
    lbfgs.progress = on_progress;
    lbfgs.progress_context = t;
    return sm_minimise(t->training_objective, &lbfgs, t->parameters, &t->info);
}

static void add_notes(const training *t, model *m)
{
    const train_options *options = t->options;
    model_add_note(m, "optimizer", "%s", optimizer_names[options->optimizer]);
    model_add_note(m, "l2", "%.9g", t->l2);
    model_add_note(m, "training_images", "%zu", t->n_training);
    model_add_note(m, "validation_images", "%zu", t->n_validation);
    model_add_note(m, "seed", "%ju", (uintmax_t)options->seed);
    if (options->optimizer == OPTIMIZER_SGD) {
        model_add_note(m, "epochs", "%zu", t->info.n_iterations);
        model_add_note(m, "batch_size", "%zu", options->batch_size);
        model_add_note(m, "learning_rate", "%.9g", options->learning_rate);
        model_add_note(m, "momentum", "%.9g", options->momentum);
        model_add_note(m, "schedule", "%s", schedule_names[options->schedule]);
    } else {
        model_add_note(m, "tolerance", "%.9g", options->tolerance);
        model_add_note(m, "iterations", "%zu", t->info.n_iterations);
    }
}

/* The bias of a class that training has seen no image of: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

static void copy_parameters(const training *t, model *m)
{
    const size_t n_features = m->n_features;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < t->data.n_classes; k++) {
        for (size_t d = 0; d < n_features; d++)
            m->weight[t->labels[k] * n_features + d] = (float)t->best[k * n_features + d];
        m->bias[t->labels[k]] = (float)t->best[t->data.n_classes * n_features + k];
    }
}

static status write_model(const training *t, char **path, failure *f)
{
    model m;
    status result = model_create(t->n_labels, t->data.n_rows, t->data.n_columns, &m, f);
    if (result != STATUS_OK)
        return result;
    copy_parameters(t, &m);
    add_notes(t, &m);
    result = result_path(t->options->output, "model.safetensors", path, f);
    if (result == STATUS_OK)
        result = model_write(*path, &m, f);
    model_destroy(&m);
    return result;
}

static status write_history(training *t, failure *f)
{
    char *path;
    status result = result_path(t->options->output, "history.csv", &path, f);
    if (result != STATUS_OK)
        return result;
    result = write_buffer(path, &t->history, f);
    free(path);
    return result;
}

/* Why training stopped, and what is known of the result. */
static void print_closing(const training *t, char *model_path)
{
    const sm_info *info = &t->info;
    const char *unit = t->options->optimizer == OPTIMIZER_SGD ? "epochs" : "iterations";
    const double seconds = seconds_now() - t->started;
    if (interrupted)
        printf("interrupted after %zu %s", info->n_iterations, unit);
    else if (t->stopped_early)
        printf("stopped early after %zu %s: the validation loss was lowest after %zu", info->n_iterations, unit,
               t->best_iteration);
    else if (info->stop == SM_STOP_CONVERGED)
        printf("converged after %zu %s", info->n_iterations, unit);
    else
        printf("not converged after %zu %s: %s", info->n_iterations, unit, sm_stop_string(info->stop));
    printf(", %.2f s, l2 %g, objective %.9f\n", seconds, t->l2, info->value);
    if (isfinite(info->gap))
        printf("the objective is at most %.2g of itself above its minimum\n",
               info->value > 0 ? info->gap / info->value : 0.0);
    clean_text(model_path, false);
    printf("wrote %s\n", model_path);
}

static void print_l2_step(void *context, double l2, double validation_loss, double validation_accuracy)
{
    const training *t = context;
    if (!t->options->quiet)
        fprintf(stderr, "l2 %-6g  validation loss %.5f  validation %.2f %%\n", l2, validation_loss,
                100 * validation_accuracy);
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupted;
}

/* Chooses l2 on the validation part, and goes on with all images from the weights it gave. */
static status choose_l2(training *t, failure *f)
{
    if (t->n_validation == 0)
        return fail_usage(f, "--l2 auto: expected images to validate on, found none");
    const sm_status chosen = l2_path_choose(t->training_objective, t->validation_objective, print_l2_step,
                                            is_interrupted, t, t->parameters, &t->l2);
    if (chosen != SM_OK)
        return fail_library(f, "training", chosen);
    sm_objective_free(t->validation_objective);
    sm_objective_free(t->training_objective);
    t->validation_objective = t->training_objective = NULL;
    t->n_training = t->data.n_samples;
    t->n_validation = 0;
    return make_objective(t, 0, t->n_training, t->l2, &t->training_matrix, &t->training_objective, f);
}

static status train(training *t, failure *f)
{
    status result = make_folder(t->options->output, f);
    if (result == STATUS_OK)
        result = prepare(t, f);
    if (result != STATUS_OK)
        return result;
    catch_interrupts();
    t->started = seconds_now();
    if (t->chooses_l2)
        result = choose_l2(t, f);
    if (result != STATUS_OK)
        return result;
    const sm_status minimised = minimise(t);
    if (!t->options->quiet)
        progress_end(t->is_terminal);
    if (minimised == SM_ERROR_NOT_FINITE && t->options->optimizer == OPTIMIZER_SGD)
        return fail(f, "training diverged: lower --learning-rate, which is %g", t->options->learning_rate);
    if (minimised != SM_OK)
        return fail_library(f, "training", minimised);

    char *path = NULL;
    result = write_history(t, f);
    if (result == STATUS_OK)
        result = write_model(t, &path, f);
    if (result == STATUS_OK && (!t->options->quiet || interrupted))
        print_closing(t, path);
    free(path);
    return result == STATUS_OK && interrupted ? STATUS_INTERRUPTED : result;
}

static status run(int argc, char **argv, failure *f)
{
    const sm_sgd_options sgd = sm_sgd_defaults();
    train_options o = {
        .output = "results",
        .optimizer = OPTIMIZER_LBFGS,
        .schedule = 1,
        .l2 = "1e-4",
        .tolerance = 1e-4,
        .max_iterations = 10000,
        .n_epochs = sgd.n_epochs,
        .batch_size = sgd.batch_size,
        .learning_rate = sgd.learning_rate,
        .momentum = sgd.momentum,
        .patience = 20,
        .seed = 1,
    };
    const double many = 1e15;
    const option_spec specs[] = {
        {"data", OPTION_TEXT, &o.data, "DIR", "folder of the IDX files", 0, 0, NULL},
        {"output", OPTION_TEXT, &o.output, "DIR", "folder for what is written", 0, 0, NULL},
        {"optimizer", OPTION_CHOICE, &o.optimizer, "NAME", "lbfgs or sgd", 0, 0, optimizer_names},
        {"l2", OPTION_TEXT, &o.l2, "NUMBER|auto", "strength of the penalty on the weights", 0, 0, NULL},
        {"tolerance", OPTION_NUMBER, &o.tolerance, "NUMBER", "lbfgs: relative distance to the minimum allowed", 0,
         1, NULL},
        {"max-iterations", OPTION_COUNT, &o.max_iterations, "N", "lbfgs: ends training if it has not converged", 0,
         many, NULL},
        {"epochs", OPTION_COUNT, &o.n_epochs, "N", "sgd: passes over the training set", 0, many, NULL},
        {"batch-size", OPTION_COUNT, &o.batch_size, "N", "sgd: images a step", 1, many, NULL},
        {"learning-rate", OPTION_NUMBER, &o.learning_rate, "NUMBER", "sgd: length of a step", 1e-12, 1e6, NULL},
        {"momentum", OPTION_NUMBER, &o.momentum, "NUMBER", "sgd: share of the last step kept", 0, 0.9999, NULL},
        {"schedule", OPTION_CHOICE, &o.schedule, "NAME", "sgd: constant, or linear down to 0", 0, 0,
         schedule_names},
        {"validation", OPTION_TEXT, &o.validation, "N|FRACTION", "images held out of training", 0, 0, NULL},
        {"patience", OPTION_COUNT, &o.patience, "N", "with --validation: see below; 0 for never", 0, many, NULL},
        {"seed", OPTION_SEED, &o.seed, "N", "of the validation split and of sgd's order", 0, 0, NULL},
        {"threads", OPTION_COUNT, &o.n_threads, "N", "0 for as many as there are", 0, MAX_THREADS, NULL},
        {"quiet", OPTION_FLAG, &o.quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0},
    };
    positional rest;
    bool help_shown;
    status result = options_parse(&usage, specs, argc, argv, &rest, &help_shown, f);
    if (result != STATUS_OK || help_shown)
        return result;
    training t = {.options = &o, .is_terminal = isatty(STDERR_FILENO)};
    result = train(&t, f);
    destroy(&t);
    return result;
}

const command command_train = {"train", "train a model on the training set", run};
