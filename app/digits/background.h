/* The brightness of the background of a picture. */
#pragma once

#include "base/grey_image.h"

enum { BACKGROUND_TERMS = 6 };

/* Brightness as a polynomial of degree 2 (it may be lit unevenly), and the noise around it. */
typedef struct background {
    double coefficients[BACKGROUND_TERMS]; /* of 1, x, y, x^2, x y, y^2; x and y go from -1 to 1 over the picture */
    double noise;                          /* standard deviation of a pixel, at least MIN_NOISE */
} background;

/* Half the step between two brightnesses of 8 bits: less noise than this cannot be told from none. */
static const double MIN_NOISE = 0.5 / 255;

/* The pixels from which the fit starts: pixels near their median are background. */
typedef enum background_start {
    BACKGROUND_IN_ALL,   /* all pixels, more than half of which are background */
    BACKGROUND_IN_MARGIN /* those along the edges, for a picture that is cropped to its writing */
} background_start;

/* Fits the background of a picture by trimmed least squares (Rousseeuw & Leroy 1987, Robust Regression and Outlier
 * Detection); scratch [height, width] is overwritten. */
background background_fit(const grey_image *picture, background_start start, float *scratch);

/* The brightness of the background at a pixel. */
double background_at(const background *b, const grey_image *picture, size_t row, size_t column);

/* The share, 0 to 1, of the pixels in the margin of the picture that differ from the background by no more than
 * noise. */
double background_share_of_margin(const background *b, const grey_image *picture);

/* The quantile of n values, each 0 or more, at a share from 0 to 1; 0 if n is 0. */
double quantile(size_t n, const float *values, double share);
