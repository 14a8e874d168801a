/* A training run, from the data to the parameters. */
#include "training/training.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/locate.h"
#include "base/execution.h"
#include "data/augmentation.h"
#include "base/memory.h"
#include "show/progress.h"
#include "base/text.h"

const char *const optimizer_names[] = {"lbfgs", "sgd", NULL};
const char *const schedule_names[] = {"constant", "linear", NULL};

/* Set by Ctrl-C; a signal handler can reach nothing but such a variable. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void catch_interrupts(void)
{
    /* Whatever is being read or written goes on: what is in the way of training's end is no failure of it. */
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND | SA_RESTART};
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

bool was_interrupted(void)
{
    return interrupted;
}

double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---------------------------------------------------------------------------------------------- */

/* How many of the images, or rows, --validation asks for. */
static status parse_validation(const char *text, const dataset *data, size_t *n_validation, failure *f)
{
    const size_t n_samples = data->n_samples;
    const char *samples = data->values ? "rows" : "images";
    char *end;
    *n_validation = 0;
    if (!text)
        return STATUS_OK;
    const double value = strtod(text, &end);
    const bool is_fraction = value < 1;
    const double count = is_fraction ? floor(value * (double)n_samples + 0.5) : value;
    if (end == text || *end != '\0' || !(value >= 0) || floor(count) != count)
        return fail_usage(f, "--validation %s: expected a number of %s, or a fraction below 1", text, samples);
    if (count >= (double)n_samples)
        return fail_usage(f, "--validation %s: there are only %zu %s to train on", text, n_samples, samples);
    *n_validation = (size_t)count;
    return STATUS_OK;
}

/* --l2, a number or auto. */
static status parse_l2(training *t, failure *f)
{
    const char *text = t->options->l2;
    char *end;
    t->chooses_l2 = strcmp(text, "auto") == 0;
    if (t->chooses_l2 && t->options->from)
        return fail_usage(f, "train: --from and --l2 auto, which has a start of its own, exclude each other");
    if (t->chooses_l2)
        return STATUS_OK;
    t->l2 = strtod(text, &end);
    if (end == text || *end != '\0' || !(t->l2 >= 0 && t->l2 <= 1e6))
        return fail_usage(f, "--l2 %s: expected a number from 0 to 1e+06, or auto", text);
    return STATUS_OK;
}

/* --features, and what else tells images from tables. */
static status parse_features(training *t, failure *f)
{
    const train_options *o = t->options;
    const bool is_table = names_table(o->data);
    const char *features = o->features ? o->features : is_table ? "columns" : "pixels";
    failure why = {""};
    if (features_parse(features, &t->features, &why) != STATUS_OK)
        return fail_usage(f, "--features %s: %s", o->features_as_typed ? o->features_as_typed : features, why.text);
    if (is_table && (o->n_copies > 0 || !features_are_columns(&t->features)))
        return fail_usage(f, "train: --%s is for images; %s is a table", o->n_copies > 0 ? "copies" : "features",
                          o->data);
    if (!is_table && (o->label || features_are_columns(&t->features)))
        return fail_usage(f, "train: --%s is for a table, expected --data FILE",
                          o->label ? "label" : "features columns");
    return STATUS_OK;
}

/* --memory, in bytes. */
static status parse_memory(const char *text, size_t *n_bytes, failure *f)
{
    if (!text) {
        *n_bytes = half_of_memory();
        return STATUS_OK;
    }
    static const char units[] = "KMG";
    char *end;
    double value = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        value *= 1024;
    if (end == text || end[unit ? 1 : 0] != '\0' || !(value >= 0 && value <= 0x1p50))
        return fail_usage(f, "--memory %s: expected a number of bytes, as in 500M or 2G", text);
    *n_bytes = (size_t)value;
    return STATUS_OK;
}

