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
