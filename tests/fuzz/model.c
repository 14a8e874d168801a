/* The model file. */
#include "model/model_file.h"

#include <math.h>
#include <string.h>

#include "target.h"

static void check_model(const model *m)
{
    require(m->n_classes > 0 && m->n_classes <= SM_MAX_CLASSES, "the number of classes is in range");
    size_t n_features = 0;
    failure f = {""};
    require(features_count(&m->features, m->n_rows, m->n_columns, &n_features, &f) == STATUS_OK &&
                m->n_features == n_features,
            "the number of features agrees with the map");
    for (size_t i = 0; i < m->n_classes * m->n_features; i++)
        require(isfinite(m->weight[i]), "every weight is finite");
    for (size_t k = 0; k < m->n_classes; k++)
        require(isfinite(m->bias[k]), "every bias is finite");
    for (size_t i = 0; i < m->n_notes; i++)
        require(strlen(m->notes[i].key) < sizeof m->notes->key &&
                    strlen(m->notes[i].value) < sizeof m->notes->value,
                "a note ends");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    model m = {0};
    failure f = {""};
    const status result = model_parse("file", data, size, &m, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require(result == STATUS_OK || !m.weight, "a failure leaves nothing");
    if (result == STATUS_OK)
        check_model(&m);
    model_destroy(&m);
    return 0;
}
