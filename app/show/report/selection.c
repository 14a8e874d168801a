#include "show/report/selection.h"

#include <stdlib.h>

/* Puts a sample where its rank belongs; of equal ranks the earlier sample comes first. */
static void insert(const report *r, size_t sample, bool highest_first, examples *e)
{
    const double sign = highest_first ? 1 : -1, rank = sign * report_confidence(r, sample);
    size_t at = e->n;
    for (; at > 0 && sign * report_confidence(r, e->samples[at - 1]) < rank; at--)
        if (at < N_EXAMPLES)
            e->samples[at] = e->samples[at - 1];
    if (at < N_EXAMPLES)
        e->samples[at] = sample;
    e->n += e->n < N_EXAMPLES;
}

static examples choose_examples(const report *r, bool hits)
{
    examples e = {.n = 0};
    for (size_t i = 0; i < r->test->n_samples; i++)
        if ((report_prediction(r, i) == r->test->labels[i]) == hits)
            insert(r, i, !hits, &e);
    return e;
}

examples surest_mistakes(const report *r)
{
    return choose_examples(r, false);
}

examples least_sure_hits(const report *r)
{
    return choose_examples(r, true);
}

/* Whether the i-th of n is one of n_chosen that are evenly spread. */
static bool is_chosen(size_t i, size_t n, size_t n_chosen)
{
    return n_chosen >= n || i * n_chosen / n != (i + 1) * n_chosen / n;
}

static void mark_cells(const report *r, size_t n_most, size_t *n_seen, bool *marks)
{
    const size_t n_most_hits = n_most < MAX_HITS_A_CELL ? n_most : MAX_HITS_A_CELL;
    for (size_t i = 0; i < r->test->n_samples; i++) {
        const size_t label = r->test->labels[i], prediction = report_prediction(r, i);
        const size_t cell = label * r->m->n_classes + prediction;
        marks[i] = is_chosen(n_seen[cell]++, r->s->confusion[cell], label == prediction ? n_most_hits : n_most);
    }
}

static void mark_examples(examples e, bool *marks)
{
    for (size_t i = 0; i < e.n; i++)
        marks[e.samples[i]] = true;
}

static status gather(size_t n_samples, const bool *marks, size_t **samples, size_t *n, failure *f)
{
    size_t n_marked = 0;
    for (size_t i = 0; i < n_samples; i++)
        n_marked += marks[i];
    size_t *gathered = calloc(n_marked + 1, sizeof *gathered);
    if (!gathered)
        return fail_memory(f);
    *n = 0;
    for (size_t i = 0; i < n_samples; i++)
        if (marks[i])
            gathered[(*n)++] = i;
    *samples = gathered;
    return STATUS_OK;
}

status choose_samples(const report *r, size_t n_most, size_t **samples, size_t *n, failure *f)
{
    const size_t n_samples = r->test->n_samples, n_classes = r->m->n_classes;
    size_t *n_seen = calloc(n_classes * n_classes, sizeof *n_seen);
    bool *marks = calloc(n_samples, sizeof *marks);
    status result;
    if (n_seen && marks) {
        mark_cells(r, n_most, n_seen, marks);
        mark_examples(surest_mistakes(r), marks);
        mark_examples(least_sure_hits(r), marks);
        result = gather(n_samples, marks, samples, n, f);
    } else {
        result = fail_memory(f);
    }
    free(marks);
    free(n_seen);
    return result;
}
