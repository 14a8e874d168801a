#include "commands/predict_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "commands/command.h"
#include "data/dataset.h"
#include "model/feature_store.h"
#include "base/buffer.h"

static status predict(const dataset *data, const model *m, const sm_execution *execution, float *probabilities,
                      failure *f)
{
    feature_store store;
    feature_range range;
    const status result = feature_store_create(data, &m->features, execution, 0, &store, f);
    if (result != STATUS_OK)
        return result;
    const sm_source source = feature_store_source(&store, 0, data->n_samples, m->n_classes, &range);
    const sm_model view = model_view(m);
    const sm_status predicted = sm_predict(&view, &source, execution, probabilities, NULL);
    feature_store_destroy(&store);
    return predicted == SM_OK ? STATUS_OK : fail_library(f, data->images_path, predicted);
}

static status print_probabilities(size_t n_rows, const model *m, const float *probabilities, failure *f)
{
    buffer b = {0};
    buffer_print(&b, "class");
    for (size_t k = 0; k < m->n_classes; k++) {
        buffer_print(&b, ",");
        buffer_add_cell(&b, m->names->names[k]);
    }
    for (size_t i = 0; i < n_rows; i++) {
        const float *row = probabilities + i * m->n_classes;
        buffer_print(&b, "\n");
        buffer_add_cell(&b, m->names->names[sm_argmax(m->n_classes, row)]);
        for (size_t k = 0; k < m->n_classes; k++)
            buffer_print(&b, ",%.6g", (double)row[k]);
    }
    buffer_print(&b, "\n");
    return print_buffer(&b, f);
}

status predict_table(const char *path, const model *m, const sm_execution *execution, failure *f)
{
    const table_format format = {.has_no_labels = true};
    dataset data = {0};
    float *probabilities = NULL;
    status result = dataset_load_table(path, &format, &data, f);
    if (result == STATUS_OK && data.n_columns != m->n_columns)
        result =
            fail(f, "%s: has %zu columns, the model reads %zu, without labels", path, data.n_columns, m->n_columns);
    if (result == STATUS_OK && !(probabilities = calloc(data.n_samples, m->n_classes * sizeof *probabilities)))
        result = fail_memory(f);
    if (result == STATUS_OK)
        result = predict(&data, m, execution, probabilities, f);
    if (result == STATUS_OK)
        result = print_probabilities(data.n_samples, m, probabilities, f);
    free(probabilities);
    dataset_destroy(&data);
    return result;
}
