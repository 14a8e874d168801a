/* Pictures of a model and of its scores. The caller frees p->values of each. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"
#include "show/canvas.h"

/* Draws a confusion matrix [n_classes, n_classes], whose rows are the true classes, with the counts in its cells. Each
 * cell is coloured by its share of its row. names may be NULL, for numbers. */
status heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names, picture *p, failure *f);

enum { MAX_MISTAKES = 4000 };

/* Draws at most MAX_MISTAKES of the misclassified images, the most confident first, each with its true class, its
 * prediction and the probability of that. probabilities [N, K] are those of the data. */
status draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities, picture *p, failure *f);

typedef struct weight_options {
    size_t scale; /* pixels per weight, 1 or more */
    bool each;    /* a colour scale for each class instead of one for all */
} weight_options;

/* The weights of one class alone. */
status draw_class_weights(const model *m, size_t k, const weight_options *options, picture *p, failure *f);

/* All classes on one sheet, with labels and a legend of colours. */
status draw_weight_sheet(const model *m, const weight_options *options, picture *p, failure *f);
