/* What the files of an objective share: its penalty, precision and parameters. */
#include "objective.h"

#include <math.h>

#include "memory.h"

/* So many multiply-adds for a gradient of floats are as soon done in double precision. */
static const double FEW_MULTIPLY_ADDS = 1 << 24;

bool sm_objective_starts_in_double(const sm_source *source)
{
    const double n = (double)source->n_samples * (double)source->n_features * (double)source->n_classes;
    return source->type == SM_F64 || (source->type == SM_F32 && n <= FEW_MULTIPLY_ADDS);
}

bool sm_objective_is_dense(const sm_objective *o)
{
    const sm_rows *rows = &o->blocks.rows;
    return (double)rows->n_chunks_held > 0.9 * (double)rows->n_chunks * (double)o->source.n_samples;
}

void sm_objective_add_penalty(const sm_objective *o, const double *x, double *gradient)
{
    const size_t n_features = o->source.n_features;
    for (size_t k = 0; k < o->source.n_classes; k++)
        for (size_t d = 0; d < n_features; d++)
            gradient[k * n_features + d] += sm_objective_penalty(o, d) * x[k * n_features + d];
    for (size_t k = 0; !o->has_bias && k < o->source.n_classes; k++)
        gradient[o->source.n_classes * n_features + k] = 0;
}

sm_status sm_objective_prepare_doubles(sm_objective *o)
{
    if (o->doubles.model)
        return SM_OK;
    return sm_doubles_create(&o->source, &o->execution, &o->coordinates, o->has_bias, &o->doubles);
}

void sm_objective_set_l2(sm_objective *objective, double l2)
{
    objective->l2 = l2;
}

bool sm_objective_is_double(const sm_objective *objective)
{
    return objective->is_double;
}

double sm_objective_accuracy(const sm_objective *objective)
{
    return objective->means.accuracy;
}

/* sum_d W_kd centre_d */
static double score_centre(const sm_objective *o, const double *weights)
{
    double sum = 0;
    for (size_t d = 0; d < o->source.n_features; d++)
        sum += weights[d] * o->coordinates.centre[d];
    return sum;
}

void sm_objective_to_parameters(const sm_objective *o, const double *x, double *parameters)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        double *weights = parameters + k * n_features;
        for (size_t d = 0; d < n_features; d++)
            weights[d] = x[k * n_features + d] * o->coordinates.scale[d];
        parameters[n_classes * n_features + k] = x[n_classes * n_features + k] - score_centre(o, weights);
    }
}

void sm_objective_from_parameters(const sm_objective *o, const double *parameters, double *x)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const double bias = parameters[n_classes * n_features + k];
        x[n_classes * n_features + k] = o->has_bias ? bias + score_centre(o, parameters + k * n_features) : 0;
        for (size_t d = 0; d < n_features; d++)
            x[k * n_features + d] = parameters[k * n_features + d] / o->coordinates.scale[d];
    }
}
