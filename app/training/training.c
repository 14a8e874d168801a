#include "training/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "base/digest.h"

/* The path begins where W = 0 is within this fraction of the minimum. */
static const double PATH_BEGIN = 1e-2;

/* Enough to choose among strengths that differ by a factor of 2; so small that each strength moves the parameters. */
static const double PATH_TOLERANCE = 1e-3;

static status make_minimiser(training *t, failure *f)
{
    const settings *s = t->settings;
    const sm_problem problem = sm_objective_problem(t->objectives.training);
    sm_lbfgs_options lbfgs = s->lbfgs;
    lbfgs.from_x = s->from || s->chooses_l2;
    sm_objective_from_parameters(t->objectives.training, t->best, t->objectives.x);
    const sm_status created = s->optimizer == OPTIMIZER_SGD
                                  ? sm_sgd_create(&problem, &s->sgd, t->objectives.x, &t->minimiser)
                                  : sm_lbfgs_create(&problem, &lbfgs, t->objectives.x, &t->minimiser);
    return check_library(f, "training", created);
}

static status open_first(training *t, failure *f)
{
    const bool holds_out = objectives_can_validate(t->set);
    return objectives_open(&t->objectives, holds_out ? 0 : NO_FOLD, t->l2, f);
}

status training_create(const settings *s, const training_set *set, training *t, failure *f)
{
    *t = (training){.settings = s, .set = set, .l2 = s->l2, .best_loss = HUGE_VAL, .started = seconds_now()};
    status result = result_path(s->output, "checkpoint.safetensors", t->checkpoint_path, f);
    if (result == STATUS_OK)
        result = objectives_create(s, set, &t->objectives, f);
    if (result == STATUS_OK)
        result = open_first(t, f);
    if (result != STATUS_OK)
        return result;
    const size_t n = t->objectives.n_parameters;
    t->best = calloc(n, sizeof *t->best);
    t->current = calloc(n, sizeof *t->current);
    if (!t->best || !t->current || (s->chooses_l2 && !l2_path_create(t->objectives.n_folds * n, &t->path)))
        return fail_memory(f);
    if (s->from) {
        get_model_weights(set, &set->initial, t->best);
        t->from_digest = digest_values(0, n, sizeof *t->best, t->best);
    }
    return s->chooses_l2 ? STATUS_OK : make_minimiser(t, f);
}

void training_destroy(training *t)
{
    sm_minimiser_free(t->minimiser);
    free(t->history.data);
    free(t->current);
    free(t->best);
    l2_path_destroy(&t->path);
    objectives_destroy(&t->objectives);
    *t = (training){0};
}

double training_seconds(const training *t)
{
    return seconds_now() - t->started;
}

/* Fits the temperature of parameters [n_folds, n_parameters] on the held-out samples, if there are any. */
static status fit_temperature(training *t, const double *parameters, failure *f)
{
    if (!t->objectives.validation)
        return STATUS_OK;
    return check_library(f, "calibration", objectives_fit_temperature(&t->objectives, parameters, &t->temperature));
}

bool training_chooses_l2(const training *t)
{
    return !t->minimiser;
}

/* Finds the lowest l2 for which W = 0 is near the minimum: there, the gap is in inverse proportion to l2. */
static sm_status begin_path(training *t)
{
    sm_bound bound;
    double value;
    sm_objective_set_l2(t->objectives.training, 1);
    const sm_status found = objectives_measure(&t->objectives, t->path.current, false, 0, &value, &bound);
    if (found == SM_OK)
        l2_path_begin(&t->path, bound.gap / (PATH_BEGIN * value));
    return found;
}

/* Minimises from parameters [n_parameters], which become those found; sets *has_moved if they are others. */
static sm_status minimise(objectives *o, double *parameters, bool *has_moved)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = PATH_TOLERANCE;
    options.max_iterations = 100;
    options.from_x = true;
    const sm_problem problem = sm_objective_problem(o->training);
    sm_objective_from_parameters(o->training, parameters, o->x);
    sm_info info;
    const sm_status found = sm_lbfgs(&problem, &options, o->x, &info);
    if (found != SM_OK || info.n_iterations == 0)
        return found;
    *has_moved = true;
    sm_objective_to_parameters(o->training, o->x, parameters);
    return SM_OK;
}

/* The next strength with one fold held out. */
static status try_fold(training *t, size_t fold, bool *has_moved, failure *f)
{
    double *parameters = t->path.current + fold * t->objectives.n_parameters;
    sm_status found = SM_OK;
    const status opened = objectives_open(&t->objectives, fold, t->l2, f);
    if (opened != STATUS_OK)
        return opened;
    if (t->path.n_tried == 0)
        objectives_set_constant(&t->objectives, parameters);
    if (t->path.n_tried == 0 && fold == 0)
        found = begin_path(t);
    sm_objective_set_l2(t->objectives.training, l2_path_next(&t->path));
    if (found == SM_OK)
        found = minimise(&t->objectives, parameters, has_moved);
    return check_library(f, "training", found);
}

