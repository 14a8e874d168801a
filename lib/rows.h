/* The samples of a source in the form that the kernels take. Private to the library. */
#pragma once

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "softmax.h"

/* Checks the sizes, labels and sample weights of a source. Fails with SM_ERROR_ARGUMENT or SM_ERROR_LABEL. */
sm_status sm_source_check(const sm_source *source);

/* The mean sample weight. */
double sm_source_mean_weight(const sm_source *source);

typedef struct sm_rows {
    sm_source source;
    size_t n_chunks, n_words; /* see sm_shape */
    size_t chunk_stride;      /* from the bitmap of a row to the next: n_words for bytes, or 0 */
    uint64_t *chunks;         /* [N, n_words], or one of all chunks [1, n_words] */
    size_t n_chunks_held;     /* by all samples together */
} sm_rows;

/* Checks the sizes and labels of a source, and finds the chunks that its samples hold; but if rows are needed `once`, not
 * of bytes that the source has to compute, which count as holding all. On success *rows is for
 * sm_rows_destroy. Fails with SM_ERROR_ARGUMENT, SM_ERROR_LABEL, SM_ERROR_MEMORY or SM_ERROR_SOURCE. */
sm_status sm_rows_create(const sm_source *source, size_t n_threads, bool once, sm_rows *rows);

/* Frees what *rows holds. */
void sm_rows_destroy(sm_rows *rows);

/* The bytes of scratch that sm_rows_get needs for n_rows rows. */
size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows);

/* Sets found [n_rows] to rows indices[0] .. indices[n_rows - 1] or, if indices is NULL, rows first .. first + n_rows
 * - 1. They point into *rows, the source's memory or scratch. Fails with SM_ERROR_SOURCE. */
sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *found);

/* Value i of a row. */
static inline float sm_row_value(const sm_row *row, size_t i)
{
    if (row->bytes)
        return (float)row->bytes[i];
    return row->floats ? row->floats[i] : sm_float_from_half(row->halves[i]);
}
