#include "show/report/page.h"

#include <math.h>

#include "show/chart.h"

void print_title_section(const page *p, buffer *b)
{
    buffer_add_html(b, p->in->folder);
    buffer_print(b, "/model.safetensors: accuracy %.2f&nbsp;%%", 100 * p->in->s.accuracy);
}

void print_summary_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    buffer_print(b,
                 "<div><dt>Accuracy</dt><dd>%.2f&nbsp;%%</dd><dd class=note>95&nbsp;%% interval %.2f to "
                 "%.2f</dd></div>\n",
                 100 * s->accuracy, 100 * s->interval.low, 100 * s->interval.high);
    buffer_print(b, "<div><dt>Mean loss</dt><dd>%.4f</dd><dd class=note>cross-entropy</dd></div>\n", s->mean_loss);
    buffer_print(b, "<div><dt>Calibration error</dt><dd>%.2f&nbsp;%%</dd><dd class=note>expected, ECE</dd></div>\n",
                 100 * s->calibration_error);
    buffer_print(b, "<div><dt>Test images</dt><dd>%zu</dd><dd class=note>%zu correct, %zu wrong</dd></div>\n",
                 s->counts.n_samples, s->counts.n_correct, s->counts.n_samples - s->counts.n_correct);
}

/* Coloured by its share of its row; the square root makes rare mistakes visible. */
static void print_cell(buffer *b, size_t count, size_t n_of_class)
{
    enum { N_SHADES = 9 };
    const double shade = count > 0 ? ceil(N_SHADES * sqrt((double)count / (double)n_of_class) - 0.5) : 0;
    buffer_print(b, shade > 0 ? "<td class=h%.0f>" : "<td>", shade);
    if (count > 0)
        buffer_print(b, "%zu", count);
}

void print_confusion_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    buffer_print(b,
                 "<table id=matrix%s><caption class=unseen>Confusion matrix: true classes are rows, predicted "
                 "classes columns</caption>\n<thead><tr><th><span class=unseen>Class</span>",
                 s->n_classes > PAGE_MANY_CLASSES ? " class=many" : "");
    for (size_t k = 0; k < s->n_classes; k++)
        buffer_print(b, "<th scope=col>%zu", k);
    buffer_print(b, "<tbody>\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        buffer_print(b, "<tr><th scope=row>%zu", i);
        for (size_t j = 0; j < s->n_classes; j++)
            print_cell(b, s->confusion[i * s->n_classes + j], s->classes[i].support);
        buffer_print(b, "\n");
    }
}

static void print_share(buffer *b, double share)
{
    buffer_print(b, "<td><i class=bar style=\"--share:%.4f\"></i>%.2f", share, 100 * share);
}

void print_classes_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        buffer_print(b, "<tr><th scope=row>%zu", k);
        print_share(b, c->precision);
        print_share(b, c->recall);
        print_share(b, c->f1);
        buffer_print(b, "<td>%zu\n", c->support);
    }
}

void print_calibration_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    buffer_print(b, "%.2f&nbsp;%%</b>", 100 * s->calibration_error);
    if (s->temperature != 1)
        buffer_print(b, " at the temperature %.4g that training fitted, and %.2f&nbsp;%% without it",
                     s->temperature, 100 * s->uncalibrated_error);
}

static double accuracy_of(const sm_calibration_bin *bin)
{
    return 100 * (double)bin->n_correct / (double)bin->n_samples;
}

void print_diagram_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    const double ends[] = {0, 100};
    const chart c = {axis_for(2, ends, 5), axis_for(2, ends, 5), "probability of the prediction, %", "accuracy, %",
                     "Reliability diagram: accuracy against the probability of predictions"};
    chart_begin(b, &c);
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        if (s->bins[i].n_samples > 0)
            chart_bar(b, &c, "bin", 100 * (double)i / N_CALIBRATION_BINS,
                      100 * (double)(i + 1) / N_CALIBRATION_BINS, accuracy_of(&s->bins[i]));
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        chart_number(b, &c, (100 * (double)i + 50) / N_CALIBRATION_BINS, s->bins[i].n_samples);
    chart_line(b, &c, "ideal", 2, ends, ends);
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        if (s->bins[i].n_samples > 0)
            chart_dot(b, &c, "dot", 100 * s->bins[i].confidence, accuracy_of(&s->bins[i]));
    chart_end(b);
}

void print_bins_section(const page *p, buffer *b)
{
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++) {
        const sm_calibration_bin *bin = &p->in->s.bins[i];
        buffer_print(b, "<tr><th scope=row>%zu to %zu<td>%zu", 100 * i / N_CALIBRATION_BINS,
                     100 * (i + 1) / N_CALIBRATION_BINS, bin->n_samples);
        if (bin->n_samples > 0)
            buffer_print(b, "<td>%.2f<td>%.2f\n", 100 * bin->confidence, accuracy_of(bin));
        else
            buffer_print(b, "<td>-<td>-\n");
    }
}

/* Accuracy against coverage for every threshold from 0 to 0.99 that covers an image. */
void print_coverage_curve_section(const page *p, buffer *b)
{
    const report_input *in = p->in;
    enum { N_THRESHOLDS = 100 };
    double x[N_THRESHOLDS], y[N_THRESHOLDS];
    size_t n = 0;
    for (size_t i = 0; i < N_THRESHOLDS; i++) {
        const sm_counts covered = sm_coverage_counts(in->test.n_samples, in->m.n_classes, in->s.probabilities,
                                                     in->test.labels, (double)i / N_THRESHOLDS);
        if (covered.n_samples == 0)
            continue;
        x[n] = 100 * (double)covered.n_samples / (double)in->test.n_samples;
        y[n++] = 100 * (double)covered.n_correct / (double)covered.n_samples;
    }
    const double ends[] = {0, 100};
    const chart c = {axis_for(2, ends, 5), axis_for(n, y, 5), "coverage, %", "accuracy, %",
                     "Accuracy against coverage, for thresholds from 0 to 99 %"};
    chart_begin(b, &c);
    chart_line(b, &c, "training", n, x, y);
    chart_end(b);
}

void print_coverages_section(const page *p, buffer *b)
{
    const scores *s = &p->in->s;
    for (size_t i = 0; i < N_COVERAGES; i++) {
        const sm_counts *covered = &s->coverages[i].covered;
        buffer_print(b, "<tr><th scope=row>%.0f<td>%.2f<td>", 100 * s->coverages[i].threshold,
                     100 * (double)covered->n_samples / (double)s->counts.n_samples);
        if (covered->n_samples > 0)
            buffer_print(b, "%.2f\n", 100 * (double)covered->n_correct / (double)covered->n_samples);
        else
            buffer_print(b, "-\n");
    }
}