static status make_objective(training *t, size_t first, size_t n, double l2, feature_range *range,
                             sm_objective **objective, failure *f)
{
    sm_objective_options options = {.l2 = l2};
    const status result = get_execution(t->options->n_threads, &options.execution, f);
    if (result != STATUS_OK)
        return result;
    const sm_source source = feature_store_source(&t->store, first, n, t->data.n_classes, range);
    const sm_status created = sm_objective_create(&source, &options, objective);
    return created == SM_OK ? STATUS_OK : fail_library(f, "training", created);
}

static status make_objectives(training *t, failure *f)
{
    const status result = make_objective(t, 0, t->n_training, t->l2, &t->training_range, &t->training_objective, f);
    if (result != STATUS_OK || t->n_validation == 0)
        return result;
    return make_objective(t, t->n_training, t->n_validation, 0, &t->validation_range, &t->validation_objective, f);
}

static status check_model_size(const training *t, failure *f)
{
    const dataset *data = &t->data;
    size_t n_features = 0;
    failure why = {""};
    if (features_count(&t->features, data->n_rows, data->n_columns, &n_features, &why) != STATUS_OK)
        return fail(f, "%s: %s", data->images_path, why.text);
    const size_t n_weights = data->n_classes * n_features;
    if (n_weights > MODEL_MAX_WEIGHTS)
        return fail(f, "%s: %zu classes of %zu features make a model of %zu weights, expected at most %d",
                    data->images_path, data->n_classes, n_features, n_weights, MODEL_MAX_WEIGHTS);
    return STATUS_OK;
}

/* Says how long it took and what it takes, where it takes anything. */
static status make_features(training *t, failure *f)
{
    const double start = seconds_now();
    sm_execution execution;
    size_t memory_bytes = 0;
    status result = parse_memory(t->options->memory, &memory_bytes, f);
    if (result == STATUS_OK)
        result = get_execution(t->options->n_threads, &execution, f);
    if (result == STATUS_OK)
        result = feature_store_create(&t->data, &t->features, &execution, memory_bytes, &t->store, f);
    const feature_transform *transform = &t->store.transform;
    if (result != STATUS_OK || t->options->quiet || !transform->map->transform)
        return result;
    const size_t n_bytes = t->data.n_samples * transform->n_features * sm_type_bytes(transform->map->type);
    if (t->store.rows)
        fprintf(stderr, "%s: %zu features of %zu images in %.2f s, %.0f MB\n", transform->map->name,
                transform->n_features, t->data.n_samples, seconds_now() - start, (double)n_bytes / 1e6);
    else
        fprintf(stderr, "%s: %zu features of %zu images, computed at each use: --memory %.0fM would keep them\n",
                transform->map->name, transform->n_features, t->data.n_samples, ceil((double)n_bytes / 0x1p20));
    return STATUS_OK;
}

static status add_copies(training *t, failure *f)
{
    const size_t n_originals = t->n_training;
    sm_execution execution;
    status result = get_execution(t->options->n_threads, &execution, f);
    if (result == STATUS_OK)
        result = dataset_add_copies(&t->data, n_originals, t->options->n_copies, t->options->seed, &execution, f);
    t->n_training = t->data.n_samples - t->n_validation;
    return result;
}

/* What was found in a table: whether that is what was meant, only a person can tell. */
static void print_table(const char *name, const dataset *data)
{
    enum { N_SHOWN = 3 };
    fprintf(stderr, "%s: %zu rows of %zu columns, %zu classes:", name, data->n_samples, data->n_columns,
            data->n_classes);
    for (size_t k = 0; k < data->n_classes && k < N_SHOWN; k++)
        fprintf(stderr, "%s %s", k > 0 ? "," : "", data->names->names[k]);
    fprintf(stderr, "%s\n", data->n_classes > N_SHOWN ? ", ..." : "");
}

/* A model's weights are for columns as they stand: floats of 24 bits, the bias the sum of what the means take off. */
static void warn_of_far_mean(const char *name, size_t n_columns, const column_scale *scales)
{
    const double far = 1e5;
    size_t d = 0;
    while (d < n_columns && (scales[d].is_constant || fabs(scales[d].mean) <= far * scales[d].unit))
        d++;
    if (d < n_columns)
        fprintf(
            stderr,
            "%s: column %zu of the features: its mean, %g, is far beyond its deviation, %g: the model is exact to "
            "a few digits only; subtract the mean first\n",
            name, d + 1, scales[d].mean, scales[d].unit);
}

