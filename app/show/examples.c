#include "show/examples.h"

#include <stdlib.h>

example example_of(size_t n_classes, const float *probabilities, size_t sample)
{
    const float *row = probabilities + sample * n_classes;
    const size_t prediction = sm_argmax(n_classes, row);
    return (example){sample, prediction, (double)row[prediction]};
}

static int least_confident_first(const void *a, const void *b)
{
    const example *x = a, *y = b;
    if (x->confidence != y->confidence)
        return x->confidence > y->confidence ? 1 : -1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static int most_confident_first(const void *a, const void *b)
{
    const example *x = a, *y = b;
    return x->confidence != y->confidence ? least_confident_first(b, a) : least_confident_first(a, b);
}

example *rank_examples(const dataset *data, size_t n_classes, const float *probabilities, bool correct, size_t *n)
{
    example *found = calloc(data->n_samples, sizeof *found);
    *n = 0;
    for (size_t i = 0; found && i < data->n_samples; i++) {
        found[*n] = example_of(n_classes, probabilities, i);
        *n += (found[*n].prediction == data->labels[i]) == correct;
    }
    if (*n > 0)
        qsort(found, *n, sizeof *found, correct ? least_confident_first : most_confident_first);
    return found;
}
