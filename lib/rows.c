/* Checking the samples of a source, and handing them out. */
#include "rows.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "threads.h"

/* Rows are asked for this many at a time where each is looked at once. */
enum { ROWS_AT_ONCE = 64 };

const void *sm_matrix_rows(void *matrix, size_t first, size_t n_rows, void *scratch)
{
    (void)n_rows;
    (void)scratch;
    const sm_matrix *m = matrix;
    return (const unsigned char *)m->values + first * m->row_bytes;
}

static sm_status check_source(const sm_source *source)
{
    const bool sizes_ok = source->n_samples > 0 && source->n_features > 0 && source->n_classes > 0 &&
                          source->n_classes <= SM_MAX_CLASSES && source->rows &&
                          source->n_features <= SIZE_MAX / sizeof(double) / SM_MAX_CLASSES / 2 &&
                          source->scratch_row_bytes <= SIZE_MAX / 4096;
    const bool unit_ok = source->type != SM_U8 || (source->unit > 0 && source->unit <= (double)FLT_MAX);
    if (!sizes_ok || !unit_ok)
        return SM_ERROR_ARGUMENT;
    if (source->labels)
        for (size_t n = 0; n < source->n_samples; n++)
            if (source->labels[n] >= source->n_classes)
                return SM_ERROR_LABEL;
    return SM_OK;
}

/* ---------------------------------------------------------------------------------------------- */

static size_t value_bytes(const sm_rows *rows)
{
    return sm_type_bytes(rows->source.type);
}

static sm_row make_row(const sm_rows *rows, size_t n, const void *values)
{
    switch (rows->source.type) {
    case SM_U8:
        return (sm_row){.bytes = values, .chunks = rows->chunks + n * rows->n_words};
    case SM_F32:
        return (sm_row){.floats = values, .chunks = rows->chunks};
    case SM_F16:
        break;
    }
    return (sm_row){.halves = values, .chunks = rows->chunks};
}

/* Kernels read whole chunks: rows that end within one are copied, with zeros behind them. */
static size_t padded_row_bytes(const sm_rows *rows)
{
    return rows->source.n_features % SM_LANES == 0 ? 0 : rows->n_chunks * SM_LANES * value_bytes(rows);
}

/* Padded rows lie in front of the source's own scratch. */
size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows)
{
    return n_rows * (padded_row_bytes(rows) + (rows->source.scratch_row_bytes + 15) / 16 * 16);
}

static const void *pad_row(const sm_rows *rows, const void *row, void *padded)
{
    const size_t row_bytes = rows->source.n_features * value_bytes(rows);
    memcpy(padded, row, row_bytes);
    memset((unsigned char *)padded + row_bytes, 0, padded_row_bytes(rows) - row_bytes);
    return padded;
}

/* Describes rows of values that are there; the indices are those of their samples, first .. where they are NULL. */
static void describe(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows,
                     const unsigned char *values, unsigned char *scratch, sm_row *block)
{
    const size_t padded_bytes = padded_row_bytes(rows), row_bytes = rows->source.n_features * value_bytes(rows);
    for (size_t i = 0; i < n_rows; i++) {
        const void *row = values + i * row_bytes;
        if (padded_bytes)
            row = pad_row(rows, row, scratch + i * padded_bytes);
        block[i] = make_row(rows, indices ? indices[i] : first + i, row);
    }
}

/* Where the source's own scratch begins. */
static void *source_scratch(const sm_rows *rows, size_t n_rows, unsigned char *scratch)
{
    return rows->source.scratch_row_bytes ? scratch + n_rows * padded_row_bytes(rows) : NULL;
}

static sm_status get_consecutive(const sm_rows *rows, size_t first, size_t n_rows, unsigned char *scratch,
                                 sm_row *block)
{
    const sm_source *source = &rows->source;
    const void *values = source->rows(source->context, first, n_rows, source_scratch(rows, n_rows, scratch));
    if (!values)
        return SM_ERROR_SOURCE;
    describe(rows, NULL, first, n_rows, values, scratch, block);
    return SM_OK;
}

static sm_status gather(const sm_rows *rows, const size_t *indices, size_t n_rows, unsigned char *scratch,
                        sm_row *block)
{
    const sm_source *source = &rows->source;
    void *values = source_scratch(rows, n_rows, scratch);
    if (!source->gather(source->context, indices, n_rows, values))
        return SM_ERROR_SOURCE;
    describe(rows, indices, 0, n_rows, values, scratch, block);
    return SM_OK;
}

sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *block)
{
    if (!indices)
        return get_consecutive(rows, first, n_rows, scratch, block);
    if (rows->source.gather)
        return gather(rows, indices, n_rows, scratch, block);
    const size_t stride = sm_rows_scratch_bytes(rows, 1);
    sm_status status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n_rows; i++)
        status = get_consecutive(rows, indices[i], 1, (unsigned char *)scratch + i * stride, &block[i]);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *chunk)
{
    uint64_t halves[SM_LANES / 8];
    memcpy(halves, chunk, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/* Sets the bits of the chunks of a row that are not 0, and returns how many these are. */
static size_t find_chunks(const sm_rows *rows, const uint8_t *bytes, uint64_t *chunks)
{
    size_t n_held = 0;
    for (size_t word = 0; word < rows->n_words; word++) {
        const size_t first = word * SM_WORD_CHUNKS, left = rows->n_chunks - first;
        uint64_t bits = 0;
        for (size_t i = 0; i < SM_WORD_CHUNKS && i < left; i++) {
            const uint64_t bit = !is_zero(bytes + (first + i) * SM_LANES);
            bits |= bit << i;
            n_held += bit;
        }
        chunks[word] = bits;
    }
    return n_held;
}

/* Finds the chunks of rows first .. first + n_rows - 1. */
static sm_status find_in_block(const sm_rows *rows, size_t first, size_t n_rows, void *scratch, size_t *n_held)
{
    sm_row block[ROWS_AT_ONCE];
    const sm_status status = get_consecutive(rows, first, n_rows, scratch, block);
    for (size_t i = 0; status == SM_OK && i < n_rows; i++)
        *n_held += find_chunks(rows, block[i].bytes, rows->chunks + (first + i) * rows->n_words);
    return status;
}

static sm_status find_all_chunks(sm_rows *rows, size_t n_threads)
{
    const size_t n_samples = rows->source.n_samples, n_blocks = (n_samples - 1) / ROWS_AT_ONCE + 1;
    sm_status failure = SM_OK;
    size_t n_all_held = 0;
#pragma omp parallel num_threads((int)n_threads) reduction(+ : n_all_held)
    {
        void *scratch = malloc(sm_rows_scratch_bytes(rows, ROWS_AT_ONCE) + 1);
        sm_status status = scratch ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(static)
        for (size_t block = 0; block < n_blocks; block++) {
            const size_t first = block * ROWS_AT_ONCE, left = n_samples - first;
            if (status == SM_OK)
                status =
                    find_in_block(rows, first, left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, scratch, &n_all_held);
        }
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        free(scratch);
    }
    rows->n_chunks_held = n_all_held;
    return failure;
}

static void set_all_chunks(sm_rows *rows)
{
    for (size_t c = 0; c < rows->n_chunks; c++)
        rows->chunks[c / SM_WORD_CHUNKS] |= UINT64_C(1) << c % SM_WORD_CHUNKS;
    rows->n_chunks_held = rows->n_chunks * rows->source.n_samples;
}

sm_status sm_rows_create(const sm_source *source, size_t n_threads, sm_rows *rows)
{
    sm_status status = check_source(source);
    if (status != SM_OK)
        return status;
    sm_rows created = {.source = *source, .n_chunks = (source->n_features - 1) / SM_LANES + 1};
    created.n_words = (created.n_chunks - 1) / SM_WORD_CHUNKS + 1;
    created.chunks =
        calloc(source->type == SM_U8 ? source->n_samples : 1, created.n_words * sizeof *created.chunks);
    if (!created.chunks)
        return SM_ERROR_MEMORY;
    if (source->type == SM_U8)
        status = find_all_chunks(&created, n_threads);
    else
        set_all_chunks(&created);
    if (status != SM_OK) {
        sm_rows_destroy(&created);
        return status;
    }
    *rows = created;
    return SM_OK;
}

void sm_rows_destroy(sm_rows *rows)
{
    free(rows->chunks);
    *rows = (sm_rows){0};
}

/* ---------------------------------------------------------------------------------------------- */

static sm_status copy_rows(const sm_source *source, size_t first, size_t n_rows, void *scratch, void *values)
{
    const size_t row_bytes = source->n_features * sm_type_bytes(source->type);
    const void *rows = source->rows(source->context, first, n_rows, scratch);
    if (!rows)
        return SM_ERROR_SOURCE;
    memcpy((unsigned char *)values + first * row_bytes, rows, n_rows * row_bytes);
    return SM_OK;
}

sm_status sm_source_read(const sm_source *source, const sm_execution *execution, void *values)
{
    sm_status failure = check_source(source);
    if (failure != SM_OK)
        return failure;
    const size_t n_samples = source->n_samples, n_blocks = (n_samples - 1) / ROWS_AT_ONCE + 1;
#pragma omp parallel num_threads((int)sm_thread_count(execution->n_threads))
    {
        void *scratch = malloc(ROWS_AT_ONCE * source->scratch_row_bytes + 1);
        sm_status status = scratch ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < n_blocks; block++) {
            const size_t first = block * ROWS_AT_ONCE, left = n_samples - first;
            if (status == SM_OK)
                status = copy_rows(source, first, left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, scratch, values);
        }
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        free(scratch);
    }
    return failure;
}
