/*
 * Files in the Open Neural Network Exchange format (https://github.com/onnx/onnx), as far as writing models needs it. A graph
 * is a message that grows: its nodes must be added in an order in which each comes after those whose outputs it takes.
 */
#pragma once

#include "base/buffer.h"

/* Of the elements of tensors, with their numbers in onnx.proto. */
typedef enum onnx_type { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3, ONNX_INT64 = 7 } onnx_type;

/* Adds a constant of a type above, with its values in this machine's order of bytes. */
void onnx_add_tensor(buffer *graph, const char *name, onnx_type type, size_t n_dimensions, const size_t *shape,
                     const void *values);

/* Describes an input or an output of the graph: N times this shape. */
typedef enum onnx_side { ONNX_INPUT, ONNX_OUTPUT } onnx_side;
void onnx_add_value(buffer *graph, onnx_side side, const char *name, onnx_type type, size_t n_dimensions,
                    const size_t *shape, const char *about);

/* Names and describes a graph. */
void onnx_describe_graph(buffer *graph, const char *name, const char *about);

/* Adds the fields of a file before its notes: opset is the version of the operators, and the graph is freed. */
void onnx_add_model(buffer *file, unsigned opset, const char *about, buffer *graph);

/* Adds an entry of the metadata. */
void onnx_add_note(buffer *file, const char *key, const char *value);
