/* The weights of a model as canvases. */
#pragma once

#include "model/model.h"
#include "show/canvas.h"

typedef struct weight_options {
    size_t scale; /* pixels per weight, 1 or more */
    bool each;    /* a colour scale for each class instead of one for all */
} weight_options;

/* The weights of one class alone. */
picture draw_class_weights(const model *m, size_t k, const weight_options *options);

/* All classes on one sheet, with labels and a legend of colours. */
picture draw_weight_sheet(const model *m, const weight_options *options);
