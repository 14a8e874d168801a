/* A model in the Open Neural Network Exchange format, which many runtimes execute. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/*
 * Adds the bytes of a file for a model that reads pixels:
 *
 *   pixels, uint8 [N, n_rows, n_columns] -> Cast -> Flatten -> Gemm -> Softmax -> probabilities, float [N, K]
 *
 * in opset 13. weight and bias are exactly those of the model. Gemm's alpha and beta divide pixels by 255 and scores
 * by the temperature. The same model gives the same bytes.
 */
void onnx_print(const model *m, buffer *b);
