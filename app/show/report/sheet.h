/* Pictures of the same size side by side on one sheet, a PNG, from which the page cuts them out. */
#pragma once

#include "data/dataset.h"
#include "base/buffer.h"
#include "model/model.h"

typedef struct sheet {
    size_t n_tiles, n_across;
    size_t tile_height, tile_width; /* in pixels of the PNG */
    bytes png;
} sheet;

/* The test images samples [n], 0 black to 255 white as they are in the data; large ones are made smaller.
 * An empty sheet has no PNG. */
status sheet_of_images(const dataset *data, size_t n, const size_t *samples, sheet *sh, failure *f);

/* The weights of every class, in the colours of the weights command: all in one scale from -range to +range. */
status sheet_of_weights(const model *m, double range, sheet *sh, failure *f);

/* Frees what it holds; {0} is allowed. */
void sheet_destroy(sheet *sh);
