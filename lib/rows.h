/* The samples of a source in the form that the kernels take. Private to the library. */
#ifndef SM_ROWS_H
#define SM_ROWS_H

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "softmax.h"

typedef struct sm_rows {
    sm_source source;
    size_t n_chunks, n_words; /* see sm_shape */
    uint64_t *chunks;         /* [N, n_words] for bytes; [1, n_words], of all chunks, for floats and halves */
    size_t n_chunks_held;     /* by all samples together */
} sm_rows;

/* Looks through the samples of a source, once it is checked for sizes and labels. On success *rows is to be
 * given to sm_rows_destroy. */
sm_status sm_rows_create(const sm_source *source, size_t n_threads, sm_rows *rows);

/* Frees what *rows holds. */
void sm_rows_destroy(sm_rows *rows);

/* The bytes of scratch that sm_rows_get needs for n_rows rows. */
size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows);

/* Describes the rows indices[0] .. indices[n_rows - 1], or where indices is NULL the rows first ..
 * first + n_rows - 1, in block [n_rows]. What the block points to lies in *rows, in the source, or in
 * scratch. Fails with SM_ERROR_SOURCE. */
sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *block);

/* Value i of a row. */
static inline float sm_row_value(const sm_row *row, size_t i)
{
    if (row->bytes)
        return (float)row->bytes[i];
    return row->floats ? row->floats[i] : sm_float_from_half(row->halves[i]);
}

#endif
