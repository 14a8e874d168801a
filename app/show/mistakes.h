/* The images that a model misread, on one sheet. */
#pragma once

#include "data/dataset.h"
#include "show/canvas.h"

/* Draws the mistakes, the one that the model was surest of first, MAX_MISTAKES at most: each with its true class
 * and the one it was given. probabilities [N, K] are those of the data. The caller frees p->rgb. */
enum { MAX_MISTAKES = 4000 };
status draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities, picture *p, failure *f);
