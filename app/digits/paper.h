/* The brightness of the paper under some writing. */
#pragma once

#include <stddef.h>

#include "digits/ink.h"

enum { PAPER_TERMS = 6 };

/* Brightness as a surface of second degree, so that paper may be lit unevenly, and the noise on it. */
typedef struct paper {
    double factors[PAPER_TERMS]; /* of 1, x, y, x^2, x y, y^2, where x and y go from -1 to 1 over the picture */
    double noise;                /* standard deviation of a pixel, at least MIN_NOISE */
} paper;

/* Half the step between two brightnesses of 8 bits: less noise than this cannot be told from none. */
static const double MIN_NOISE = 0.5 / 255;

/* What to take for paper at first. */
typedef enum paper_start {
    PAPER_IS_THE_MOST,      /* the median of all pixels: more than half of them are paper */
    PAPER_IS_IN_THE_MARGIN, /* the median along the margin: as in a picture that is cropped to its ink */
    N_PAPER_STARTS
} paper_start;

/* Fits the paper of a picture by trimmed least squares (Rousseeuw & Leroy 1987, Robust Regression and Outlier
 * Detection); scratch [height * width] is overwritten. */
paper paper_fit(const grey_image *picture, paper_start start, float *scratch);

/* The brightness of the paper at a pixel. */
double paper_brightness(const paper *p, const grey_image *picture, size_t row, size_t column);

/* The share, 0 to 1, of the pixels along the margin of the picture that are no further from the paper than its
 * noise explains. */
double paper_share_of_margin(const paper *p, const grey_image *picture);

/* The value, of n that are 0 or more, that a share of them is below; 0 of none. */
double quantile(size_t n, const float *values, double share);
