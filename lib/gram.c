/* Products of many long vectors with each other, in tiles. */
#include "gram.h"

#include "memory.h"

/* The products of a tile, and the parts of columns that are added to them together, stay in the second-level cache. */
enum { STRIP_ROWS = 64, PANEL_ROWS = 512, COLUMNS_AT_ONCE = 128 };

/* The products of a strip of rows with those of a panel, from the diagonal on. */
static void add_tile(const sm_kernels *kernels, size_t n_columns, size_t n, const float *const *columns,
                     size_t strip, size_t panel, float *products)
{
    const size_t panel_end = sm_min(panel + PANEL_ROWS, n), end = sm_min(strip + STRIP_ROWS, panel_end);
    for (size_t first = 0; first < n_columns; first += COLUMNS_AT_ONCE) {
        for (size_t row = strip; row < end; row += SM_OUTER_ROWS) {
            const size_t diagonal = row / SM_LANES * SM_LANES;
            kernels->outer(sm_min(COLUMNS_AT_ONCE, n_columns - first), columns + first, 1, row,
                           panel > diagonal ? panel : diagonal, panel_end, n, products);
        }
    }
}

sm_status sm_gram(const sm_kernels *kernels, size_t n_threads, size_t n_columns, size_t n, const float *columns,
                  float *products)
{
    const size_t n_strips = (n - 1) / STRIP_ROWS + 1, n_panels = (n - 1) / PANEL_ROWS + 1;
    const float **pointers = calloc(n_columns, sizeof *pointers);
    if (!pointers)
        return SM_ERROR_MEMORY;
    for (size_t d = 0; d < n_columns; d++)
        pointers[d] = columns + d * n;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)n_threads)
    for (size_t task = 0; task < n_panels * n_strips; task++)
        add_tile(kernels, n_columns, n, pointers, task % n_strips * STRIP_ROWS, task / n_strips * PANEL_ROWS,
                 products);
    free(pointers);
    return SM_OK;
}
