#include "training/model_weights.h"

/* The standardisation of feature d. */
static column_scale get_scale(const training_set *set, size_t d)
{
    return set->scales ? set->scales[d] : (column_scale){.unit = 1};
}

void get_initial_weights(const training_set *set, double *x)
{
    const model *m = &set->initial;
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const size_t label = set->labels[k];
        double *bias = &x[n_classes * n_features + k];
        *bias = (double)m->bias[label];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const double weight = (double)m->weight[label * n_features + d];
            x[k * n_features + d] = weight * scale.unit;
            *bias += weight * scale.mean;
        }
    }
}

/* The bias of a class without a sample: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

void set_model_weights(const training_set *set, const double *x, model *m)
{
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < n_classes; k++) {
        double bias = x[n_classes * n_features + k];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const double weight = x[k * n_features + d] / scale.unit;
            m->weight[set->labels[k] * n_features + d] = (float)weight;
            bias -= weight * scale.mean;
        }
        m->bias[set->labels[k]] = (float)bias;
    }
}
