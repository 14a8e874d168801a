/* A PNG of any kind. Large ones are skipped, because they are slow. */
#include "formats/png.h"

#include <stdlib.h>

#include "target.h"

enum { WIDTH_AT = 16, HEADER_END = 24 };

/* Whether both sides in the header are below 256. */
static bool is_small(const uint8_t *data, size_t size)
{
    bool small = true;
    for (size_t i = WIDTH_AT; i < HEADER_END && size >= HEADER_END; i++)
        small = small && (i % 4 == 3 || data[i] == 0);
    return small;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    picture grey = {0};
    failure f = {""};
    if (!is_small(data, size))
        return 0;
    const status result = png_parse_grey("file", data, size, &grey, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require((result == STATUS_OK) == (grey.values != NULL), "a failure leaves nothing");
    unsigned sum = 0;
    for (size_t i = 0; i < grey.width * grey.height; i++)
        sum += grey.values[i];
    require(sum <= 255 * grey.width * grey.height, "the pixels are bytes");
    free(grey.values);
    return 0;
}
