/* Misclassified images as a canvas. */
#pragma once

#include "data/dataset.h"
#include "show/canvas.h"

enum { MAX_MISTAKES = 4000 };

/* Draws at most MAX_MISTAKES of the misclassified images, the most confident first, each with its true class, its
 * prediction and the probability of that. probabilities [N, K] are those of the data. */
picture draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities);
