#include "show/report/selection.h"

#include <stdlib.h>

#include "base/pool.h"
#include "base/sizes.h"

/* Whether the i-th of n is one of n_chosen that are evenly spread. */
static bool is_chosen(size_t i, size_t n, size_t n_chosen)
{
    return n_chosen >= n || i * n_chosen / n != (i + 1) * n_chosen / n;
}

/* Marks the chosen images of all cells in is_shown [n_samples]; n_seen [n_classes, n_classes] is all 0 before. */
static void mark_cells(const report_input *in, size_t n_most, size_t *n_seen, bool *is_shown)
{
    for (size_t i = 0; i < in->test.n_samples; i++) {
        const size_t label = in->test.labels[i];
        const size_t prediction = example_of(in->m.n_classes, in->s.probabilities, i).prediction;
        const size_t cell = label * in->m.n_classes + prediction;
        is_shown[i] = is_chosen(n_seen[cell]++, in->s.confusion[cell],
                                label == prediction ? size_min(n_most, MAX_HITS_A_CELL) : n_most);
    }
}

static void mark_examples(size_t n, const example *examples, bool *is_shown)
{
    for (size_t i = 0; i < n; i++)
        is_shown[examples[i].sample] = true;
}

/* Fills sel->shown, once the examples are known; false if memory ran out. */
static bool choose_images(const report_input *in, size_t n_most, selection *sel)
{
    const size_t n_samples = in->test.n_samples, n_classes = in->m.n_classes;
    pool memory = {0};
    size_t *n_seen = pool_take(&memory, n_classes, n_classes * sizeof *n_seen);
    bool *is_shown = pool_take(&memory, n_samples, sizeof *is_shown);
    sel->shown = calloc(n_samples, sizeof *sel->shown);
    const bool ok = !memory.has_failed && sel->shown;
    if (ok) {
        mark_cells(in, n_most, n_seen, is_shown);
        mark_examples(sel->n_mistakes, sel->mistakes, is_shown);
        mark_examples(sel->n_hits, sel->hits, is_shown);
    }
    for (size_t i = 0; ok && i < n_samples; i++)
        if (is_shown[i])
            sel->shown[sel->n_shown++] = example_of(n_classes, in->s.probabilities, i);
    pool_free(&memory);
    return ok;
}

status selection_create(const report_input *in, size_t n_most, selection *sel, failure *f)
{
    sel->mistakes = rank_examples(&in->test, in->m.n_classes, in->s.probabilities, false, &sel->n_mistakes);
    sel->hits = rank_examples(&in->test, in->m.n_classes, in->s.probabilities, true, &sel->n_hits);
    sel->n_mistakes = size_min(sel->n_mistakes, N_EXAMPLES);
    sel->n_hits = size_min(sel->n_hits, N_EXAMPLES);
    return sel->mistakes && sel->hits && choose_images(in, n_most, sel) ? STATUS_OK : fail_memory(f);
}

void selection_destroy(selection *sel)
{
    free(sel->shown);
    free(sel->hits);
    free(sel->mistakes);
    *sel = (selection){0};
}
