#include "show/score_tables.h"

void print_summary(FILE *out, const scores *s)
{
    fprintf(out, "accuracy  %.2f %%  (95 %% interval %.2f to %.2f, %zu of %zu images)\n", 100 * s->accuracy,
            100 * s->interval.low, 100 * s->interval.high, s->counts.n_correct, s->counts.n_samples);
    fprintf(out, "mean loss %.4f\n", s->mean_loss);
}

void print_class_table(FILE *out, const scores *s)
{
    fprintf(out, "class  precision    recall        F1   images\n");
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        fprintf(out, "%5zu   %6.2f %%  %6.2f %%  %6.2f %%  %7zu\n", k, 100 * c->precision, 100 * c->recall,
                100 * c->f1, c->support);
    }
}

void print_calibration(FILE *out, const scores *s)
{
    fprintf(out, "calibration error %.2f %%", 100 * s->calibration_error);
    if (s->temperature != 1)
        fprintf(out, " at temperature %.4g, %.2f %% without it", s->temperature, 100 * s->uncalibrated_error);
    else
        fprintf(out, "; train --validation fits a temperature");
    fprintf(out, "\n\nsure to   answered    right\n");
    for (size_t i = 0; i < N_REJECTIONS; i++) {
        const rejection *r = &s->rejections[i];
        const double n = (double)r->answered.n_samples;
        fprintf(out, "%5.0f %%   %6.2f %%", 100 * r->least, 100 * n / (double)s->counts.n_samples);
        if (r->answered.n_samples > 0)
            fprintf(out, "  %6.2f %%\n", 100 * (double)r->answered.n_correct / n);
        else
            fprintf(out, "         -\n");
    }
}

void print_confused_pairs(FILE *out, const scores *s)
{
    if (s->n_confused == 0) {
        fprintf(out, "no image was misread\n");
        return;
    }
    fprintf(out, "most confused:");
    for (size_t i = 0; i < s->n_confused; i++)
        fprintf(out, "%s %zu read as %zu (%zu times)", i ? "," : "", s->confused[i].label,
                s->confused[i].prediction, s->confused[i].count);
    fprintf(out, "\n");
}

static int width_of(const scores *s)
{
    int width = s->n_classes > 100 ? 3 : s->n_classes > 10 ? 2 : 1;
    for (size_t i = 0; i < s->n_classes * s->n_classes; i++) {
        const int needed = snprintf(NULL, 0, "%zu", s->confusion[i]);
        width = needed > width ? needed : width;
    }
    return width;
}

void print_confusion(FILE *out, const scores *s)
{
    const int width = width_of(s);
    fprintf(out, "true \\ predicted\n     ");
    for (size_t j = 0; j < s->n_classes; j++)
        fprintf(out, "  %*zu", width, j);
    fprintf(out, "\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        fprintf(out, "%5zu", i);
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
