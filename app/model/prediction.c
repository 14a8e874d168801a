#include "model/prediction.h"

#include <stdlib.h>

#include "model/feature_store.h"

status predict(const char *name, const dataset *data, const model *m, const sm_execution *execution,
               float **probabilities, double *mean_loss, failure *f)
{
    feature_store store = {0};
    feature_range range;
    float *made = calloc(data->n_samples, m->n_classes * sizeof *made);
    status result = made ? feature_store_create(data, &m->features, execution, 0, &store, f) : fail_memory(f);
    if (result == STATUS_OK) {
        const sm_source source = feature_store_source(&store, 0, data->n_samples, m->n_classes, &range);
        const sm_model view = model_view(m);
        result = check_library(f, name, sm_predict(&view, &source, execution, made, mean_loss));
    }
    feature_store_destroy(&store);
    if (result == STATUS_OK)
        *probabilities = made;
    else
        free(made);
    return result;
}

size_t likeliest_classes(size_t n_classes, const float *probabilities, size_t n, size_t *classes)
{
    size_t n_found = 0;
    for (size_t k = 0; k < n_classes; k++) {
        size_t at = n_found;
        for (; at > 0 && probabilities[classes[at - 1]] < probabilities[k]; at--)
            if (at < n)
                classes[at] = classes[at - 1];
        if (at < n)
            classes[at] = k;
        n_found += n_found < n;
    }
    return n_found;
}
