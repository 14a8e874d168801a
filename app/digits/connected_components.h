/* Connected components of the foreground. */
#pragma once

#include "base/grey_image.h"
#include "base/pool.h"

/* A rectangle of a picture, in pixels. */
typedef struct digit_box {
    size_t left, top, width, height;
} digit_box;

/* The smallest box around both; one of no width is ignored. */
digit_box join_boxes(const digit_box *a, const digit_box *b);

/* Pixels that touch, if only at corners. */
typedef struct component {
    size_t n_solid; /* its solid pixels (see foreground.h) */
    size_t n_outer; /* those of them at the edge of the picture */
    size_t digit;   /* the digit that it belongs to (see reading_order.h) */
    digit_box box;
} component;

typedef struct components {
    size_t n;
    component *list; /* [n], in the order of their first pixels, row by row */
    size_t *labels;  /* [height, width]: 1 + the component of each pixel, 0 for background */
} components;

/* Finds the components of foreground above a threshold, and gives each the fainter foreground that touches it.
 * Drops, and clears in the map, foreground that belongs to none; components along the edge of the picture if another
 * one keeps off the edge (the surroundings of the page); and specks, which have little solid foreground in
 * comparison with the largest. The arrays of *found are taken from `memory`. */
status find_components(const grey_image *foreground, float threshold, pool *memory, components *found, failure *f);
