/* A confusion matrix as a canvas. */
#pragma once

#include "data/class_names.h"
#include "show/canvas.h"

/* Draws a confusion matrix [n_classes, n_classes], whose rows are the true classes, with the counts in its cells. Each
 * cell is coloured by its share of its row. names may be NULL, for numbers. */
picture heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names);