status training_try_l2(training *t, failure *f)
{
    double loss, accuracy;
    bool has_moved = false;
    for (size_t fold = 0; fold < t->objectives.n_folds; fold++) {
        const status result = try_fold(t, fold, &has_moved, f);
        if (result != STATUS_OK)
            return result;
    }
    const sm_status validated = objectives_validate(&t->objectives, t->path.current, &loss, &accuracy);
    if (validated == SM_OK)
        l2_path_take(&t->path, loss, accuracy, has_moved);
    return check_library(f, "training", validated);
}

status training_use_all_samples(training *t, failure *f)
{
    const status result = objectives_open(&t->objectives, NO_FOLD, t->l2, f);
    return result == STATUS_OK ? make_minimiser(t, f) : result;
}

status training_take_l2(training *t, failure *f)
{
    const size_t n_folds = t->objectives.n_folds, n = t->objectives.n_parameters;
    t->l2 = l2_path_best(&t->path);
    memset(t->best, 0, n * sizeof *t->best);
    for (size_t i = 0; i < n_folds * n; i++)
        t->best[i % n] += t->path.minimum[i] / (double)n_folds;
    const status fitted = fit_temperature(t, t->path.minimum, f);
    return fitted == STATUS_OK ? training_use_all_samples(t, f) : fitted;
}

bool training_stopped_early(const training *t)
{
    const size_t n_iterations = sm_minimiser_info(t->minimiser)->n_iterations, patience = t->settings->patience;
    return t->objectives.validation && patience > 0 && n_iterations - t->best_iteration >= patience;
}

bool training_step(training *t)
{
    return !training_stopped_early(t) && sm_minimiser_step(t->minimiser);
}

static void validate(training *t, history_row *row)
{
    double loss, accuracy;
    row->validation_loss = row->validation_accuracy = (double)NAN;
    if (!t->objectives.validation || objectives_validate(&t->objectives, t->current, &loss, &accuracy) != SM_OK)
        return;
    row->validation_loss = loss;
    row->validation_accuracy = accuracy;
}

history_row training_record(training *t)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    history_row row = {.number = (double)info->n_iterations,
                       .objective = info->value,
                       .gradient_norm = info->gradient_norm,
                       .gap = info->gap,
                       .training_accuracy = sm_objective_accuracy(t->objectives.training),
                       .seconds = training_seconds(t)};
    sm_objective_to_parameters(t->objectives.training, sm_minimiser_x(t->minimiser), t->current);
    validate(t, &row);
    /* L-BFGS ends with what it has proven, even if an earlier objective was lower by rounding. */
    const bool is_better_later = t->settings->optimizer == OPTIMIZER_LBFGS && !t->objectives.validation;
    const double loss = t->objectives.validation ? row.validation_loss : row.objective;
    if (loss < t->best_loss || is_better_later) {
        t->best_loss = loss;
        t->best_iteration = info->n_iterations;
        memcpy(t->best, t->current, t->objectives.n_parameters * sizeof *t->best);
    }
    history_add(&t->history, t->settings->optimizer == OPTIMIZER_SGD, &row);
    return row;
}

/* Fails if SGD ended farther from the minimum than weights of 0, whose loss is log K. Early stopping and Ctrl-C keep
 * a better point from before. */
static status check_divergence(const training *t, failure *f)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    const double rate = t->settings->sgd.learning_rate, most = log((double)t->set->data.n_classes) * (1 + 1e-6);
    const bool has_ended =
        info->stop == SM_STOP_ITERATIONS || (training_stopped_early(t) && t->best_iteration == 0);
    if (info->status == SM_ERROR_NOT_FINITE)
        return fail(f, "training diverged: lower --learning-rate, which is %g", rate);
    if (info->status == SM_OK && has_ended && info->value > most && t->best_iteration < info->n_iterations)
        return fail(
            f,
            "training diverged: the objective is %.3g, with all weights 0 it is %.3g; lower --learning-rate, "
            "which is %g",
            info->value, most, rate);
    return STATUS_OK;
}

status training_end(training *t, failure *f)
{
    const sm_status minimised = sm_minimiser_info(t->minimiser)->status;
    status result = t->settings->optimizer == OPTIMIZER_SGD ? check_divergence(t, f) : STATUS_OK;
    if (result == STATUS_OK)
        result = check_library(f, "training", minimised);
    return result == STATUS_OK ? fit_temperature(t, t->best, f) : result;
}
