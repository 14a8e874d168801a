#include "model/onnx.h"

#include "formats/protobuf.h"

/* The numbers of the fields in onnx.proto (https://github.com/onnx/onnx), under their names there. */
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
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_DOC_STRING = 10,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12
};
enum node_field { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum attribute_field { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_TYPE = 20 };
enum attribute_type { ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2 };
enum tensor_field { TENSOR_DIMS = 1, TENSOR_DATA_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW_DATA = 9 };
enum value_field { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC_STRING = 3 };
enum type_field { TYPE_TENSOR = 1, TYPE_ELEM = 1, TYPE_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };
enum data_type { DATA_FLOAT = 1, DATA_UINT8 = 2 };

/* The first opset whose Softmax works along one axis, and the version of the file format that came with it. */
enum { OPSET = 13, IR_VERSION = 7 };

/* name is NULL for none. */
typedef struct attribute {
    const char *name;
    enum attribute_type type;
    double value;
} attribute;

static void add_attribute(buffer *node, const attribute *a)
{
    buffer message = {0};
    protobuf_text(&message, ATTRIBUTE_NAME, a->name);
    if (a->type == ATTRIBUTE_FLOAT)
        protobuf_float(&message, ATTRIBUTE_F, (float)a->value);
    else
        protobuf_number(&message, ATTRIBUTE_I, (uint64_t)a->value);
    protobuf_number(&message, ATTRIBUTE_TYPE, a->type);
    protobuf_message(node, NODE_ATTRIBUTE, &message);
}

static void add_nodes(const model *m, buffer *graph)
{
    enum { MOST = 3 };
    const struct {
        const char *type, *inputs[MOST], *output;
        attribute attributes[MOST];
    } nodes[] = {
        {"Cast", {"pixels"}, "values", {{"to", ATTRIBUTE_INT, DATA_FLOAT}}},
        {"Flatten", {"values"}, "rows", {{"axis", ATTRIBUTE_INT, 1}}},
        {"Gemm",
         {"rows", "weight", "bias"},
         "scores",
         {{"alpha", ATTRIBUTE_FLOAT, 1 / (255 * m->temperature)},
          {"beta", ATTRIBUTE_FLOAT, 1 / m->temperature},
          {"transB", ATTRIBUTE_INT, 1}}},
        {"Softmax", {"scores"}, "probabilities", {{"axis", ATTRIBUTE_INT, 1}}},
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        buffer node = {0};
        for (size_t j = 0; j < MOST && nodes[i].inputs[j]; j++)
            protobuf_text(&node, NODE_INPUT, nodes[i].inputs[j]);
        protobuf_text(&node, NODE_OUTPUT, nodes[i].output);
        protobuf_text(&node, NODE_NAME, nodes[i].type);
        protobuf_text(&node, NODE_OP_TYPE, nodes[i].type);
        for (size_t j = 0; j < MOST && nodes[i].attributes[j].name; j++)
            add_attribute(&node, &nodes[i].attributes[j]);
        protobuf_message(graph, GRAPH_NODE, &node);
    }
}

static void add_tensor(buffer *graph, const char *name, size_t n_dimensions, const size_t *shape,
                       const float *values)
{
    buffer tensor = {0}, data = {0};
    size_t n = 1;
    for (size_t i = 0; i < n_dimensions; i++) {
        protobuf_number(&tensor, TENSOR_DIMS, shape[i]);
        n *= shape[i];
    }
    protobuf_number(&tensor, TENSOR_DATA_TYPE, DATA_FLOAT);
    protobuf_text(&tensor, TENSOR_NAME, name);
    buffer_add_values(&data, n, sizeof *values, values);
    protobuf_message(&tensor, TENSOR_RAW_DATA, &data); /* bytes are encoded like a message */
    protobuf_message(graph, GRAPH_INITIALIZER, &tensor);
}

/* Describes an input or output: N times this shape. */
static void add_value(buffer *graph, unsigned field, const char *name, unsigned type, size_t n_dimensions,
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
    protobuf_message(graph, field, &value);
}

static buffer make_graph(const model *m)
{
    buffer graph = {0};
    add_nodes(m, &graph);
    protobuf_text(&graph, GRAPH_NAME, "softmax_regression");
    add_tensor(&graph, "weight", 2, (const size_t[]){m->n_classes, m->n_features}, m->weight);
    add_tensor(&graph, "bias", 1, (const size_t[]){m->n_classes}, m->bias);
    protobuf_text(
        &graph, GRAPH_DOC_STRING,
        "probabilities = softmax((weight x / 255 + bias) / temperature), x the pixels of an image row by row");
    add_value(&graph, GRAPH_INPUT, "pixels", DATA_UINT8, 2, (const size_t[]){m->n_rows, m->n_columns},
              "N images from the top row down, 0 for paper to 255 for ink, as the training images are");
    add_value(&graph, GRAPH_OUTPUT, "probabilities", DATA_FLOAT, 1, (const size_t[]){m->n_classes},
              "of each class for each image");
    return graph;
}

void onnx_print(const model *m, buffer *b)
{
    buffer graph = make_graph(m), opset = {0};
    protobuf_number(b, MODEL_IR_VERSION, IR_VERSION);
    protobuf_text(b, MODEL_PRODUCER_NAME, "mnist");
    protobuf_text(b, MODEL_PRODUCER_VERSION, MNIST_VERSION);
    protobuf_text(b, MODEL_DOC_STRING,
                  "Softmax regression (multinomial logistic regression) on the pixels of images.");
    protobuf_message(b, MODEL_GRAPH, &graph);
    protobuf_number(&opset, OPSET_VERSION, OPSET);
    protobuf_message(b, MODEL_OPSET_IMPORT, &opset);
    for (size_t i = 0; i < m->n_notes; i++) { /* how the model was trained */
        buffer entry = {0};
        protobuf_text(&entry, ENTRY_KEY, m->notes[i].key);
        protobuf_text(&entry, ENTRY_VALUE, m->notes[i].value);
        protobuf_message(b, MODEL_METADATA_PROPS, &entry);
    }
}
