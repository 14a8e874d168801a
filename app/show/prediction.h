/* What a model sees in an image, for a terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/model.h"

/* Prints the image [n_rows, n_columns] that the model saw; beside it the pixels that spoke for and against the
 * class of the highest of the probabilities [n_classes], which is each pixel times how far its weight is above the
 * mean of all classes (or the slope of that difference where the model reads other features); and a bar for each
 * probability, the likeliest ones where there are many classes. 80 columns or less, half blocks in colour or plain
 * characters. False if memory ran out. */
bool print_prediction(FILE *out, bool colours, const model *m, const uint8_t *pixels, const float *probabilities);
