/* The numbers that matter most. */
#include "show/html.h"
#include "show/report/parts.h"

/* What tells one report from another among the windows of a browser. */
void print_title_part(const page *p, buffer *b)
{
    buffer_add_html(b, p->r->model_path);
    buffer_print(b, ": %.2f&nbsp;%% right", 100 * p->r->s->accuracy);
}

void print_summary_part(const page *p, buffer *b)
{
    const scores *s = p->r->s;
    buffer_print(b, "<dl class=numbers>\n");
    buffer_print(b,
                 "<div><dt>Accuracy</dt><dd>%.2f&nbsp;%%</dd><dd class=note>95&nbsp;%% interval %.2f to "
                 "%.2f</dd></div>\n",
                 100 * s->accuracy, 100 * s->interval.low, 100 * s->interval.high);
    buffer_print(b, "<div><dt>Mean loss</dt><dd>%.4f</dd><dd class=note>cross-entropy</dd></div>\n", s->mean_loss);
    buffer_print(b, "<div><dt>Calibration error</dt><dd>%.2f&nbsp;%%</dd><dd class=note>expected, ECE</dd></div>\n",
                 100 * s->calibration_error);
    buffer_print(b, "<div><dt>Test images</dt><dd>%zu</dd><dd class=note>%zu right, %zu wrong</dd></div>\n",
                 s->counts.n_samples, s->counts.n_correct, s->counts.n_samples - s->counts.n_correct);
    buffer_print(b, "</dl>\n");
}
