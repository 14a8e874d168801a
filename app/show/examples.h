/* Samples with their predictions, ordered to show where a model errs. */
#pragma once

#include "data/dataset.h"

typedef struct example {
    size_t sample, prediction;
    double confidence; /* the probability of the prediction */
} example;

/* A sample with its prediction; probabilities [N, K] are those of all samples. */
example example_of(size_t n_classes, const float *probabilities, size_t sample);

/* Lists the misclassified samples, most confident first, or the correctly classified ones, least confident first;
 * where confidence is equal, in the order of the data. probabilities [N, K]. The list [*n] is the caller's to free;
 * NULL if memory ran out. */
example *rank_examples(const dataset *data, size_t n_classes, const float *probabilities, bool correct, size_t *n);
