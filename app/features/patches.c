/* What the images have in common: filters, weights, and the loops to use. */
#include "features/patches.h"

#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"
#include "softmax.h"

static const double GRADIENT_DEVIATION = 0.7, BLUR_DEVIATION = 1.5;

/* Of the pooling's weights, and how far its centres lie from the middle; the distance between centres is a third of
 * the patches. */
static const double CELL_DEVIATION = 3.0 / 7, CELL_DISTANCE = 0.85;

static double gaussian(double t, double deviation)
{
    return exact_exp(-t * t / (2 * deviation * deviation));
}

/* weights [n]: a Gaussian around a centre, of sum 1. */
static void set_weights(size_t n, double centre, double deviation, float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += gaussian((double)i - centre, deviation);
    for (size_t i = 0; i < n; i++)
        weights[i] = (float)(gaussian((double)i - centre, deviation) / sum);
}

/* The derivative of a ramp of slope 1 is 1. */
static void set_derivative(size_t n, double centre, double deviation, float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)i - centre) * ((double)i - centre) * gaussian((double)i - centre, deviation);
    for (size_t i = 0; i < n; i++)
        weights[i] = (float)(((double)i - centre) * gaussian((double)i - centre, deviation) / sum);
}

static void set_cells(size_t n, float *weights)
{
    const double distance = (double)n / PATCHES_CELLS;
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
        const double off_centre = ((double)cell - (PATCHES_CELLS - 1) / 2.0) * distance * CELL_DISTANCE;
        set_weights(n, ((double)n - 1) / 2 + off_centre, distance * CELL_DEVIATION, weights + cell * n);
    }
}

/* Bits of the generator's numbers, from the lowest on. */
typedef struct bit_stream {
    sm_random random;
    uint64_t bits;
    size_t n_left;
} bit_stream;

static int8_t draw_sign(bit_stream *stream)
{
    if (stream->n_left == 0) {
        stream->bits = sm_random_next(&stream->random);
        stream->n_left = 64;
    }
    const int8_t sign = stream->bits & 1 ? 1 : -1;
    stream->bits >>= 1;
    stream->n_left--;
    return sign;
}

/* Filter after filter, row after row of its patch, point after point, channel after channel: + for a bit of 1. */
static void draw_signs(uint64_t seed, patches *p)
{
    bit_stream stream = {.random = {seed}};
    for (size_t filter = 0; filter < p->n_filters; filter++) {
        for (size_t row = 0; row < PATCHES_SIDE; row++) {
            const size_t start = (filter * PATCHES_SIDE + row) * PATCHES_ROW;
            const size_t first_word = (filter / PATCHES_GROUP * PATCHES_SIDE + row) * PATCHES_WORDS;
            for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++) {
                const size_t word = (first_word + i / PATCHES_WORD) * PATCHES_GROUP + filter % PATCHES_GROUP;
                const int8_t sign = draw_sign(&stream);
                p->rows[start + i] = p->signs[word * PATCHES_WORD + i % PATCHES_WORD] = sign;
                p->real_rows[start + i] = sign;
            }
        }
    }
}

static const patches_loops *find_loops(const char *isa)
{
#ifdef FEATURES_HAVE_X86
    const patches_loops *const all[] = {&patches_avx512, &patches_avx2};
    const char *name = sm_isa_name(isa);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (name && strcmp(name, all[i]->isa) == 0 && (i > 0 || __builtin_cpu_supports("avx512vnni")))
            return all[i];
    if (name && strcmp(name, "avx512") == 0)
        return &patches_avx2;
#endif
    (void)isa;
    return &patches_plain;
}

bool patches_create(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns, const char *isa, patches *p)
{
    *p = (patches){.n_filters = n_filters,
                   .n_groups = (n_filters - 1) / PATCHES_GROUP + 1,
                   .n_rows = n_rows,
                   .n_columns = n_columns,
                   .n_grid_rows = (n_rows + 1) / 2 + PATCHES_MARGIN,
                   .n_grid_columns = (n_columns + 1) / 2 + PATCHES_MARGIN,
                   .loops = find_loops(isa)};
    p->n_down = p->n_grid_rows - PATCHES_SIDE + 1;
    p->n_across = p->n_grid_columns - PATCHES_SIDE + 1;
    p->signs = calloc(p->n_groups, PATCHES_SIDE * PATCHES_WORDS * PATCHES_GROUP * PATCHES_WORD);
    const size_t n_in_group = (size_t)PATCHES_GROUP * PATCHES_SIDE * PATCHES_ROW;
    p->rows = calloc(p->n_groups, n_in_group);
    p->real_rows = calloc(p->n_groups, n_in_group * sizeof *p->real_rows);
    p->down = calloc(PATCHES_CELLS, p->n_down * sizeof *p->down);
    p->across = calloc(PATCHES_CELLS, p->n_across * sizeof *p->across);
    if (!p->signs || !p->rows || !p->real_rows || !p->down || !p->across) {
        patches_destroy(p);
        return false;
    }
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, p->smooth);
    set_derivative(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, p->derivative);
    set_weights(2 * PATCHES_BLUR_REACH + 1, PATCHES_BLUR_REACH, BLUR_DEVIATION, p->blur);
    set_cells(p->n_down, p->down);
    set_cells(p->n_across, p->across);
    for (size_t k = 0; k < PATCHES_DIRECTIONS; k++) {
        const turn a = exact_turn(k, PATCHES_DIRECTIONS);
        p->cosines[k] = (float)a.cosine;
        p->sines[k] = (float)a.sine;
    }
    draw_signs(seed, p);
    return true;
}

void patches_destroy(patches *p)
{
    free(p->across);
    free(p->down);
    free(p->real_rows);
    free(p->rows);
    free(p->signs);
    *p = (patches){0};
}
