#include "model/c_header_patches.h"

#include <string.h>

#include "model/c_numbers.h"
#include "model/patches_numbers.h"

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
    if (patches_number_print(p, name, b))
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
