/* The constants in the graphs of maps, under the names in onnx/. */
#pragma once

#include "base/buffer.h"
#include "features/patches.h"

/* Adds those of moments.in, for images of a size; if memory runs out, the graph fails. */
void onnx_add_moment_tensors(size_t n_rows, size_t n_columns, buffer *graph);

/* The same for patches.in. */
void onnx_add_patches_tensors(const patches *p, buffer *graph);
