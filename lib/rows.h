/*
 * The samples of a source as the kernels want them. Private to the library.
 *
 * Four pixels in five of a picture are 0 and add nothing to a score, so bytes are packed once: the values
 * that are not 0, and their columns, 3 bytes each. Floats stay where the source has them.
 */
#ifndef SM_ROWS_H
#define SM_ROWS_H

#include "kernels/kernels.h"
#include "softmax.h"

typedef struct sm_rows {
    sm_source source;
    size_t *starts;    /* [N + 1], where each row's values begin; NULL where nothing is packed */
    uint16_t *columns; /* [starts[N]] */
    uint8_t *bytes;    /* [starts[N]] */
} sm_rows;

/* Packs the rows of a source, which is checked for sizes and labels first. On success *rows is to be
 * given to sm_rows_destroy. */
sm_status sm_rows_create(const sm_source *source, size_t n_threads, sm_rows *rows);

/* Frees what *rows holds. */
void sm_rows_destroy(sm_rows *rows);

/* How many bytes of scratch sm_rows_get wants for n_rows rows. */
size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows);

/* Describes the rows indices[0] .. indices[n_rows - 1], or where indices is NULL the rows first ..
 * first + n_rows - 1, in block [n_rows]. What the block points to lies in *rows, in the source, or in
 * scratch. Fails with SM_ERROR_SOURCE. */
sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *block);

#endif
