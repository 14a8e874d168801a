/* A PNG of the size that it claims, as long as that is small, or of another. */
#include "files/png.h"

#include <stdlib.h>

#include "target.h"

enum { WIDTH_AT = 16, HEIGHT_AT = 20, HEADER_END = 24, MAX_SIDE = 64 };

/* A size in the header, if it is one of a small picture. */
static size_t small_side(const uint8_t *data, size_t size, size_t at)
{
    const size_t other = 5;
    if (size < HEADER_END || data[at] != 0 || data[at + 1] != 0 || data[at + 2] != 0)
        return other;
    return data[at + 3] > 0 && data[at + 3] <= MAX_SIDE ? data[at + 3] : other;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t width = small_side(data, size, WIDTH_AT), height = small_side(data, size, HEIGHT_AT);
    uint8_t *grey = NULL;
    failure f = {""};
    const status result = png_parse_grey("file", data, size, width, height, &grey, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require((result == STATUS_OK) == (grey != NULL), "a failure leaves nothing");
    unsigned sum = 0;
    for (size_t i = 0; grey && i < width * height; i++)
        sum += grey[i];
    require(sum <= 255 * width * height, "the pixels are bytes");
    free(grey);
    return 0;
}
