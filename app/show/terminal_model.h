/* A model in a terminal: its weights, and its prediction for one image. */
#pragma once

#include <stdio.h>

#include "model/model.h"
#include "show/terminal.h"

/* Prints the weights of all classes, as many side by side as fit the columns, positive ones in blue and negative ones in
 * red; the classes share one scale unless each has its own. */
void print_weights(FILE *out, terminal_depth colours, size_t columns, const model *m, bool each);

/* Prints the image [n_rows, n_columns] that the model was given; next to it the evidence for and against the likeliest
 * class, pixel by pixel; and a bar for the probability of each class, or of the likeliest where there are many.
 * Evidence is the pixel times its weight for this class less the mean of its weights for all classes; where the model
 * reads other features than pixels, times the gradient of that difference of scores. At most 80 columns, of half
 * blocks in colour or of plain characters. */
status print_prediction(FILE *out, terminal_depth colours, const model *m, const uint8_t *pixels,
                        const float *probabilities, failure *f);
