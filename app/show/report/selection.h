/* The test images that are on the page of the report. */
#pragma once

#include "show/examples.h"
#include "show/report/input.h"

enum { N_EXAMPLES = 24, MAX_HITS_A_CELL = 24 };

/* The test images that the page shows. Starts as {0}; selection_destroy frees what it holds. */
typedef struct selection {
    size_t n_mistakes, n_hits, n_shown;
    example *mistakes; /* [n_mistakes], at most N_EXAMPLES, most confident first */
    example *hits;     /* [n_hits], at most N_EXAMPLES, least confident first */
    example *shown;    /* [n_shown], in the order of the test set: all images on the page */
} selection;

/* Selects at most n_most images for each cell of the confusion matrix (and at most MAX_HITS_A_CELL for a cell on its
 * diagonal), evenly spread over the test set, and all examples. */
status selection_create(const report_input *in, size_t n_most, selection *sel, failure *f);
void selection_destroy(selection *sel);
