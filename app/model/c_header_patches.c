#include "model/c_header_patches.h"

#include <math.h>
#include <string.h>

#include "base/sizes.h"
#include "features/moment_normalisation.h"
#include "model/c_numbers.h"

/* Filters that a header computes at a time: a power of two, so large that its number has no more than 4 bits. */
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
                 {"norm", PATCHES_NORM}};
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
                 {"inverse_down", inverse_variance(p, MOMENTS_COMMON_DOWN)},
                 {"inverse_across", inverse_variance(p, MOMENTS_COMMON_ACROSS)},
                 {"least_magnitude", PATCHES_LEAST_MAGNITUDE},
                 {"brightness", 16384 * PATCHES_BRIGHTNESS},
                 {"least_norm", PATCHES_LEAST_NORM},
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

static void print_integers(size_t n, const int16_t *values, buffer *b)
{
    enum { MOST = 2 * PATCHES_BLUR_REACH + 1 };
    float reals[MOST];
    for (size_t i = 0; i < n; i++)
        reals[i] = values[i];
    c_steps_print(n, reals, 1, b);
}

/* For pixels up to 255. */
static void print_derivative(const patches *p, buffer *b)
{
    enum { N = sizeof p->derivative / sizeof *p->derivative };
    float values[N];
    for (size_t i = 0; i < N; i++)
        values[i] = p->derivative[i] / 255;
    c_floats_print(N, values, b);
}

/* A row for each cell of pooling. */
static void print_pooling(size_t n, const float *weights, size_t pitch, buffer *b)
{
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
        buffer_print(b, "%s  {\n", cell > 0 ? "\n" : "");
        c_floats_print(n, weights + cell * pitch, b);
        buffer_print(b, "\n  },");
    }
}

/* The points of a round row by row, each with the channels that lie there: twice its place, and 1 if its sign is negative. */
static void print_round(const patches_filters *filters, buffer *b)
{
    enum { N_PLACES = PATCHES_SIDE * PATCHES_SIDE };
    float values[PATCHES_POINTS];
    for (size_t i = 0; i < PATCHES_POINTS; i++) {
        const uint16_t place = filters->places[i];
        const size_t channel = i / N_PLACES, at = i % N_PLACES * PATCHES_CHANNELS + channel;
        values[at] = (float)(2 * place + (filters->signs[place % PATCHES_SIGNS] < 0));
    }
    c_steps_print(PATCHES_POINTS, values, 1, b);
}

static void print_rounds(const patches *p, buffer *b)
{
    for (size_t round = 0; round < p->n_rounds; round++) {
        buffer_print(b, "%s  {\n", round > 0 ? "\n" : "");
        print_round(&p->filters[round], b);
        buffer_print(b, "\n  },");
    }
}

void c_header_patches_name(const patches *p, const char *name, buffer *b)
{
    enum { N_SMOOTH = sizeof p->smooth / sizeof *p->smooth, N_BLUR = sizeof p->blur / sizeof *p->blur };
    if (print_size(p, name, b) || print_real(p, name, b))
        return;
    if (strcmp(name, "smooth") == 0)
        c_floats_print(N_SMOOTH, p->smooth, b);
    else if (strcmp(name, "derivative") == 0)
        print_derivative(p, b);
    else if (strcmp(name, "blur") == 0)
        print_integers(N_BLUR, p->integer_blur + 1, b);
    else if (strcmp(name, "cosines") == 0)
        print_integers(PATCHES_DIRECTIONS / 2, p->integer_cosines, b);
    else if (strcmp(name, "sines") == 0)
        print_integers(PATCHES_DIRECTIONS / 2, p->integer_sines, b);
    else if (strcmp(name, "places") == 0)
        print_rounds(p, b);
    else if (strcmp(name, "pool_down") == 0)
        print_pooling(p->n_pairs, p->down, p->n_pairs, b);
    else if (strcmp(name, "pool_across") == 0)
        print_pooling(p->n_across, p->scaled_across, p->across_pitch, b);
}
