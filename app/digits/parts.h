/* What hangs together in a map of ink. */
#pragma once

#include "digits/ink.h"

/* Where something lies, in pixels. */
typedef struct digit_box {
    size_t left, top, width, height;
} digit_box;

/* Pixels that hang together, corners included. */
typedef struct part {
    size_t n_solid; /* pixels with solid ink */
    size_t n_outer; /* those of them in the outermost rows and columns of the picture */
    digit_box box;
} part;

typedef struct parts {
    size_t n;
    part *list;     /* [n], in the order of their first pixels, row by row */
    size_t *labels; /* [height, width]: 1 + the part of each pixel, 0 for those of none */
} parts;

/* Finds what hangs together by ink above a threshold, gives each part the fainter ink that touches it, and clears
 * in the map whatever belongs to none, runs along the edge of the picture while other parts keep off it (what lies
 * beside the paper), or has little solid ink next to the largest part (specks). *found is for parts_destroy, also
 * after a failure. */
status parts_find(const grey_image *ink, float threshold, parts *found, failure *f);

/* Frees what it holds; {0} is allowed. */
void parts_destroy(parts *p);

/* The smallest box that holds both; one without pixels is left out. */
digit_box join_boxes(const digit_box *a, const digit_box *b);
