#include "show/score_output.h"

#include "formats/json.h"

static const char *rows_or_images(const scores *s)
{
    return s->is_table ? "rows" : "images";
}

/* The columns that a text in UTF-8 takes, one for each character. */
static int text_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_class(FILE *out, const scores *s, size_t k, int width)
{
    char number[CLASS_NAME_SIZE];
    const char *label = class_label(s->names, k, number);
    fprintf(out, "%*s%s", width > text_width(label) ? width - text_width(label) : 0, "", label);
}

/* The columns that the longest label takes, at least `least`. */
static int class_width(const scores *s, int least)
{
    char number[CLASS_NAME_SIZE];
    int width = least;
    for (size_t k = 0; k < s->n_classes; k++) {
        const int needed = text_width(class_label(s->names, k, number));
        width = needed > width ? needed : width;
    }
    return width;
}

void print_summary(FILE *out, const scores *s)
{
    fprintf(out, "accuracy  %.2f %%  (95 %% interval %.2f to %.2f, %zu of %zu %s)\n", 100 * s->accuracy,
            100 * s->interval.low, 100 * s->interval.high, s->counts.n_correct, s->counts.n_samples,
            rows_or_images(s));
    fprintf(out, "mean loss %.4f\n", s->mean_loss);
}

void print_class_table(FILE *out, const scores *s)
{
    const int width = class_width(s, 5);
    fprintf(out, "%*s  precision    recall        F1   %6s\n", width, "class", rows_or_images(s));
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        print_class(out, s, k, width);
        fprintf(out, "   %6.2f %%  %6.2f %%  %6.2f %%  %7zu\n", 100 * c->precision, 100 * c->recall, 100 * c->f1,
                c->support);
    }
}

void print_calibration(FILE *out, const scores *s)
{
    fprintf(out, "calibration error %.2f %%", 100 * s->calibration_error);
    if (s->temperature != 1)
        fprintf(out, " at temperature %.4g, %.2f %% without it", s->temperature, 100 * s->uncalibrated_error);
    else
        fprintf(out, "; train --validation fits a temperature");
    fprintf(out, "\n\nthreshold  coverage  accuracy\n");
    for (size_t i = 0; i < N_COVERAGES; i++) {
        const coverage *c = &s->coverages[i];
        const double n = (double)c->covered.n_samples;
        fprintf(out, "%7.0f %%  %6.2f %%", 100 * c->threshold, 100 * n / (double)s->counts.n_samples);
        if (c->covered.n_samples > 0)
            fprintf(out, "  %6.2f %%\n", 100 * (double)c->covered.n_correct / n);
        else
            fprintf(out, "         -\n");
    }
}

void print_confused_pairs(FILE *out, const scores *s)
{
    if (s->n_confused == 0) {
        fprintf(out, "no %s was misread\n", s->is_table ? "row" : "image");
        return;
    }
    fprintf(out, "most confused:");
    for (size_t i = 0; i < s->n_confused; i++) {
        char label[CLASS_NAME_SIZE], prediction[CLASS_NAME_SIZE];
        fprintf(out, "%s %s read as %s (%zu times)", i ? "," : "",
                class_label(s->names, s->confused[i].label, label),
                class_label(s->names, s->confused[i].prediction, prediction), s->confused[i].count);
    }
    fprintf(out, "\n");
}

static int count_width(const scores *s)
{
    int width = class_width(s, 1);
    for (size_t i = 0; i < s->n_classes * s->n_classes; i++) {
        const int needed = snprintf(NULL, 0, "%zu", s->confusion[i]);
        width = needed > width ? needed : width;
    }
    return width;
}

void print_confusion(FILE *out, const scores *s)
{
    const int width = count_width(s), first = class_width(s, 5);
    fprintf(out, "true \\ predicted\n%*s", first, "");
    for (size_t j = 0; j < s->n_classes; j++) {
        fprintf(out, "  ");
        print_class(out, s, j, width);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        print_class(out, s, i, first);
        for (size_t j = 0; j < s->n_classes; j++) {
            const size_t count = s->confusion[i * s->n_classes + j];
            if (count == 0)
                fprintf(out, "  %*s", width, ".");
            else
                fprintf(out, "  %*zu", width, count);
        }
        fprintf(out, "\n");
    }
}

static json_t *classes_as_json(const scores *s)
{
    json_t *classes = json_array();
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        json_t *class = json_pack("{s:I, s:f, s:f, s:f, s:I}", "label", (json_int_t)k, "precision", c->precision,
                                  "recall", c->recall, "f1", c->f1, "support", (json_int_t)c->support);
        if (s->names)
            json_set(&class, "name", json_string(s->names->names[k]));
        json_list_add(&classes, class);
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
                                (json_int_t)c->covered.n_samples, "n_correct", (json_int_t)c->covered.n_correct));
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
