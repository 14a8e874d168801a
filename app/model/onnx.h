/* A model in the Open Neural Network Exchange format, which many runtimes execute. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/* Whether a graph can compute the features of a map: those of pixels, deskew and patches. */
bool onnx_takes(const feature_map *map);

/*
 * Adds the bytes of a file for a model of such features: from pixels, uint8 [N, n_rows, n_columns], to probabilities, float
 * [N, K]. The graphs are the texts in onnx/, in opset 13 for pixels, and 16 for the others. weight and bias are exactly those
 * of the model. Gemm's alpha and beta divide bytes by 255 and scores by the temperature. The same model gives the same bytes.
 * Fails if memory ran out.
 */
status onnx_print(const model *m, buffer *b, failure *f);
