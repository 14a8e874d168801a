#include "model/onnx_tensors.h"

#include <stdlib.h>

#include "base/pool.h"
#include "formats/onnx.h"

/* Memory for n values, or NULL, and then the graph has failed. */
static void *take(size_t n, size_t value_bytes, buffer *graph)
{
    void *values = calloc(n, value_bytes);
    graph->failed |= !values;
    return values;
}

/* ---------------------------------------------------------------------------------------------- */
/* Moments                                                                                         */

enum { N_MOMENTS = 6 };

static double from_middle(size_t n, size_t i)
{
    return (double)i - ((double)n - 1) / 2;
}

/* Distances from the middle of n pixels. */
static void add_distances(const char *name, size_t n, const size_t shape[4], buffer *graph)
{
    float *values = take(n, sizeof *values, graph);
    for (size_t i = 0; values && i < n; i++)
        values[i] = (float)from_middle(n, i);
    onnx_add_tensor(graph, name, ONNX_FLOAT, 4, shape, values);
    free(values);
}

void onnx_add_moment_tensors(size_t n_rows, size_t n_columns, buffer *graph)
{
    const size_t n = n_rows * n_columns;
    float *values = take(N_MOMENTS * n, sizeof *values, graph);
    for (size_t i = 0; values && i < n; i++) {
        const double y = from_middle(n_rows, i / n_columns), x = from_middle(n_columns, i % n_columns);
        const double moments[N_MOMENTS] = {1, x, y, x * x, x * y, y * y};
        for (size_t k = 0; k < N_MOMENTS; k++)
            values[k * n + i] = (float)moments[k];
    }
    onnx_add_tensor(graph, "moment_filters", ONNX_FLOAT, 4, (const size_t[]){N_MOMENTS, 1, n_rows, n_columns},
                    values);
    free(values);
    add_distances("rows", n_rows, (const size_t[]){1, n_rows, 1, 1}, graph);
    add_distances("columns", n_columns, (const size_t[]){1, 1, n_columns, 1}, graph);
}

/* ---------------------------------------------------------------------------------------------- */
/* Patches                                                                                         */

/* Along x and along y, for pixels up to 255. */
static void add_gradient(const patches *p, buffer *graph)
{
    enum { N = 2 * PATCHES_GRADIENT_REACH + 1 };
    float filters[2][N][N];
    for (size_t y = 0; y < N; y++) {
        for (size_t x = 0; x < N; x++) {
            filters[0][y][x] = p->smooth[y] * p->derivative[x] / 255;
            filters[1][y][x] = p->derivative[y] * p->smooth[x] / 255;
        }
    }
    onnx_add_tensor(graph, "gradient_filters", ONNX_FLOAT, 4, (const size_t[]){2, 1, N, N}, filters);
}

/* In units of 2^15 / 16383, as they multiply numbers that are then divided by 2^15. */
static void add_directions(const patches *p, buffer *graph)
{
    enum { N = PATCHES_DIRECTIONS / 2 };
    float cosines[N], sines[N];
    for (size_t k = 0; k < N; k++) {
        cosines[k] = (float)p->integer_cosines[k] / 32768;
        sines[k] = (float)p->integer_sines[k] / 32768;
    }
    const size_t shape[] = {1, N, 1, 1};
    onnx_add_tensor(graph, "cosines", ONNX_FLOAT, 4, shape, cosines);
    onnx_add_tensor(graph, "sines", ONNX_FLOAT, 4, shape, sines);
}

