/* A grey picture of any size: a byte for its width, two for the rows and columns of the model, then the pixels. */
#include "data/digit.h"

#include <stdlib.h>

#include "target.h"

enum { HEADER_BYTES = 3, MAX_MODEL_SIDE = 40 };

static void check(const grey_image *picture, size_t n_rows, size_t n_columns, const uint8_t *pixels,
                  const digit_box *box, bool found)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n_rows * n_columns; i++)
        sum += pixels[i];
    require(found == (sum > 0), "there is ink where a digit was found, and nowhere else");
    if (!found)
        return;
    require(box->width > 0 && box->height > 0, "the box holds something");
    require(box->left + box->width <= picture->width && box->top + box->height <= picture->height,
            "the box lies in the picture");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t width = size > HEADER_BYTES ? data[0] : 0;
    const size_t height = width > 0 ? (size - HEADER_BYTES) / width : 0;
    if (height == 0)
        return 0;
    const size_t n_rows = 1 + data[1] % MAX_MODEL_SIDE, n_columns = 1 + data[2] % MAX_MODEL_SIDE;
    const grey_image picture = {width, height, calloc(width * height, sizeof *picture.values)};
    uint8_t *pixels = malloc(n_rows * n_columns);
    for (size_t i = 0; picture.values && i < width * height; i++)
        picture.values[i] = (float)data[HEADER_BYTES + i] / 255;
    digit_box box;
    bool found;
    failure f = {""};
    if (picture.values && pixels) {
        require(digit_normalise(&picture, n_rows, n_columns, pixels, &box, &found, &f) == STATUS_OK, "it succeeds");
        check(&picture, n_rows, n_columns, pixels, &box, found);
    }
    free(pixels);
    free(picture.values);
    return 0;
}
