/* The confusion matrix as a picture. */
#pragma once

#include "data/class_names.h"
#include "show/canvas.h"

/* Draws a confusion matrix [n_classes, n_classes] with its counts in the cells; true classes are rows. The
 * colour of a cell is its share of its row. names may be NULL, for numbers. The caller frees p->rgb. */
status heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names, picture *p, failure *f);
