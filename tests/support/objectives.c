#include "support/objectives.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "objective.h"

sm_objective *objective_create(const sm_source *source, double l2, sm_execution execution)
{
    const sm_objective_options options = {.l2 = l2, .execution = execution};
    sm_objective *o = NULL;
    ck_assert_int_eq(sm_objective_create(source, &options, &o), SM_OK);
    ck_assert_ptr_nonnull(o);
    return o;
}

sm_objective *objective_of(data *d, sm_type type, double l2)
{
    const sm_source source = data_source(d, type);
    return objective_create(&source, l2, (sm_execution){0});
}

/* V = W / scale and a = b + W centre, so that dF/dW = dF/dV / scale + dF/da centre'. */
void objective_gradient_by_parameters(const sm_objective *o, const double *x_gradient, double *gradient)
{
    const sm_coordinates *c = &o->coordinates;
    const size_t n_weights = c->n_classes * c->n_features;
    for (size_t i = 0; i < n_weights; i++) {
        const size_t k = i / c->n_features, d = i % c->n_features;
        gradient[i] = x_gradient[i] / c->scale[d] + x_gradient[n_weights + k] * c->centre[d];
    }
    for (size_t k = 0; k < c->n_classes; k++)
        gradient[n_weights + k] = x_gradient[n_weights + k];
}

void objective_exact_parameters(const sm_objective *o, const double *x, long double *parameters)
{
    const sm_coordinates *c = &o->coordinates;
    const size_t n_weights = c->n_classes * c->n_features;
    for (size_t k = 0; k < c->n_classes; k++) {
        parameters[n_weights + k] = (long double)x[n_weights + k];
        for (size_t d = 0; d < c->n_features; d++) {
            const size_t i = k * c->n_features + d;
            parameters[i] = (long double)x[i] * (long double)c->scale[d];
            parameters[n_weights + k] -= parameters[i] * (long double)c->centre[d];
        }
    }
}

double objective_at(sm_objective *o, const sm_terms *terms, const double *parameters, double *gradient)
{
    const sm_problem problem = sm_objective_problem(o);
    const sm_terms all = {NULL, 0};
    double value = (double)NAN, *x = test_calloc(problem.n_parameters, sizeof *x);
    sm_objective_from_parameters(o, parameters, x);
    ck_assert_int_eq(problem.evaluate(problem.context, terms ? terms : &all, x, &value, gradient), SM_OK);
    if (gradient)
        objective_gradient_by_parameters(o, gradient, gradient);
    free(x);
    return value;
}

sm_info objective_minimise(sm_objective *o, double tolerance, double *parameters)
{
    const sm_problem problem = sm_objective_problem(o);
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = tolerance;
    sm_info info;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, parameters, &info), SM_OK);
    sm_objective_to_parameters(o, parameters, parameters);
    return info;
}
