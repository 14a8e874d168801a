/* CSV: with labels in the last column or a named one, with known classes, and without labels. */
#include <math.h>

#include "data/table.h"
#include "target.h"

static void parse(const uint8_t *data, size_t size, const table_format *format)
{
    dataset t = {0};
    failure f = {""};
    const status result = table_parse("file", data, size, format, &t, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require((result == STATUS_OK) == (t.values != NULL), "a failure leaves nothing");
    for (size_t i = 0; i < t.n_samples * t.n_columns; i++)
        require(isfinite(t.values[i]), "values are finite");
    for (size_t i = 0; t.labels && i < t.n_samples; i++)
        require(t.labels[i] < t.names->n, "every label has a name");
    for (size_t k = 0; t.names && k < t.names->n; k++)
        require(class_name_is_valid(t.names->names[k]), "names can be shown");
    dataset_destroy(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const class_names known = {2, {"a", "b"}};
    parse(data, size, &(table_format){.label = NULL});
    parse(data, size, &(table_format){.label = "1"});
    parse(data, size, &(table_format){.label = "y"});
    parse(data, size, &(table_format){.known = &known});
    parse(data, size, &(table_format){.has_no_labels = true});
    return 0;
}
