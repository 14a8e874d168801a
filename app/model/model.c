#include "model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

status model_allocate(model *m, failure *f)
{
    m->weight = calloc(m->n_classes, m->n_features * sizeof *m->weight);
    m->bias = calloc(m->n_classes, sizeof *m->bias);
    return m->weight && m->bias ? STATUS_OK : fail_memory(f);
}

status model_create(size_t n_classes, size_t n_rows, size_t n_columns, const feature_choice *features, model *m,
                    failure *f)
{
    model made = {
        .n_classes = n_classes, .n_rows = n_rows, .n_columns = n_columns, .features = *features, .temperature = 1};
    status result = features_count(features, n_rows, n_columns, &made.n_features, f);
    if (result == STATUS_OK)
        result = model_allocate(&made, f);
    if (result == STATUS_OK)
        *m = made;
    else
        model_destroy(&made);
    return result;
}

void model_destroy(model *m)
{
    free(m->bias);
    free(m->weight);
    free(m->names);
    *m = (model){0};
}

void model_add_note(model *m, const char *key, const char *format, ...)
{
    if (m->n_notes == MODEL_MAX_NOTES)
        return;
    model_note *note = &m->notes[m->n_notes++];
    va_list arguments;
    va_start(arguments, format);
    (void)snprintf(note->key, sizeof note->key, "%s", key);
    clean_text(note->key, true);
    (void)vsnprintf(note->value, sizeof note->value, format, arguments);
    va_end(arguments);
    clean_text(note->value, true); /* it may have been cut within a character */
}

sm_model model_view(const model *m)
{
    return (sm_model){m->n_classes, m->n_features, m->weight, m->bias, m->temperature};
}
