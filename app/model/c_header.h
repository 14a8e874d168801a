/* A model as a C99 header that reads images anywhere: no allocation, nothing of libm but expf. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "model/model.h"

/* Adds the text of the header, for a model that reads pixels. Weights are floats, exactly those of the model, or,
 * if quantized, whole numbers from -127 to 127 with a scale for each class, the nearest to them. The same model
 * gives the same bytes. */
void c_header_print(const model *m, bool quantized, buffer *b);
