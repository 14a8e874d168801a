/* Arrays in NumPy's format, and tables made from them. */
#include "formats/npy.h"

#include <math.h>

#include "data/table.h"
#include "target.h"

static void parse_array(const uint8_t *data, size_t size)
{
    npy_array array;
    failure f = {""};
    double sum = 0;
    const status result = npy_parse("file", data, size, &array, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    if (result != STATUS_OK)
        return;
    require(array.values + array.n_values * array.value_bytes == data + size, "the values end with the file");
    for (size_t i = 0; i < array.n_values; i++)
        sum += npy_value(&array, i);
    require(array.kind == 'f' || isfinite(sum), "whole numbers are finite");
}

static void parse_table(const uint8_t *data, size_t size, const table_format *format)
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
    dataset_destroy(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse_array(data, size);
    if (!npy_has_magic(data, size))
        return 0;
    parse_table(data, size, &(table_format){.label = NULL});
    parse_table(data, size, &(table_format){.label = "1"});
    parse_table(data, size, &(table_format){.has_no_labels = true});
    return 0;
}
