#include "training/objectives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"

bool objectives_can_validate(const training_set *set)
{
    return set->n_validation > 0 || set->folds;
}

size_t objectives_count_training(const objectives *o)
{
    return o->fold == NO_FOLD ? o->set->data.n_samples : o->set->n_training;
}

/* The weights of the first N samples: 0 for those whose fold, or that of the one they are a copy of, is left out; for
 * others of class k, 1 or, if classes are balanced, N / (K n_k). */
static void weigh_samples(const objectives *o, size_t left_out, size_t n_samples, double *weights)
{
    const dataset *data = &o->set->data;
    const uint8_t *folds = o->set->folds;
    size_t counts[SM_MAX_CLASSES] = {0}, n_counted = 0;
    for (size_t n = 0; n < n_samples; n++) {
        weights[n] = !folds || folds[n % o->set->n_originals] != left_out;
        counts[data->labels[n]] += weights[n] > 0;
        n_counted += weights[n] > 0;
    }
    for (size_t n = 0; o->settings->class_weight == CLASS_WEIGHT_BALANCED && n < n_samples; n++)
        if (weights[n] > 0)
            weights[n] = (double)n_counted / ((double)data->n_classes * (double)counts[data->labels[n]]);
}

/* Sorts the samples by their folds. */
static status sort_folds(objectives *o, failure *f)
{
    const training_set *set = o->set;
    size_t n = 0;
    o->held_out = calloc(set->n_originals, sizeof *o->held_out);
    o->fold_starts = calloc(o->n_folds + 1, sizeof *o->fold_starts);
    if (!o->held_out || !o->fold_starts)
        return fail_memory(f);
    for (size_t fold = 0; fold < o->n_folds; fold++) {
        o->fold_starts[fold] = n;
        for (size_t i = 0; i < set->n_originals; i++)
            if (set->folds[i] == fold)
                o->held_out[n++] = i;
    }
    o->fold_starts[o->n_folds] = n;
    return STATUS_OK;
}

status objectives_create(const settings *s, const training_set *set, objectives *o, failure *f)
{
    const size_t n_samples = set->data.n_samples;
    const bool has_weights = s->class_weight == CLASS_WEIGHT_BALANCED || set->folds;
    *o = (objectives){.settings = s,
                      .set = set,
                      .n_parameters = set->data.n_classes * (set->store.transform.n_features + 1),
                      .n_folds = set->folds ? s->n_folds : 1,
                      .fold = NO_FOLD};
    o->x = calloc(o->n_folds, o->n_parameters * sizeof *o->x);
    o->training_weights = has_weights ? calloc(n_samples, sizeof *o->training_weights) : NULL;
    o->validation_weights = has_weights ? calloc(n_samples, sizeof *o->validation_weights) : NULL;
    if (!o->x || (has_weights && (!o->training_weights || !o->validation_weights)))
        return fail_memory(f);
    if (has_weights) /* those in no fold are never held out */
        weigh_samples(o, s->n_folds, n_samples, o->validation_weights);
    return set->folds ? sort_folds(o, f) : STATUS_OK;
}

static void close_training(objectives *o)
{
    sm_objective_free(o->training);
    o->training = NULL;
}

static void close_validation(objectives *o)
{
    sm_objective_free(o->validation);
    o->validation = NULL;
}

void objectives_destroy(objectives *o)
{
    close_training(o);
    close_validation(o);
    free(o->fold_starts);
    free(o->held_out);
    free(o->validation_weights);
    free(o->training_weights);
    free(o->x);
    *o = (objectives){0};
}

static status make_objective(const objectives *o, size_t first, size_t n, double l2, const double *weights,
                             feature_range *range, sm_objective **objective, failure *f)
{
    const sm_objective_options options = {.l2 = l2, .execution = o->settings->execution};
    sm_source source = feature_store_source(&o->set->store, first, n, o->set->data.n_classes, range);
    source.weights = weights ? weights + first : NULL;
    return check_library(f, "training", sm_objective_create(&source, &options, objective));
}

static status open_validation(objectives *o, failure *f)
{
    const training_set *set = o->set;
    const size_t first = set->folds ? 0 : set->n_training, n = set->folds ? set->n_originals : set->n_validation;
    return make_objective(o, first, n, 0, o->validation_weights, &o->validation_range, &o->validation, f);
}

status objectives_open(objectives *o, size_t fold, double l2, failure *f)
{
    if (o->training && o->fold == fold) {
        sm_objective_set_l2(o->training, l2);
        return STATUS_OK;
    }
    close_training(o);
    if (fold == NO_FOLD)
        close_validation(o);
    o->fold = fold;
    if (o->training_weights)
        weigh_samples(o, fold, objectives_count_training(o), o->training_weights);
    const status result = make_objective(o, 0, objectives_count_training(o), l2, o->training_weights,
                                         &o->training_range, &o->training, f);
    return result == STATUS_OK && fold != NO_FOLD && !o->validation ? open_validation(o, f) : result;
}

