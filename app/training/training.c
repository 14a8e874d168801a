#include "training/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "base/digest.h"

static status make_objective(const training *t, size_t first, size_t n, double l2, feature_range *range,
                             sm_objective **objective, failure *f)
{
    const sm_objective_options options = {.l2 = l2, .execution = t->settings->execution};
    const sm_source source = feature_store_source(&t->set->store, first, n, t->set->data.n_classes, range);
    return check_library(f, "training", sm_objective_create(&source, &options, objective));
}

static status make_objectives(training *t, failure *f)
{
    const status result = make_objective(t, 0, t->n_training, t->l2, &t->training_range, &t->training, f);
    if (result != STATUS_OK || t->n_validation == 0)
        return result;
    return make_objective(t, t->n_training, t->n_validation, 0, &t->validation_range, &t->validation, f);
}

static status make_minimiser(training *t, failure *f)
{
    const settings *s = t->settings;
    const sm_problem problem = sm_objective_problem(t->training);
    sm_lbfgs_options lbfgs = s->lbfgs;
    lbfgs.from_x = s->from || s->chooses_l2;
    sm_objective_from_parameters(t->training, t->best, t->x);
    const sm_status created = s->optimizer == OPTIMIZER_SGD
                                  ? sm_sgd_create(&problem, &s->sgd, t->x, &t->minimiser)
                                  : sm_lbfgs_create(&problem, &lbfgs, t->x, &t->minimiser);
    return check_library(f, "training", created);
}

status training_create(const settings *s, const training_set *set, training *t, failure *f)
{
    *t = (training){.settings = s,
                    .set = set,
                    .n_training = set->n_training,
                    .n_validation = set->n_validation,
                    .l2 = s->l2,
                    .best_loss = HUGE_VAL,
                    .started = seconds_now()};
    status result = result_path(s->output, "checkpoint.safetensors", t->checkpoint_path, f);
    if (result == STATUS_OK)
        result = make_objectives(t, f);
    if (result != STATUS_OK)
        return result;
    t->n_parameters = sm_objective_problem(t->training).n_parameters;
    t->best = calloc(t->n_parameters, sizeof *t->best);
    t->current = calloc(t->n_parameters, sizeof *t->current);
    t->x = calloc(t->n_parameters, sizeof *t->x);
    if (!t->best || !t->current || !t->x || (s->chooses_l2 && !l2_path_create(t->n_parameters, &t->path)))
        return fail_memory(f);
    if (s->from) {
        get_initial_weights(set, t->best);
        t->from_digest = digest_values(0, t->n_parameters, sizeof *t->best, t->best);
    }
    return s->chooses_l2 ? STATUS_OK : make_minimiser(t, f);
}

/* Frees the objectives, and the minimiser, which refers to them. */
static void destroy_objectives(training *t)
{
    sm_minimiser_free(t->minimiser);
    sm_objective_free(t->validation);
    sm_objective_free(t->training);
    t->minimiser = NULL;
    t->validation = t->training = NULL;
}

void training_destroy(training *t)
{
    free(t->history.data);
    free(t->x);
    free(t->current);
    free(t->best);
    l2_path_destroy(&t->path);
    destroy_objectives(t);
    *t = (training){0};
}

double training_seconds(const training *t)
{
    return seconds_now() - t->started;
}

/* Fits the temperature of parameters on the validation split, if there is one. */
static status fit_temperature(training *t, const double *parameters, failure *f)
{
    if (!t->validation)
        return STATUS_OK;
    const sm_problem problem = sm_objective_problem(t->validation);
    sm_objective_from_parameters(t->validation, parameters, t->x);
    return check_library(f, "calibration", sm_fit_temperature(&problem, t->x, &t->temperature));
}

bool training_chooses_l2(const training *t)
{
    return !t->minimiser;
}

status training_try_l2(training *t, failure *f)
{
    return check_library(f, "training", l2_path_step(&t->path, t->training, t->validation));
}

status training_use_all_samples(training *t, failure *f)
{
    destroy_objectives(t);
    t->n_training = t->set->data.n_samples;
    t->n_validation = 0;
    const status result = make_objectives(t, f);
    return result == STATUS_OK ? make_minimiser(t, f) : result;
}

status training_take_l2(training *t, failure *f)
{
    t->l2 = t->path.best_l2;
    memcpy(t->best, t->path.best, t->n_parameters * sizeof *t->best);
    const status fitted = fit_temperature(t, t->best, f);
    return fitted == STATUS_OK ? training_use_all_samples(t, f) : fitted;
}

bool training_stopped_early(const training *t)
{
    const size_t n_iterations = sm_minimiser_info(t->minimiser)->n_iterations, patience = t->settings->patience;
    return t->validation && patience > 0 && n_iterations - t->best_iteration >= patience;
}

bool training_step(training *t)
{
    return !training_stopped_early(t) && sm_minimiser_step(t->minimiser);
}

static void validate(const training *t, const double *parameters, history_row *row)
{
    row->validation_loss = row->validation_accuracy = (double)NAN;
    if (!t->validation)
        return;
    const sm_problem problem = sm_objective_problem(t->validation);
    const sm_terms all = {NULL, 0};
    sm_objective_from_parameters(t->validation, parameters, t->x);
    if (problem.evaluate(problem.context, &all, t->x, &row->validation_loss, NULL) == SM_OK)
        row->validation_accuracy = sm_objective_accuracy(t->validation);
}

history_row training_record(training *t)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    history_row row = {.number = (double)info->n_iterations,
                       .objective = info->value,
                       .gradient_norm = info->gradient_norm,
                       .gap = info->gap,
                       .training_accuracy = sm_objective_accuracy(t->training),
                       .seconds = training_seconds(t)};
    sm_objective_to_parameters(t->training, sm_minimiser_x(t->minimiser), t->current);
    validate(t, t->current, &row);
    const double loss = t->validation ? row.validation_loss : row.objective;
    if (loss < t->best_loss) {
        t->best_loss = loss;
        t->best_iteration = info->n_iterations;
        memcpy(t->best, t->current, t->n_parameters * sizeof *t->best);
    }
    history_add(&t->history, t->settings->optimizer == OPTIMIZER_SGD, &row);
    return row;
}

status training_end(training *t, failure *f)
{
    const sm_status minimised = sm_minimiser_info(t->minimiser)->status;
    if (minimised == SM_ERROR_NOT_FINITE && t->settings->optimizer == OPTIMIZER_SGD)
        return fail(f, "training diverged: lower --learning-rate, which is %g", t->settings->sgd.learning_rate);
    return minimised == SM_OK ? fit_temperature(t, t->best, f) : check_library(f, "training", minimised);
}
