#include "digits/foreground.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/sizes.h"
#include "digits/background.h"
#include "digits/opening.h"

/* Solid foreground differs from the background by more than this, and by more than this many deviations of
 * noise. */
static const double MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

/* No stroke holds a square of this share of the picture's longer side. */
static const double BROAD = 0.4;

/* A background with this many times the noise of another was fitted to foreground, too. */
static const double WORSE_FIT = 2;

/* The sum of the contrast above the noise. */
static double mass_above_noise(size_t n, const float *contrast, double noise)
{
    double mass = 0;
    for (size_t i = 0; i < n; i++)
        mass += double_max((double)contrast[i] - 4 * noise, 0);
    return mass;
}

/* The contrast of solid foreground: the 95th percentile of the pixels above the noise. */
static double full_contrast(size_t n, const float *contrast, double noise, float *scratch)
{
    size_t n_above = 0;
    for (size_t i = 0; i < n; i++)
        if ((double)contrast[i] > double_max(4 * noise, MIN_CONTRAST / 2))
            scratch[n_above++] = contrast[i];
    return quantile(n_above, scratch, 0.95);
}

static background fit_background(const grey_image *picture, float *scratch)
{
    const background in_all = background_fit(picture, BACKGROUND_IN_ALL, scratch);
    const background in_margin = background_fit(picture, BACKGROUND_IN_MARGIN, scratch);
    const bool fits_worse =
        in_all.noise > WORSE_FIT * in_margin.noise || background_share_of_margin(&in_all, picture) < 0.5;
    return fits_worse && background_share_of_margin(&in_margin, picture) >= 0.5 ? in_margin : in_all;
}

/* By how much each pixel is darker and brighter than the background, without broad shapes. */
static status subtract_background(const grey_image *picture, const background *b, float *darker, float *brighter,
                                  failure *f)
{
    const size_t width = picture->width, height = picture->height;
    const size_t side = (size_t)(BROAD * (double)size_max(width, height)) + 1;
    for (size_t i = 0; i < width * height; i++) {
        const float rest = (float)((double)picture->values[i] - background_at(b, picture, i / width, i % width));
        brighter[i] = float_max(rest, 0);
        darker[i] = float_max(-rest, 0);
    }
    const status result = remove_broad(&(grey_image){width, height, brighter}, side, b->noise, f);
    return result == STATUS_OK ? remove_broad(&(grey_image){width, height, darker}, side, b->noise, f) : result;
}

/* Turns contrast into foreground, 0 to 1. */
static void normalise_contrast(size_t n, double noise, double full, float *contrast)
{
    /* If there is practically no noise, even the faintest edge of a stroke is foreground. */
    const double least = noise > 1.5 * MIN_NOISE ? 3 * noise : MIN_NOISE;
    for (size_t i = 0; i < n; i++)
        contrast[i] = (float)double_min(double_max(((double)contrast[i] - least) / (full - least), 0), 1);
}

/* The same for a picture of the final size; scratch [height, width] is overwritten. */
static status find_in_reduced(const grey_image *picture, float *values, float *scratch, bool *found, failure *f)
{
    const size_t n = picture->width * picture->height;
    const background b = fit_background(picture, scratch);
    const status result = subtract_background(picture, &b, values, scratch, f);
    if (result != STATUS_OK)
        return result;
    if (mass_above_noise(n, scratch, b.noise) >= mass_above_noise(n, values, b.noise))
        memcpy(values, scratch, n * sizeof *values);
    const double full = full_contrast(n, values, b.noise, scratch);
    *found = full > double_max(MIN_CONTRAST, MIN_DEVIATIONS * b.noise);
    if (*found)
        normalise_contrast(n, b.noise, full, values);
    return STATUS_OK;
}

status find_foreground(const grey_image *picture, size_t max_side, grey_image *foreground, bool *found, failure *f)
{
    const size_t side = size_max(picture->width, picture->height);
    const double scale = side > max_side ? (double)max_side / (double)side : 1;
    const region all = {0, 0, (double)picture->width, (double)picture->height};
    grey_image reduced;
    *foreground = (grey_image){0};
    status result = resample_by(picture, &all, scale, max_side, max_side, &reduced, f);
    if (result != STATUS_OK)
        return result;
    grey_image scratch = {0};
    result = grey_image_create(reduced.width, reduced.height, foreground, f);
    if (result == STATUS_OK)
        result = grey_image_create(reduced.width, reduced.height, &scratch, f);
    if (result == STATUS_OK)
        result = find_in_reduced(&reduced, foreground->values, scratch.values, found, f);
    free(scratch.values);
    free(reduced.values);
    return result;
}
