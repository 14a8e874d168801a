#include "formats/onnx.h"

#include "formats/protobuf.h"

/* The numbers of the fields in onnx.proto, under their names there. */
enum model_field {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER_NAME = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_DOC_STRING = 6,
    MODEL_GRAPH = 7,
    MODEL_OPSET_IMPORT = 8,
    MODEL_METADATA_PROPS = 14
};
enum opset_field { OPSET_VERSION = 2 };
enum entry_field { ENTRY_KEY = 1, ENTRY_VALUE = 2 };
enum graph_field {
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_DOC_STRING = 10,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12
};
enum tensor_field { TENSOR_DIMS = 1, TENSOR_DATA_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW_DATA = 9 };
enum value_field { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC_STRING = 3 };
enum type_field { TYPE_TENSOR = 1, TYPE_ELEM = 1, TYPE_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };

/* The version of the file format that came with an opset, of 13 and later. */
static unsigned ir_version(unsigned opset)
{
    return opset < 15 ? 7 : 8;
}

static size_t value_bytes(onnx_type type)
{
    return type == ONNX_FLOAT ? sizeof(float) : type == ONNX_INT64 ? sizeof(int64_t) : 1;
}

void onnx_add_tensor(buffer *graph, const char *name, onnx_type type, size_t n_dimensions, const size_t *shape,
                     const void *values)
{
    buffer tensor = {0}, data = {0};
    size_t n = 1;
    for (size_t i = 0; i < n_dimensions; i++) {
        protobuf_number(&tensor, TENSOR_DIMS, shape[i]);
        n *= shape[i];
    }
    protobuf_number(&tensor, TENSOR_DATA_TYPE, type);
    protobuf_text(&tensor, TENSOR_NAME, name);
    buffer_add_values(&data, n, value_bytes(type), values);
    protobuf_message(&tensor, TENSOR_RAW_DATA, &data); /* bytes are encoded like a message */
    protobuf_message(graph, GRAPH_INITIALIZER, &tensor);
}

void onnx_add_value(buffer *graph, onnx_side side, const char *name, onnx_type type, size_t n_dimensions,
                    const size_t *shape, const char *about)
{
    buffer dimension = {0}, dimensions = {0}, tensor = {0}, whole = {0}, value = {0};
    protobuf_text(&dimension, DIM_PARAM, "N");
    protobuf_message(&dimensions, SHAPE_DIM, &dimension);
    for (size_t i = 0; i < n_dimensions; i++) {
        protobuf_number(&dimension, DIM_VALUE, shape[i]);
        protobuf_message(&dimensions, SHAPE_DIM, &dimension);
    }
    protobuf_number(&tensor, TYPE_ELEM, type);
    protobuf_message(&tensor, TYPE_SHAPE, &dimensions);
    protobuf_message(&whole, TYPE_TENSOR, &tensor);
    protobuf_text(&value, VALUE_NAME, name);
    protobuf_message(&value, VALUE_TYPE, &whole);
    protobuf_text(&value, VALUE_DOC_STRING, about);
    protobuf_message(graph, side == ONNX_INPUT ? GRAPH_INPUT : GRAPH_OUTPUT, &value);
}

void onnx_describe_graph(buffer *graph, const char *name, const char *about)
{
    protobuf_text(graph, GRAPH_NAME, name);
    protobuf_text(graph, GRAPH_DOC_STRING, about);
}

void onnx_add_model(buffer *file, unsigned opset, const char *about, buffer *graph)
{
    buffer import = {0};
    protobuf_number(file, MODEL_IR_VERSION, ir_version(opset));
    protobuf_text(file, MODEL_PRODUCER_NAME, "mnist");
    protobuf_text(file, MODEL_PRODUCER_VERSION, MNIST_VERSION);
    protobuf_text(file, MODEL_DOC_STRING, about);
    protobuf_message(file, MODEL_GRAPH, graph);
    protobuf_number(&import, OPSET_VERSION, opset);
    protobuf_message(file, MODEL_OPSET_IMPORT, &import);
}

void onnx_add_note(buffer *file, const char *key, const char *value)
{
    buffer entry = {0};
    protobuf_text(&entry, ENTRY_KEY, key);
    protobuf_text(&entry, ENTRY_VALUE, value);
    protobuf_message(file, MODEL_METADATA_PROPS, &entry);
}
