/* The weights of a model as pictures: red negative, white 0, blue positive. */
#pragma once

#include "model/model.h"
#include "show/canvas.h"

typedef struct weight_options {
    size_t scale; /* pixels per weight, 1 or more */
    bool each;    /* a colour scale for each class instead of one for all */
} weight_options;

/* The weights of one class alone. The caller frees p->values. */
status draw_class_weights(const model *m, size_t k, const weight_options *options, picture *p, failure *f);

/* All classes on one sheet, with labels and the legend of the colours. The caller frees p->values. */
status draw_weight_sheet(const model *m, const weight_options *options, picture *p, failure *f);
