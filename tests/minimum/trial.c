#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "reference.h"

/* A reference whose gap is above this share of its value does not count. */
static const double MAX_REFERENCE_GAP = 1e-12;

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The matrix of the problem's values; *floats is memory to free. */
static sm_matrix make_matrix(const problem *p, const trial_options *options, sm_type *type, float **floats)
{
    const size_t n_values = p->n_samples * p->n_features;
    *floats = NULL;
    *type = options->is_double ? SM_F64 : SM_F32;
    if (options->is_double)
        return (sm_matrix){p->values, p->n_features * sizeof *p->values};
    *floats = allocate(n_values, sizeof **floats);
    for (size_t i = 0; i < n_values; i++)
        (*floats)[i] = (float)p->values[i];
    return (sm_matrix){*floats, p->n_features * sizeof **floats};
}

/* Trains with all defaults but those of the options; x [K (D + 1)] is 0 and receives the result. */
static void train(const problem *p, const trial_options *options, double *x, trial *t)
{
    float *floats;
    sm_type type;
    sm_matrix matrix = make_matrix(p, options, &type, &floats);
    const sm_source source = {.n_samples = p->n_samples,
                              .n_features = p->n_features,
                              .n_classes = p->n_classes,
                              .type = type,
                              .labels = p->labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    const sm_objective_options objective_options = {.l2 = p->l2, .execution = {.n_threads = options->n_threads}};
    sm_lbfgs_options lbfgs_options = sm_lbfgs_defaults();
    lbfgs_options.tolerance = options->tolerance;
    sm_objective *objective = NULL;
    const double start = now();
    t->status = sm_objective_create(&source, &objective_options, &objective);
    if (t->status == SM_OK) {
        const sm_problem to_minimise = sm_objective_problem(objective);
        t->status = sm_lbfgs(&to_minimise, &lbfgs_options, x, &t->info);
        sm_objective_to_parameters(objective, x, x);
    }
    t->seconds = now() - start;
    sm_objective_free(objective);
    free(floats);
}

/* The gap with an allowance for rounding; infinite if it is negative beyond that, and so the reference wrong. */
static double find_reference_gap(const reference *found)
{
    const double gap = dd_subtract(found->value, found->bound).hi, allowance = 1e-25 * found->value.hi;
    return gap < -allowance ? HUGE_VAL : fmax(gap, 0) + allowance;
}

/* Finds the minimum, and evaluates where the library ended. */
static void compare(const problem *p, const double *x, trial *t)
{
    const double start = now();
    centred *c = centred_create(p);
    const reference found = reference_find(c);
    point *at = point_create(c);
    point_set(c, at, x);
    point_evaluate(c, at);
    t->minimum = found.value.hi;
    t->reference_gap = find_reference_gap(&found);
    t->value = at->value.hi;
    t->least_gap = dd_subtract(at->value, found.value).hi;
    t->gap = t->least_gap + t->reference_gap;
    t->n_reference_iterations = found.n_iterations;
    t->is_precise = found.is_precise;
    point_free(at);
    centred_free(c);
    t->reference_seconds = now() - start;
}

trial trial_run(problem *p, const trial_options *options)
{
    trial t = {.kind = p->kind,
               .is_standardised = p->is_standardised,
               .n_samples = p->n_samples,
               .n_features = p->n_features,
               .n_classes = p->n_classes,
               .l2 = p->l2};
    if (!options->is_double)
        problem_round(p);
    double *x = allocate(p->n_classes * (p->n_features + 1), sizeof *x);
    train(p, options, x, &t);
    compare(p, x, &t);
    free(x);
    return t;
}

static bool is_above(const trial *t, double tolerance)
{
    return t->status != SM_OK || !(t->least_gap <= tolerance * t->value);
}

bool trial_is_wrong(const trial *t, double tolerance)
{
    return is_above(t, tolerance) && t->status == SM_OK && t->info.stop == SM_STOP_CONVERGED;
}

bool trial_is_unfinished(const trial *t, double tolerance)
{
    return is_above(t, tolerance) && !trial_is_wrong(t, tolerance);
}

bool trial_is_lie(const trial *t)
{
    return t->status == SM_OK && !(t->info.gap >= t->gap);
}

bool trial_is_known(const trial *t)
{
    return t->reference_gap <= MAX_REFERENCE_GAP * t->minimum;
}

bool trial_is_right(const trial *t, double tolerance)
{
    return t->status == SM_OK && !trial_is_wrong(t, tolerance) && !trial_is_lie(t) && trial_is_known(t);
}

void trial_print(const trial *t, const char *description)
{
    printf("%s\n", description);
    printf("  %zu samples, %zu features, %zu classes, l2 %.17g\n", t->n_samples, t->n_features, t->n_classes,
           t->l2);
    printf("  minimum    %.16g, with a gap of %.1e of itself, after %zu iterations%s, %.3f s\n", t->minimum,
           t->reference_gap / t->minimum, t->n_reference_iterations, t->is_precise ? " (precise)" : "",
           t->reference_seconds);
    if (t->status != SM_OK) {
        printf("  library    %s, %.4f s\n", sm_status_string(t->status), t->seconds);
        return;
    }
    printf("  library    F %.16g, says %.16g; %s after %zu iterations, %zu evaluations, %.4f s\n", t->value,
           t->info.value, sm_stop_string(t->info.stop), t->info.n_iterations, t->info.n_evaluations, t->seconds);
    printf("  gap        says %.3e of F, truly %.3e: %.6g times the minimum\n", t->info.gap / t->value,
           t->gap / t->value, t->value / t->minimum);
}
