/* A model as a C99 header that classifies images: no allocation, and only expf from libm. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/* Adds the text of the header, for a model that reads pixels. Weights are exactly the floats of the model or, if
 * quantized, the nearest whole numbers from -127 to 127 with a scale for each class. The same model gives the same
 * bytes. */
void c_header_print(const model *m, bool quantized, buffer *b);
