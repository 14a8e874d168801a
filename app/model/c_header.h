/* A model as a C99 header that classifies images: no allocation, and only expf from libm. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/* Whether a header can compute the features of a map: those of pixels, deskew and patches. */
bool c_header_takes(const feature_map *map);

/* Adds the text of the header, for a model of such features. Weights are exactly the floats of the model or, if quantized, the
 * nearest whole numbers from -127 to 127 with a scale for each class. The same model gives the same bytes. Fails if
 * memory ran out, or if deskewing images of this size would exceed the header's 64-bit sums. */
status c_header_print(const model *m, bool quantized, buffer *b, failure *f);