/* Of each channel alone, from units of 2^-14 to 2^-15 and then in these; and 1/2 to round with. */
static void add_blur(const patches *p, buffer *graph)
{
    enum { N = 2 * PATCHES_BLUR_REACH + 1 };
    float down[PATCHES_CHANNELS][N], across[PATCHES_CHANNELS][N], half[PATCHES_CHANNELS];
    for (size_t k = 0; k < PATCHES_CHANNELS; k++) {
        half[k] = 0.5F;
        for (size_t t = 0; t < N; t++) {
            down[k][t] = (float)p->integer_blur[t + 1] / 16384;
            across[k][t] = (float)p->integer_blur[t + 1] / 32768;
        }
    }
    onnx_add_tensor(graph, "blur_down", ONNX_FLOAT, 4, (const size_t[]){PATCHES_CHANNELS, 1, N, 1}, down);
    onnx_add_tensor(graph, "blur_across", ONNX_FLOAT, 4, (const size_t[]){PATCHES_CHANNELS, 1, 1, N}, across);
    onnx_add_tensor(graph, "half", ONNX_FLOAT, 1, (const size_t[]){PATCHES_CHANNELS}, half);
}

/* The points of each of n patches in one direction. */
static void add_windows(const char *name, size_t n, buffer *graph)
{
    const size_t n_points = n * PATCHES_SIDE;
    int64_t *points = take(n_points, sizeof *points, graph);
    for (size_t i = 0; points && i < n_points; i++)
        points[i] = (int64_t)(i / PATCHES_SIDE + i % PATCHES_SIDE);
    onnx_add_tensor(graph, name, ONNX_INT64, 1, &n_points, points);
    free(points);
}

static void add_patch_of_ones(buffer *graph)
{
    float ones[PATCHES_POINTS];
    for (size_t i = 0; i < PATCHES_POINTS; i++)
        ones[i] = 1;
    onnx_add_tensor(graph, "patch_of_ones", ONNX_FLOAT, 4,
                    (const size_t[]){1, PATCHES_CHANNELS, PATCHES_SIDE, PATCHES_SIDE}, ones);
}

/* 1 or -1: the element of a Hadamard matrix. */
static int hadamard(size_t i, size_t j)
{
    int sign = 1;
    for (size_t common = i & j; common > 0; common &= common - 1)
        sign = -sign;
    return sign;
}

/* The sign of each point of a patch in each filter. */
static void add_filters(const patches *p, buffer *graph)
{
    const size_t n = p->n_filters;
    int8_t *signs = take(PATCHES_POINTS * n, sizeof *signs, graph);
    for (size_t i = 0; signs && i < PATCHES_POINTS; i++) {
        for (size_t j = 0; j < n; j++) {
            const patches_filters *filters = &p->filters[j / PATCHES_ORDER];
            const size_t place = filters->places[i];
            signs[i * n + j] = (int8_t)(filters->signs[place % PATCHES_SIGNS] * hadamard(place, j % PATCHES_ORDER));
        }
    }
    onnx_add_tensor(graph, "filters", ONNX_INT8, 2, (const size_t[]){PATCHES_POINTS, n}, signs);
    free(signs);
}

/* The weight of each patch in each cell. */
static void add_pooling(const patches *p, buffer *graph)
{
    enum { N_CELLS = PATCHES_CELLS * PATCHES_CELLS };
    const size_t n = p->n_down * p->n_across;
    float *weights = take(N_CELLS * n, sizeof *weights, graph);
    for (size_t i = 0; weights && i < N_CELLS * n; i++) {
        const size_t cell = i / n, y = i % n / p->n_across, x = i % p->n_across;
        weights[i] = p->down[cell / PATCHES_CELLS * p->n_pairs + y / 2] *
                     p->scaled_across[cell % PATCHES_CELLS * p->across_pitch + x];
    }
    onnx_add_tensor(graph, "pooling", ONNX_FLOAT, 2, (const size_t[]){N_CELLS, n}, weights);
    free(weights);
}

void onnx_add_patches_tensors(const patches *p, buffer *graph)
{
    add_gradient(p, graph);
    add_directions(p, graph);
    add_blur(p, graph);
    add_windows("window_rows", p->n_down, graph);
    add_windows("window_columns", p->n_across, graph);
    add_patch_of_ones(graph);
    add_filters(p, graph);
    add_pooling(p, graph);
}
