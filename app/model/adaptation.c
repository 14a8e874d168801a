#include "model/adaptation.h"

#include <stdlib.h>

#include "base/pool.h"

/* The objective, as a context of sm_problem. */
typedef struct objective {
    sm_batch batch;
    const double *initial; /* [n_parameters]: W0 row by row, then b0 */
    size_t n_parameters;
    double mu;
} objective;

static sm_status evaluate(void *context, const sm_terms *terms, const double *x, double *value, double *gradient)
{
    (void)terms; /* L-BFGS asks for all */
    const objective *o = context;
    const double n = (double)o->batch.n_samples;
    double penalty = 0;
    const double loss = n * sm_batch_objective(&o->batch, 0, x, gradient);
    for (size_t i = 0; i < o->n_parameters; i++) {
        const double change = x[i] - o->initial[i];
        penalty += o->mu / 2 * change * change;
        if (gradient)
            gradient[i] = n * gradient[i] + o->mu * change;
    }
    *value = loss + penalty;
    return SM_OK;
}

static sm_status bound_gap(void *context, const double *x, const double *gradient, double enough, sm_bound *bound)
{
    (void)x;
    (void)enough; /* the bound cannot be made sharper */
    const objective *o = context;
    double square = 0;
    for (size_t i = 0; i < o->n_parameters; i++)
        square += gradient[i] * gradient[i];
    *bound = (sm_bound){.gap = square / (2 * o->mu)};
    return SM_OK;
}

/* The numbers [n] that values of a source's type stand for; all are written as their bytes. */
static void to_doubles(const sm_source *source, size_t n, const void *values, double *numbers)
{
    for (size_t i = 0; i < n; i++) {
        float number = 0;
        if (source->type == SM_F16)
            sm_from_halves(1, (const uint16_t *)values + i, &number);
        else if (source->type == SM_F32)
            number = ((const float *)values)[i];
        numbers[i] = source->type == SM_U8 ? source->unit * ((const uint8_t *)values)[i] : (double)number;
    }
}

static double mean_square(const sm_batch *batch)
{
    const size_t n = batch->n_samples * batch->n_features;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += batch->features[i] * batch->features[i];
    return sum / (double)batch->n_samples;
}

static status minimise(const objective *o, double tolerance, double *x, sm_info *info, failure *f)
{
    const sm_problem problem = {.n_parameters = o->n_parameters,
                                .n_terms = o->batch.n_samples,
                                .context = (void *)(uintptr_t)o,
                                .evaluate = evaluate,
                                .gap = bound_gap};
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = tolerance;
    return check_library(f, "adaptation", sm_lbfgs(&problem, &options, x, info));
}

status adapt_model(const sm_source *source, double share, double tolerance, model *m, sm_info *info, failure *f)
{
    const size_t n_values = source->n_samples * source->n_features, n_weights = m->n_classes * m->n_features;
    pool memory = {0};
    void *values = pool_take(&memory, n_values, sm_type_bytes(source->type));
    double *numbers = pool_take(&memory, n_values, sizeof *numbers);
    double *initial = pool_take(&memory, n_weights + m->n_classes, sizeof *initial);
    double *x = pool_take(&memory, n_weights + m->n_classes, sizeof *x);
    const sm_execution one_thread = {.n_threads = 1};
    status result = memory.has_failed ? fail_memory(f) : STATUS_OK;
    if (result == STATUS_OK)
        result = check_library(f, "features", sm_source_read(source, &one_thread, values));
    if (result == STATUS_OK) {
        to_doubles(source, n_values, values, numbers);
        for (size_t i = 0; i < n_weights + m->n_classes; i++)
            initial[i] = x[i] = (double)(i < n_weights ? m->weight[i] : m->bias[i - n_weights]);
        objective o = {.batch = {source->n_samples, m->n_features, m->n_classes, numbers, source->labels},
                       .initial = initial,
                       .n_parameters = n_weights + m->n_classes};
        o.mu = share * (mean_square(&o.batch) + 1);
        result = minimise(&o, tolerance, x, info, f);
    }
    for (size_t i = 0; result == STATUS_OK && i < n_weights + m->n_classes; i++)
        *(i < n_weights ? &m->weight[i] : &m->bias[i - n_weights]) = (float)x[i];
    pool_free(&memory);
    return result;
}
