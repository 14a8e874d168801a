#include "digits/ink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits/opening.h"
#include "digits/paper.h"

/* Ink differs from paper by more than this, and by more than so many deviations of the noise. */
static const double MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

/* No stroke has room for a square of this share of the picture's longer side. */
static const double BROAD = 0.4;

/* Paper that leaves so many times the noise of another is mixed with ink. */
static const double WORSE_FIT = 2;

/* How much stands out of the noise, over all. */
static double mass_of(size_t n, const float *ink, double noise)
{
    double mass = 0;
    for (size_t i = 0; i < n; i++)
        mass += fmax((double)ink[i] - 4 * noise, 0);
    return mass;
}

/* Leaves in ink by how much each pixel is brighter (sign 1) or darker (sign -1) than paper, without what is broad. */
static status subtract_paper(const grey_image *picture, const paper *p, float sign, float *ink, failure *f)
{
    const size_t longer = picture->width > picture->height ? picture->width : picture->height;
    for (size_t row = 0; row < picture->height; row++) {
        for (size_t column = 0; column < picture->width; column++) {
            const size_t i = row * picture->width + column;
            const float rest = (float)((double)picture->values[i] - paper_brightness(p, picture, row, column));
            ink[i] = fmaxf(sign * rest, 0);
        }
    }
    return remove_broad(&(grey_image){picture->width, picture->height, ink}, (size_t)(BROAD * (double)longer) + 1,
                        p->noise, f);
}

/* The difference of solid ink from paper: what is above the noise, without the brightest twentieth. */
static double full_ink(size_t n, const float *ink, double noise, float *scratch)
{
    size_t n_above = 0;
    for (size_t i = 0; i < n; i++)
        if ((double)ink[i] > fmax(4 * noise, MIN_CONTRAST / 2))
            scratch[n_above++] = ink[i];
    return quantile(n_above, scratch, 0.95);
}

/* Most of a picture is paper, or else, as where it is cropped to its ink, most of its margin. */
static paper choose_paper(const grey_image *picture, float *scratch)
{
    const paper by_most = paper_fit(picture, PAPER_IS_THE_MOST, scratch);
    const paper by_margin = paper_fit(picture, PAPER_IS_IN_THE_MARGIN, scratch);
    const bool fits_worse =
        by_most.noise > WORSE_FIT * by_margin.noise || paper_share_of_margin(&by_most, picture) < 0.5;
    return fits_worse && paper_share_of_margin(&by_margin, picture) >= 0.5 ? by_margin : by_most;
}

status ink_find(const grey_image *picture, float *ink, bool *found, failure *f)
{
    const size_t n = picture->width * picture->height;
    float *scratch = calloc(n, sizeof *scratch);
    if (!scratch)
        return fail_memory(f);
    const paper p = choose_paper(picture, scratch);
    status result = subtract_paper(picture, &p, 1, scratch, f);
    if (result == STATUS_OK)
        result = subtract_paper(picture, &p, -1, ink, f);
    if (mass_of(n, scratch, p.noise) >= mass_of(n, ink, p.noise))
        memcpy(ink, scratch, n * sizeof *ink);
    const double full = full_ink(n, ink, p.noise, scratch);
    *found = full > fmax(MIN_CONTRAST, MIN_DEVIATIONS * p.noise);
    /* Where there is no noise to speak of, the faintest edge of a stroke is ink. */
    const double none = p.noise > 1.5 * MIN_NOISE ? 3 * p.noise : MIN_NOISE;
    for (size_t i = 0; *found && i < n; i++)
        ink[i] = (float)fmin(fmax(((double)ink[i] - none) / (full - none), 0), 1);
    free(scratch);
    return result;
}
