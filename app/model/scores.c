#include "model/scores.h"

#include <stdlib.h>

#include "model/prediction.h"

void scores_destroy(scores *s)
{
    free(s->classes);
    free(s->confusion);
    free(s->probabilities);
    *s = (scores){0};
}

static status count(const dataset *data, scores *s, failure *f)
{
    s->confusion = calloc(s->n_classes * s->n_classes, sizeof *s->confusion);
    s->classes = calloc(s->n_classes, sizeof *s->classes);
    if (!s->confusion || !s->classes)
        return fail_memory(f);
    sm_confusion(data->n_samples, s->n_classes, s->probabilities, data->labels, s->confusion);
    sm_metrics(s->n_classes, s->confusion, s->classes);
    s->counts = sm_confusion_counts(s->n_classes, s->confusion);
    s->accuracy = (double)s->counts.n_correct / (double)s->counts.n_samples;
    s->interval = sm_wilson_interval(s->counts.n_correct, s->counts.n_samples);
    s->n_confused =
        sm_most_confused(s->n_classes, s->confusion, sizeof s->confused / sizeof *s->confused, s->confused);
    return STATUS_OK;
}

static status calibrate(const dataset *data, const model *m, const sm_execution *execution, scores *s, failure *f)
{
    static const double thresholds[N_COVERAGES] = {0, 0.5, 0.8, 0.9, 0.95, 0.99};
    const size_t n = data->n_samples;
    const uint8_t *labels = data->labels;
    s->temperature = m->temperature;
    s->calibration_error = sm_calibration(n, s->n_classes, s->probabilities, labels, N_CALIBRATION_BINS, s->bins);
    for (size_t i = 0; i < N_COVERAGES; i++)
        s->coverages[i] =
            (coverage){thresholds[i], sm_coverage_counts(n, s->n_classes, s->probabilities, labels, thresholds[i])};
    s->uncalibrated_error = s->calibration_error;
    if (m->temperature == 1)
        return STATUS_OK;
    model plain = *m;
    plain.temperature = 1;
    float *probabilities;
    const status result = predict(data->images_path, data, &plain, execution, &probabilities, NULL, f);
    if (result != STATUS_OK)
        return result;
    sm_calibration_bin bins[N_CALIBRATION_BINS];
    s->uncalibrated_error = sm_calibration(n, s->n_classes, probabilities, labels, N_CALIBRATION_BINS, bins);
    free(probabilities);
    return STATUS_OK;
}

status score_model(const dataset *data, const model *m, const sm_execution *execution, scores *s, failure *f)
{
    s->n_classes = m->n_classes;
    s->names = m->names;
    s->is_table = features_are_columns(&m->features);
    status result = dataset_check(data, m->n_rows, m->n_columns, m->n_classes, f);
    if (result == STATUS_OK)
        result = predict(data->images_path, data, m, execution, &s->probabilities, &s->mean_loss, f);
    if (result == STATUS_OK)
        result = count(data, s, f);
    return result == STATUS_OK ? calibrate(data, m, execution, s, f) : result;
}
