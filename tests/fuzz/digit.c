/* A grey picture of any size. The input is a byte for its width, two for the rows and columns of the model, and the
 * pixels. */
#include "digits/digit.h"

#include <stdlib.h>

#include "target.h"

enum { HEADER_BYTES = 3, MAX_MODEL_SIDE = 40 };

static void check(const grey_image *picture, const digits *found, size_t i)
{
    const size_t n = found->n_rows * found->n_columns;
    const digit_box *box = &found->boxes[i];
    unsigned sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += found->pixels[i * n + j];
    require(sum > 0, "there is ink where a digit was found");
    require(box->width > 0 && box->height > 0, "the box is not empty");
    require(box->left + box->width <= picture->width && box->top + box->height <= picture->height,
            "the box lies in the picture");
    require(i == 0 || found->lines[i] >= found->lines[i - 1], "digits come line by line");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t width = size > HEADER_BYTES ? data[0] : 0;
    const size_t height = width > 0 ? (size - HEADER_BYTES) / width : 0;
    if (height == 0)
        return 0;
    const size_t n_rows = 1 + data[1] % MAX_MODEL_SIDE, n_columns = 1 + data[2] % MAX_MODEL_SIDE;
    const grey_image picture = {width, height, calloc(width * height, sizeof *picture.values)};
    for (size_t i = 0; picture.values && i < width * height; i++)
        picture.values[i] = (float)data[HEADER_BYTES + i] / 255;
    for (int all = 0; picture.values && all <= 1; all++) {
        digits found;
        failure f = {""};
        require(digits_find(&picture, n_rows, n_columns, all, &found, &f) == STATUS_OK, "it succeeds");
        require(all || found.n <= 1, "there is at most one digit if one is asked for");
        for (size_t i = 0; i < found.n; i++)
            check(&picture, &found, i);
        digits_destroy(&found);
    }
    free(picture.values);
    return 0;
}
