/* Cholesky factorisation by rows, a strip of SM_OUTER_ROWS rows at a time. */
#include "cholesky.h"

#include <math.h>

#include "memory.h"

static size_t round_down(size_t n, size_t multiple)
{
    return n / multiple * multiple;
}

/* Factors the rows of a strip, from which all rows above it have been subtracted. */
static bool factor_strip(const sm_kernels *kernels, size_t first, size_t end, size_t stride, float *matrix)
{
    const size_t left = round_down(first, SM_LANES);
    for (size_t i = first; i < end; i++) {
        float *row = matrix + i * stride;
        for (size_t k = first; k < i; k++) {
            const float *above = matrix + k * stride;
            kernels->add_scaled(stride - left, -above[i], above + left, row + left);
        }
        const float pivot = row[i];
        if (!(pivot > 0) || !isfinite(pivot))
            return false;
        const float scale = 1 / sqrtf(pivot);
        for (size_t j = left; j < stride; j++)
            row[j] *= scale;
    }
    return true;
}

/* Subtracts n_above rows of the factor from rows first .. end - 1 of the matrix, in tiles that stay in the
 * second-level cache. */
static void subtract_rows(const sm_kernels *kernels, size_t n_above, const float *const *above, size_t first,
                          size_t end, size_t stride, float *matrix)
{
    enum { ROWS_AT_ONCE = 256, COLUMNS_AT_ONCE = 512 };
    for (size_t begin = round_down(first, SM_LANES); begin < stride; begin += COLUMNS_AT_ONCE) {
        for (size_t n = 0; n < n_above; n += ROWS_AT_ONCE) {
            const size_t n_rows = sm_min(ROWS_AT_ONCE, n_above - n);
            const size_t columns_end = sm_min(begin + COLUMNS_AT_ONCE, stride);
            for (size_t i = first; i < end && i < columns_end; i += SM_OUTER_ROWS) {
                const size_t diagonal = round_down(i, SM_LANES);
                kernels->outer(n_rows, above + n, -1, i, begin > diagonal ? begin : diagonal, columns_end, stride,
                               matrix);
            }
        }
    }
}

sm_status sm_cholesky_factor(const sm_kernels *kernels, size_t n, size_t stride, float *matrix)
{
    enum { BLOCK_ROWS = 64 };
    const float **rows = calloc(n, sizeof *rows);
    if (!rows)
        return SM_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++)
        rows[i] = matrix + i * stride;
    bool ok = true;
    for (size_t first = 0; ok && first < n; first += SM_OUTER_ROWS) {
        const size_t block = round_down(first, BLOCK_ROWS), end = sm_min(first + SM_OUTER_ROWS, n);
        if (first == block)
            subtract_rows(kernels, block, rows, block, sm_min(block + BLOCK_ROWS, n), stride, matrix);
        subtract_rows(kernels, first - block, rows + block, first, end, stride, matrix);
        ok = factor_strip(kernels, first, end, stride, matrix);
    }
    free(rows);
    return ok ? SM_OK : SM_ERROR_NOT_FINITE;
}

/* U'y = vector, from the top: the step of row i. Values left of the diagonal must not be used, so each row begins with
 * single values, up to the next multiple of SM_LANES. */
static void substitute_down(const sm_kernels *kernels, size_t i, size_t stride, const float *row, float *vector)
{
    const size_t right = round_down(i + SM_LANES, SM_LANES);
    const float y = vector[i] / row[i];
    vector[i] = y;
    for (size_t j = i + 1; j < right; j++)
        vector[j] -= y * row[j];
    kernels->add_scaled(stride - right, -y, row + right, vector + right);
}

/* U x = y, from the bottom: the step of row i. */
static void substitute_up(const sm_kernels *kernels, size_t i, size_t stride, const float *row, float *vector)
{
    const size_t right = round_down(i + SM_LANES, SM_LANES);
    float rest = vector[i];
    for (size_t j = i + 1; j < right; j++)
        rest -= row[j] * vector[j];
    vector[i] = (rest - kernels->dot(stride - right, row + right, vector + right)) / row[i];
}

void sm_cholesky_solve(const sm_kernels *kernels, size_t n, size_t stride, const float *factor, float *vector)
{
    for (size_t i = 0; i < n; i++)
        substitute_down(kernels, i, stride, factor + i * stride, vector);
    for (size_t i = n; i-- > 0;)
        substitute_up(kernels, i, stride, factor + i * stride, vector);
}