/* What a table takes besides. */
static status prepare_table(training *t, failure *f)
{
    const dataset *data = &t->data;
    if (data->n_classes < 2)
        return fail(f, "%s: has one class only, '%s', expected two or more", data->labels_path,
                    data->names->names[0]);
    char *name = clean_copy(data->images_path, false);
    status result = name ? dataset_standardize(&t->data, t->n_training, &t->scales, f) : fail_memory(f);
    if (result == STATUS_OK && !t->options->quiet) {
        print_table(name, data);
        warn_of_far_mean(name, data->n_columns, t->scales);
    }
    free(name);
    return result;
}

static status load_training_data(training *t, failure *f)
{
    const train_options *options = t->options;
    const char *validation = options->validation ? options->validation : t->chooses_l2 ? "0.1666667" : NULL;
    const table_format format = {.label = options->label};
    status result = features_are_columns(&t->features) ? dataset_load_table(options->data, &format, &t->data, f)
                                                       : load_data(options->data, SPLIT_TRAIN, &t->data, f);
    if (result == STATUS_OK)
        result = parse_validation(validation, &t->data, &t->n_validation, f);
    if (result == STATUS_OK && t->chooses_l2 && t->n_validation == 0)
        result = fail_usage(f, "--l2 auto: expected images to validate on, found none");
    if (result == STATUS_OK)
        result = dataset_hold_out(&t->data, t->n_validation, options->seed, f);
    if (result != STATUS_OK)
        return result;
    t->data_digest = options->checkpoint || options->resume ? dataset_digest(&t->data) : 0;
    t->n_labels = t->data.n_classes;
    dataset_drop_empty_classes(&t->data, t->labels);
    t->n_training = t->data.n_samples - t->n_validation;
    result = check_model_size(t, f);
    if (result == STATUS_OK && t->data.values)
        result = prepare_table(t, f);
    return result == STATUS_OK && options->n_copies > 0 ? add_copies(t, f) : result;
}

status training_prepare(training *t, failure *f)
{
    status result = parse_l2(t, f);
    if (result == STATUS_OK)
        result = checkpoint_parse(t, f);
    if (result == STATUS_OK)
        result = parse_features(t, f);
    if (result == STATUS_OK)
        result = load_training_data(t, f);
    if (result == STATUS_OK)
        result = make_features(t, f);
    if (result == STATUS_OK)
        result = make_objectives(t, f);
    if (result != STATUS_OK)
        return result;
    t->n_parameters = sm_objective_problem(t->training_objective).n_parameters;
    t->parameters = calloc(t->n_parameters, sizeof *t->parameters);
    t->best = calloc(t->n_parameters, sizeof *t->best);
    t->best_loss = HUGE_VAL;
    const bool has_path = !t->chooses_l2 || l2_path_create(t->n_parameters, &t->path);
    return t->parameters && t->best && has_path ? training_start_from(t, f) : fail_memory(f);
}

