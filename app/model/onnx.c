#include "model/onnx.h"

#include <stdlib.h>
#include <string.h>

#include "formats/onnx.h"
#include "formats/onnx_text.h"
#include "model/c_numbers.h"
#include "model/onnx/files.h"
#include "model/onnx_tensors.h"
#include "model/patches_numbers.h"

/* What a graph needs for the features of a map. */
typedef struct graph_kind {
    const feature_map *map;
    const char *text;
    unsigned
        opset; /* the first that has all its operators as they are used; 13 is the first with Softmax along one axis */
    const char *about;
} graph_kind;

static const graph_kind kinds[] = {
    {&feature_map_pixels, onnx_pixels, 13,
     "probabilities = softmax((weight x / 255 + bias) / temperature), x the pixels of an image row by row"},
    {&feature_map_deskew, onnx_deskew, 16,
     "probabilities = softmax((weight x / 255 + bias) / temperature), x the pixels of the deskewed image row by row"},
    {&feature_map_patches, onnx_patches, 16,
     "probabilities = softmax((unit weight x + bias) / temperature), x the bytes of pooled responses to random patches"},
};

static const graph_kind *find_kind(const feature_map *map)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].map == map)
            return &kinds[i];
    return NULL;
}

bool onnx_takes(const feature_map *map)
{
    return find_kind(map);
}

/* The values of the names in a text. */
typedef struct graph_export {
    const model *m;
    const feature_transform *t;
} graph_export;

static void print_named(const void *context, const char *name, buffer *b)
{
    const graph_export *e = context;
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"rows", e->m->n_rows}, {"columns", e->m->n_columns}, {"features", e->m->n_features}};
    const struct {
        const char *name;
        double value;
    } reals[] = {{"alpha", e->t->map->unit / e->m->temperature}, /* in place of each feature */
                 {"beta", 1 / e->m->temperature},
                 {"per_row", 2 / (double)e->m->n_rows}, /* rows are from -1 to 1 */
                 {"per_column", 2 / (double)e->m->n_columns}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(name, sizes[i].name) == 0)
            buffer_print(b, "%zu", sizes[i].value);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (strcmp(name, reals[i].name) == 0)
            c_float_print((float)reals[i].value, b);
    if (e->t->prepared)
        (void)patches_number_print(e->t->prepared, name, b);
}

static void add_tensors(const model *m, const feature_transform *t, buffer *graph)
{
    onnx_add_tensor(graph, "weight", ONNX_FLOAT, 2, (const size_t[]){m->n_classes, m->n_features}, m->weight);
    onnx_add_tensor(graph, "bias", ONNX_FLOAT, 1, (const size_t[]){m->n_classes}, m->bias);
    if (t->map != &feature_map_pixels)
        onnx_add_moment_tensors(m->n_rows, m->n_columns, graph);
    if (t->map == &feature_map_patches)
        onnx_add_patches_tensors(t->prepared, graph);
}

static buffer make_graph(const model *m, const feature_transform *t, const graph_kind *kind)
{
    buffer graph = {0}, text = {0};
    buffer_fill_in(&text, kind->text, print_named, &(graph_export){m, t});
    buffer_add(&text, "", 1);
    if (text.failed)
        graph.failed = true;
    else
        onnx_add_text(&graph, text.data);
    free(text.data);
    onnx_describe_graph(&graph, "softmax_regression", kind->about);
    add_tensors(m, t, &graph);
    onnx_add_value(&graph, ONNX_INPUT, "pixels", ONNX_UINT8, 2, (const size_t[]){m->n_rows, m->n_columns},
                   "N images from the top row down, 0 for paper to 255 for ink, as the training images are");
    onnx_add_value(&graph, ONNX_OUTPUT, "probabilities", ONNX_FLOAT, 1, (const size_t[]){m->n_classes},
                   "of each class for each image");
    return graph;
}

status onnx_print(const model *m, buffer *b, failure *f)
{
    const graph_kind *kind = find_kind(features_map(&m->features));
    feature_transform t = {0};
    const status result = kind ? features_open(&m->features, m->n_rows, m->n_columns, NULL, &t, f)
                               : fail(f, "features that no graph computes");
    if (result != STATUS_OK)
        return result;
    buffer graph = make_graph(m, &t, kind);
    onnx_add_model(b, kind->opset, "Softmax regression (multinomial logistic regression) on images.", &graph);
    for (size_t i = 0; i < m->n_notes; i++) /* how the model was trained */
        onnx_add_note(b, m->notes[i].key, m->notes[i].value);
    features_close(&t);
    return STATUS_OK;
}
