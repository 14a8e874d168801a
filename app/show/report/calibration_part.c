/* Whether probabilities are what they say: the reliability diagram, and what rejecting unsure answers gains. */
#include "show/chart.h"
#include "show/report/parts.h"

static double accuracy_of(const sm_calibration_bin *bin)
{
    return 100 * (double)bin->n_correct / (double)bin->n_samples;
}

static void print_diagram(const scores *s, buffer *b)
{
    const double ends[] = {0, 100};
    const chart c = {axis_for(2, ends, 5), axis_for(2, ends, 5), "probability of the answer, %", "right, %",
                     "Reliability diagram: how often answers are right, by their probability"};
    chart_begin(b, &c);
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        if (s->bins[i].n_samples > 0)
            chart_bar(b, &c, "bin", 100 * (double)i / N_CALIBRATION_BINS,
                      100 * (double)(i + 1) / N_CALIBRATION_BINS, accuracy_of(&s->bins[i]));
    chart_line(b, &c, "ideal", 2, ends, ends);
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        if (s->bins[i].n_samples > 0)
            chart_dot(b, &c, "dot", 100 * s->bins[i].confidence, accuracy_of(&s->bins[i]));
    chart_end(b);
}

static void print_bins(const scores *s, buffer *b)
{
    buffer_print(
        b, "<details><summary>The numbers of the diagram</summary>\n<table><thead><tr><th "
           "scope=col>Probability, %%<th scope=col>Images<th scope=col>Mean, %%<th scope=col>Right, %%\n<tbody>\n");
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++) {
        const sm_calibration_bin *bin = &s->bins[i];
        buffer_print(b, "<tr><th scope=row>%zu to %zu<td>%zu", 100 * i / N_CALIBRATION_BINS,
                     100 * (i + 1) / N_CALIBRATION_BINS, bin->n_samples);
        if (bin->n_samples > 0)
            buffer_print(b, "<td>%.2f<td>%.2f\n", 100 * bin->confidence, accuracy_of(bin));
        else
            buffer_print(b, "<td>-<td>-\n");
    }
    buffer_print(b, "</table></details>\n");
}

/* Answered against right, for every threshold from 0 to 0.99; none of those that leave nothing to answer. */
static void print_rejection_curve(const report *r, buffer *b)
{
    enum { N_THRESHOLDS = 100 };
    double answered[N_THRESHOLDS], right[N_THRESHOLDS];
    size_t n = 0;
    for (size_t i = 0; i < N_THRESHOLDS; i++) {
        const sm_counts sure = sm_sure_counts(r->test->n_samples, r->m->n_classes, r->probabilities,
                                              r->test->labels, (double)i / N_THRESHOLDS);
        if (sure.n_samples == 0)
            continue;
        answered[n] = 100 * (double)sure.n_samples / (double)r->test->n_samples;
        right[n++] = 100 * (double)sure.n_correct / (double)sure.n_samples;
    }
    const double ends[] = {0, 100};
    const chart c = {axis_for(2, ends, 5), axis_for(n, right, 5), "answered, %", "right of the answered, %",
                     "How often answers are right, by the share of images answered"};
    chart_begin(b, &c);
    chart_line(b, &c, "training", n, answered, right);
    chart_end(b);
}

static void print_coverages(const scores *s, buffer *b)
{
    buffer_print(
        b,
        "<table><thead><tr><th scope=col>Threshold, %%<th scope=col>Coverage, %%<th scope=col>Accuracy, %%\n<tbody>\n");
    for (size_t i = 0; i < N_COVERAGES; i++) {
        const sm_counts *answered = &s->coverages[i].answered;
        buffer_print(b, "<tr><th scope=row>%.0f<td>%.2f<td>", 100 * s->coverages[i].threshold,
                     100 * (double)answered->n_samples / (double)s->counts.n_samples);
        if (answered->n_samples > 0)
            buffer_print(b, "%.2f\n", 100 * (double)answered->n_correct / (double)answered->n_samples);
        else
            buffer_print(b, "-\n");
    }
    buffer_print(b, "</table>\n");
}

void print_calibration_part(const page *p, buffer *b)
{
    const scores *s = p->r->s;
    buffer_print(b, "<p>The expected calibration error (ECE) is <b>%.2f&nbsp;%%</b>", 100 * s->calibration_error);
    if (s->temperature != 1)
        buffer_print(b, " at the temperature %.4g that training fitted, and %.2f&nbsp;%% without it",
                     s->temperature, 100 * s->uncalibrated_error);
    buffer_print(b, ".</p>\n<div class=pair>\n<figure>");
    print_diagram(s, b);
    buffer_print(b,
                 "<figcaption><span class=\"key dot\">mean of a bin</span> <span class=\"key ideal\">as it should "
                 "be</span></figcaption>");
    print_bins(s, b);
    buffer_print(b, "</figure>\n<figure>\n");
    print_rejection_curve(p->r, b);
    buffer_print(b, "<figcaption>How well, if answers less sure than a threshold are rejected.</figcaption>\n"
                    "<details><summary>The numbers of the curve</summary>\n");
    print_coverages(s, b);
    buffer_print(b, "</details></figure>\n</div>\n");
}
