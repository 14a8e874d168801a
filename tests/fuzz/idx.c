/* The IDX format: a whole file, and its header alone. */
#include <stdlib.h>
#include <string.h>

#include "data/idx.h"
#include "target.h"

/* Reads every value, so that a sanitizer detects one beyond the end. */
static unsigned sum_values(const idx *array)
{
    unsigned sum = 0;
    for (size_t i = 0; i < array->n_values; i++)
        sum += array->values[i];
    return sum;
}

static void parse(uint8_t *content, size_t size, size_t n_dimensions)
{
    idx array = {0}, header = {0};
    failure f = {""};
    const size_t head_size = size < IDX_MAX_HEADER_BYTES ? size : IDX_MAX_HEADER_BYTES;
    const status parsed = idx_parse("file", content, size, n_dimensions, &array, &f);
    require((parsed == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    const status checked = idx_parse_header("file", content, head_size, n_dimensions, size, true, &header, &f);
    require(parsed == checked, "the header alone is enough to refuse a file");
    if (parsed != STATUS_OK)
        return;
    require(idx_file_bytes(&header) == size, "the header announces the size");
    require(array.values + array.n_values == content + size, "the values end with the file");
    require(sum_values(&array) <= 255 * array.n_values, "the values are bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *content = malloc(size);
    if (size > 0 && !content)
        return 0;
    if (size > 0)
        memcpy(content, data, size);
    for (size_t n_dimensions = 1; n_dimensions <= IDX_MAX_DIMENSIONS; n_dimensions++)
        parse(content, size, n_dimensions);
    free(content);
    return 0;
}
