/* The images that a model misread, on one sheet. */
#ifndef SHOW_MISTAKES_H
#define SHOW_MISTAKES_H

#include "data/dataset.h"
#include "show/canvas.h"

/* Draws those mistakes that the model was surest of, MAX_MISTAKES at most, the surest first: each with its true
 * class, the one it was given, and how probable that seemed. probabilities [N, K] are those of the data. The caller
 * frees p->rgb. */
enum { MAX_MISTAKES = 160 };
status draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities, picture *p, failure *f);

#endif