void training_destroy(training *t)
{
    sm_minimiser_free(t->minimiser);
    free(t->state);
    free(t->history.data);
    free(t->best);
    free(t->parameters);
    l2_path_destroy(&t->path);
    sm_objective_free(t->validation_objective);
    sm_objective_free(t->training_objective);
    feature_store_destroy(&t->store);
    free(t->scales);
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

/* After a step: validates, records, prints and keeps it; false ends training. */
static bool goes_on_after_step(training *t)
{
    const double *x = sm_minimiser_x(t->minimiser);
    const sm_info *info = sm_minimiser_info(t->minimiser);
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
    /* Nothing is kept where it stops by itself: resumed from there it would go on, from before it stops again. */
    return !keep_best(t, x, info, t->validation_objective ? row.validation_loss : info->value) &&
           checkpoint_keep(t, interrupted) && !interrupted;
}

/* ---------------------------------------------------------------------------------------------- */

static sm_status create_minimiser(training *t)
{
    const train_options *options = t->options;
    const sm_problem problem = sm_objective_problem(t->training_objective);
    if (options->optimizer == OPTIMIZER_SGD) {
        const sm_sgd_options sgd = {
            .batch_size = options->batch_size,
            .n_epochs = options->n_epochs,
            .learning_rate = options->learning_rate,
            .momentum = options->momentum,
            .schedule = options->schedule == 0 ? SM_SCHEDULE_CONSTANT : SM_SCHEDULE_LINEAR,
            .seed = options->seed,
        };
        return sm_sgd_create(&problem, &sgd, t->parameters, &t->minimiser);
    }
    sm_lbfgs_options lbfgs = sm_lbfgs_defaults();
    lbfgs.max_iterations = options->max_iterations;
    lbfgs.tolerance = options->tolerance;
    return sm_lbfgs_create(&problem, &lbfgs, t->parameters, &t->minimiser);
}

static sm_status minimise(training *t)
{
    sm_status done = create_minimiser(t);
    if (done == SM_OK && t->state)
        done = sm_minimiser_load(t->minimiser, t->state, t->n_state);
    if (done != SM_OK)
        return done;
    bool goes_on = true;
    while (goes_on && sm_minimiser_step(t->minimiser))
        goes_on = goes_on_after_step(t);
    t->info = *sm_minimiser_info(t->minimiser);
    return t->info.status;
}

status training_use_all_images(training *t, failure *f)
{
    sm_objective_free(t->validation_objective);
    sm_objective_free(t->training_objective);
    t->validation_objective = t->training_objective = NULL;
    t->chooses_l2 = false;
    t->n_training = t->data.n_samples;
    t->n_validation = 0;
    return make_objectives(t, f);
}

/* Calibrates parameters on the validation part, if there is one. */
static status fit_temperature(training *t, const double *x, failure *f)
{
    if (!t->validation_objective)
        return STATUS_OK;
    const sm_problem problem = sm_objective_problem(t->validation_objective);
    const sm_status fitted = sm_fit_temperature(&problem, x, &t->temperature);
    return fitted == SM_OK ? STATUS_OK : fail_library(f, "calibration", fitted);
}

/* Chooses l2 on the validation part, and goes on with all images from the weights it gave. */
static status choose_l2(training *t, failure *f)
{
    while (!l2_path_is_done(&t->path) && !(interrupted && t->path.n_tried > 0)) {
        const sm_status tried = l2_path_step(&t->path, t->training_objective, t->validation_objective);
        if (tried != SM_OK)
            return fail_library(f, "training", tried);
        if (!t->options->quiet)
            fprintf(stderr, "l2 %-6g  validation loss %.5f  validation %.2f %%\n", t->path.l2, t->path.loss,
                    100 * t->path.accuracy);
        if (!checkpoint_keep(t, interrupted)) {
            *f = t->checkpoint_failure;
            return t->checkpoint_status;
        }
    }
    t->l2 = t->path.best_l2;
    memcpy(t->parameters, t->path.best, t->n_parameters * sizeof *t->parameters);
    const status fitted = fit_temperature(t, t->path.best, f);
    return fitted == STATUS_OK ? training_use_all_images(t, f) : fitted;
}

status training_run(training *t, failure *f)
{
    const bool is_sgd = t->options->optimizer == OPTIMIZER_SGD;
    const status chosen = t->chooses_l2 ? choose_l2(t, f) : STATUS_OK;
    if (chosen != STATUS_OK)
        return chosen;
    const sm_status minimised = minimise(t);
    if (!t->options->quiet)
        progress_end(t->is_terminal);
    if (minimised == SM_ERROR_NOT_FINITE && is_sgd)
        return fail(f, "training diverged: lower --learning-rate, which is %g", t->options->learning_rate);
    if (minimised != SM_OK)
        return fail_library(f, "training", minimised);
    if (t->checkpoint_status != STATUS_OK) {
        *f = t->checkpoint_failure;
        return t->checkpoint_status;
    }
    return fit_temperature(t, t->best, f);
}
