#include "model/scoring.h"

#include <stdlib.h>

#include "base/execution.h"
#include "model/feature_store.h"

void scores_destroy(scores *s)
{
    free(s->classes);
    free(s->confusion);
    *s = (scores){0};
}

static status scores_from(const dataset *data, const model *m, const float *probabilities, scores *s, failure *f)
{
    s->n_classes = m->n_classes;
    s->names = m->names;
    s->confusion = calloc(m->n_classes * m->n_classes, sizeof *s->confusion);
    s->classes = calloc(m->n_classes, sizeof *s->classes);
    if (!s->confusion || !s->classes)
        return fail_memory(f);
    sm_confusion(data->n_samples, m->n_classes, probabilities, data->labels, s->confusion);
    sm_metrics(m->n_classes, s->confusion, s->classes);
    s->counts = sm_confusion_counts(m->n_classes, s->confusion);
    s->accuracy = (double)s->counts.n_correct / (double)s->counts.n_samples;
    s->interval = sm_wilson_interval(s->counts.n_correct, s->counts.n_samples);
    s->n_confused =
        sm_most_confused(m->n_classes, s->confusion, sizeof s->confused / sizeof *s->confused, s->confused);
    return STATUS_OK;
}

/* Accuracy and confidence of the probabilities [N, K]; those at a temperature of 1 are in `plain`. */
static void calibrate(const dataset *data, const model *m, const float *probabilities, const float *plain,
                      scores *s)
{
    static const double least[N_REJECTIONS] = {0, 0.5, 0.8, 0.9, 0.95, 0.99};
    sm_calibration_bin bins[N_CALIBRATION_BINS];
    const size_t n = data->n_samples, n_classes = m->n_classes;
    s->temperature = m->temperature;
    s->uncalibrated_error = sm_calibration(n, n_classes, plain, data->labels, N_CALIBRATION_BINS, bins);
    s->calibration_error = sm_calibration(n, n_classes, probabilities, data->labels, N_CALIBRATION_BINS, s->bins);
    for (size_t i = 0; i < N_REJECTIONS; i++)
        s->rejections[i] =
            (rejection){least[i], sm_sure_counts(n, n_classes, probabilities, data->labels, least[i])};
}

static status predict_data(const feature_store *store, const model *m, double temperature,
                           const sm_execution *execution, float *probabilities, double *mean_loss, failure *f)
{
    feature_range range;
    const sm_source source = feature_store_source(store, 0, store->data->n_samples, m->n_classes, &range);
    sm_model view = model_view(m);
    view.temperature = temperature;
    const sm_status predicted = sm_predict(&view, &source, execution, probabilities, mean_loss);
    return predicted == SM_OK ? STATUS_OK : fail_library(f, store->data->images_path, predicted);
}

/* Both kinds of probabilities [N, K]; they are the same array where the temperature is 1. */
static status score_with(const dataset *data, const model *m, const sm_execution *execution, float *probabilities,
                         float *plain, scores *s, failure *f)
{
    feature_store store = {0};
    status result = feature_store_create(data, &m->features, execution, 0, &store, f);
    if (result == STATUS_OK)
        result = predict_data(&store, m, m->temperature, execution, probabilities, &s->mean_loss, f);
    if (result == STATUS_OK && plain != probabilities)
        result = predict_data(&store, m, 1, execution, plain, NULL, f);
    feature_store_destroy(&store);
    if (result == STATUS_OK)
        result = scores_from(data, m, probabilities, s, f);
    if (result == STATUS_OK)
        calibrate(data, m, probabilities, plain, s);
    return result;
}

status score_model(const dataset *data, const model *m, size_t n_threads, scores *s, float **probabilities_out,
                   failure *f)
{
    sm_execution execution;
    status result = get_execution(n_threads, &execution, f);
    if (result == STATUS_OK)
        result = dataset_check(data, m->n_rows, m->n_columns, m->n_classes, f);
    if (result != STATUS_OK)
        return result;
    float *probabilities = calloc(data->n_samples, m->n_classes * sizeof *probabilities);
    float *plain = m->temperature != 1 ? calloc(data->n_samples, m->n_classes * sizeof *plain) : probabilities;
    result = probabilities && plain ? score_with(data, m, &execution, probabilities, plain, s, f) : fail_memory(f);
    if (plain != probabilities)
        free(plain);
    if (result == STATUS_OK)
        *probabilities_out = probabilities;
    else
        free(probabilities);
    return result;
}
