/* Images of one size side by side in one PNG, from which the page of the report cuts them out. */
#pragma once

#include "base/buffer.h"
#include "show/examples.h"
#include "model/model.h"

/* Starts as {0}; sheet_destroy frees what it holds. */
typedef struct sheet {
    size_t n_tiles, n_across, n_down;
    size_t tile_height, tile_width; /* in pixels of the PNG */
    bytes png;                      /* none if there are no tiles */
} sheet;

/* The images of the examples [n], 0 black to 255 white as they are in the data; large ones are reduced. */
status sheet_of_images(const dataset *data, size_t n, const example *examples, sheet *sh, failure *f);

/* The weights of every class, in the colours of the weights command, all on one scale from -range to +range. */
status sheet_of_weights(const model *m, double range, sheet *sh, failure *f);
void sheet_destroy(sheet *sh);