void objectives_set_constant(const objectives *o, double *parameters)
{
    const size_t n_classes = o->set->data.n_classes;
    double *bias = parameters + o->n_parameters - n_classes, sum = 0;
    memset(parameters, 0, o->n_parameters * sizeof *parameters);
    for (size_t n = 0; n < objectives_count_training(o); n++) {
        const double weight = o->training_weights ? o->training_weights[n] : 1;
        bias[o->set->data.labels[n]] += weight;
        sum += weight;
    }
    for (size_t k = 0; k < n_classes; k++)
        bias[k] = exact_log(bias[k] / sum);
}

sm_status objectives_measure(objectives *o, const double *parameters, bool in_double, double tolerance,
                             double *value, sm_bound *bound)
{
    sm_problem problem = sm_objective_problem(o->training);
    double *gradient = calloc(o->n_parameters, sizeof *gradient);
    sm_status result = gradient ? SM_OK : SM_ERROR_MEMORY;
    *bound = (sm_bound){HUGE_VAL, 0};
    if (result == SM_OK && in_double && problem.refine)
        result = problem.refine(problem.context, &problem);
    sm_objective_from_parameters(o->training, parameters, o->x);
    if (result == SM_OK)
        result = problem.evaluate(problem.context, &(sm_terms){NULL, 0}, o->x, value, gradient);
    if (result == SM_OK && problem.gap)
        result = problem.gap(problem.context, o->x, gradient, tolerance * *value, bound);
    free(gradient);
    return result;
}

/* The validation loss of all folds as a function of all their points, x [n_folds, n_parameters]. */
typedef struct pooled_loss {
    const objectives *o;
    double accuracy; /* at the last point */
} pooled_loss;

/* sm_problem.evaluate. A fold's value is a mean over its samples of losses times weights, whose mean over all samples of
 * the objective is 1. */
static sm_status evaluate_folds(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient)
{
    pooled_loss *pooled = context;
    const objectives *o = pooled->o;
    const sm_problem problem = sm_objective_problem(o->validation);
    const size_t n = o->n_parameters;
    const double n_held_out = (double)(o->held_out ? o->fold_starts[o->n_folds] : problem.n_terms);
    (void)terms;
    *value = pooled->accuracy = 0;
    for (size_t fold = 0; fold < o->n_folds; fold++) {
        const size_t first = o->held_out ? o->fold_starts[fold] : 0;
        const size_t n_here = o->held_out ? o->fold_starts[fold + 1] - first : problem.n_terms;
        const sm_terms here = {o->held_out ? o->held_out + first : NULL, n_here};
        const double share = (double)n_here / (double)problem.n_terms;
        double loss, *slope = gradient ? gradient + fold * n : NULL;
        const sm_status result = problem.evaluate(problem.context, &here, x + fold * n, &loss, slope);
        if (result != SM_OK)
            return result;
        for (size_t i = 0; slope && i < n; i++)
            slope[i] *= share;
        *value += share * loss;
        pooled->accuracy += sm_objective_accuracy(o->validation) * (double)n_here / n_held_out;
    }
    return SM_OK;
}

static void set_points(objectives *o, const double *parameters)
{
    const size_t n = o->n_parameters;
    for (size_t fold = 0; fold < o->n_folds; fold++)
        sm_objective_from_parameters(o->validation, parameters + fold * n, o->x + fold * n);
}

sm_status objectives_validate(objectives *o, const double *parameters, double *loss, double *accuracy)
{
    pooled_loss pooled = {.o = o};
    set_points(o, parameters);
    const sm_status result = evaluate_folds(&pooled, NULL, o->x, loss, NULL);
    *accuracy = pooled.accuracy;
    return result;
}

sm_status objectives_fit_temperature(objectives *o, const double *parameters, double *temperature)
{
    pooled_loss pooled = {.o = o};
    const sm_problem problem = {
        .n_parameters = o->n_folds * o->n_parameters, .n_terms = 1, .context = &pooled, .evaluate = evaluate_folds};
    set_points(o, parameters);
    return sm_fit_temperature(&problem, o->x, temperature);
}

/* The least difference between the score of the own class and any other, as a fraction of the largest magnitude. */
static double find_margin(const sm_source *source, const double *scores)
{
    const size_t n_classes = source->n_classes;
    double margin = HUGE_VAL, largest = 0;
    for (size_t n = 0; n < source->n_samples; n++) {
        const double *row = scores + n * n_classes;
        for (size_t k = 0; k < n_classes; k++) {
            largest = fmax(largest, fabs(row[k]));
            margin = k == source->labels[n] ? margin : fmin(margin, row[source->labels[n]] - row[k]);
        }
    }
    return margin / largest;
}

sm_status objectives_separate(const objectives *o, const double *parameters, bool *separates)
{
    const double rounding = 1e-9;
    feature_range range;
    const sm_source source =
        feature_store_source(&o->set->store, 0, objectives_count_training(o), o->set->data.n_classes, &range);
    double *scores = calloc(source.n_samples, source.n_classes * sizeof *scores);
    const sm_status result =
        scores ? sm_predict_double(parameters, &source, &o->settings->execution, scores, NULL) : SM_ERROR_MEMORY;
    if (result == SM_OK)
        *separates = find_margin(&source, scores) > rounding;
    free(scores);
    return result;
}
