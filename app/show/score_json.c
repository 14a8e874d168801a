#include "show/score_json.h"

#include "formats/json.h"

static json_t *classes_as_json(const scores *s)
{
    json_t *classes = json_array();
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        json_list_add(&classes, json_pack("{s:I, s:f, s:f, s:f, s:I, s:s*}", "label", (json_int_t)k, "precision",
                                          c->precision, "recall", c->recall, "f1", c->f1, "support",
                                          (json_int_t)c->support, "name", s->names ? s->names->names[k] : NULL));
    }
    return classes;
}

static json_t *confusion_as_json(const scores *s)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < s->n_classes; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < s->n_classes; j++)
            json_list_add(&row, json_integer((json_int_t)s->confusion[i * s->n_classes + j]));
        json_list_add(&rows, row);
    }
    return rows;
}

static json_t *calibration_as_json(const scores *s)
{
    json_t *bins = json_array();
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++) {
        const sm_calibration_bin *bin = &s->bins[i];
        json_list_add(&bins, json_pack("{s:I, s:I, s:f}", "n_samples", (json_int_t)bin->n_samples, "n_correct",
                                       (json_int_t)bin->n_correct, "mean_confidence", bin->confidence));
    }
    return json_pack("{s:f, s:f, s:f, s:o}", "temperature", s->temperature, "expected_error", s->calibration_error,
                     "expected_error_uncalibrated", s->uncalibrated_error, "bins", bins);
}

static json_t *coverages_as_json(const scores *s)
{
    json_t *coverages = json_array();
    for (size_t i = 0; i < N_COVERAGES; i++) {
        const coverage *c = &s->coverages[i];
        json_list_add(&coverages,
                      json_pack("{s:f, s:I, s:I}", "least_probability", c->threshold, "n_answered",
                                (json_int_t)c->answered.n_samples, "n_correct", (json_int_t)c->answered.n_correct));
    }
    return coverages;
}

void print_scores_json(buffer *b, const scores *s, bool train)
{
    json_t *object =
        json_pack("{s:s, s:I, s:I, s:f, s:[f,f], s:f, s:o, s:o, s:o, s:o}", "part", train ? "train" : "test",
                  "n_samples", (json_int_t)s->counts.n_samples, "n_correct", (json_int_t)s->counts.n_correct,
                  "accuracy", s->accuracy, "accuracy_interval_95", s->interval.low, s->interval.high, "mean_loss",
                  s->mean_loss, "classes", classes_as_json(s), "confusion", confusion_as_json(s), "calibration",
                  calibration_as_json(s), "rejection", coverages_as_json(s));
    buffer_add_json(b, object, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    buffer_print(b, "\n");
    json_decref(object);
}
