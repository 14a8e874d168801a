#include "model/patches_numbers.h"

#include <math.h>
#include <string.h>

#include "base/sizes.h"
#include "features/moment_normalisation.h"
#include "model/c_numbers.h"

/* Filters that a C header computes at a time: a power of two, so large that its number has no more than 4 bits. */
static size_t block_of(const patches *p)
{
    enum { LEAST = PATCHES_ORDER / 16, MOST = 128 };
    size_t block = LEAST;
    while (block < MOST && block < p->n_filters)
        block *= 2;
    return block;
}

static bool print_size(const patches *p, const char *name, buffer *b)
{
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"views", p->n_views},
                 {"filters", p->n_filters},
                 {"order", PATCHES_ORDER},
                 {"block", block_of(p)},
                 {"cells", PATCHES_CELLS},
                 {"directions", PATCHES_DIRECTIONS},
                 {"channels", PATCHES_CHANNELS},
                 {"margin", PATCHES_MARGIN},
                 {"grid_rows", p->n_grid_rows},
                 {"grid_columns", p->n_grid_columns},
                 {"side", PATCHES_SIDE},
                 {"points", PATCHES_POINTS},
                 {"down", p->n_down},
                 {"across", p->n_across},
                 {"gradient_reach", PATCHES_GRADIENT_REACH},
                 {"blur_reach", PATCHES_BLUR_REACH},
                 {"norm", PATCHES_NORM},
                 {"patches", p->n_down * p->n_across},
                 {"margin_below", 2 * p->n_grid_rows - PATCHES_MARGIN - p->n_rows},
                 {"margin_right", 2 * p->n_grid_columns - PATCHES_MARGIN - p->n_columns}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(name, sizes[i].name) == 0) {
            buffer_print(b, "%zu", sizes[i].value);
            return true;
        }
    }
    return false;
}

/* 1 / (variance that is common to all views), of a deviation in units of a 1/28 of the longer side. */
static float inverse_variance(const patches *p, double deviation)
{
    const double unit = (double)size_max(p->n_rows, p->n_columns) / MOMENTS_COMMON_SIDE;
    return (float)(1 / (deviation * unit * deviation * unit));
}

static bool print_real(const patches *p, const char *name, buffer *b)
{
    const struct {
        const char *name;
        float value;
    } reals[] = {{"detail_scale", (float)PATCHES_DETAIL_SCALE},
                 {"max_root", (float)MOMENTS_MAX_ROOT},
                 {"least_root", (float)(1 / MOMENTS_MAX_ROOT)},
                 {"inverse_down", inverse_variance(p, MOMENTS_COMMON_DOWN)},
                 {"inverse_across", inverse_variance(p, MOMENTS_COMMON_ACROSS)},
                 {"least_magnitude", PATCHES_LEAST_MAGNITUDE},
                 {"brightness", 16384 * PATCHES_BRIGHTNESS},
                 {"least_norm", PATCHES_LEAST_NORM},
                 {"scaled_norm", 32768.0f * PATCHES_NORM},
                 {"scale", PATCHES_SCALE},
                 {"blank", PATCHES_BLANK},
                 {"root_of_blank", sqrtf(PATCHES_BLANK)}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        if (strcmp(name, reals[i].name) == 0) {
            c_float_print(reals[i].value, b);
            return true;
        }
    }
    return false;
}

bool patches_number_print(const patches *p, const char *name, buffer *b)
{
    return print_size(p, name, b) || print_real(p, name, b);
}
