/* Which of the test images the page shows. */
#pragma once

#include "show/report/report.h"

enum { N_EXAMPLES = 24 };

/* A few samples, the foremost first. */
typedef struct examples {
    size_t n, samples[N_EXAMPLES];
} examples;

/* The mistakes that the model was surest of, and the hits that it was least sure of. */
examples surest_mistakes(const report *r);
examples least_sure_hits(const report *r);

enum { MAX_HITS_A_CELL = 24 };

/* Of every cell of the confusion matrix at most so many images (of a cell of hits no more than MAX_HITS_A_CELL),
 * evenly spread over the test set, and all examples. *samples, rising, is the caller's to free. */
status choose_samples(const report *r, size_t n_most, size_t **samples, size_t *n, failure *f);
