/* Checking, packing and handing out the samples of a source. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Rows are read from the source and packed this many at a time. */
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
                          source->n_features <= SIZE_MAX / sizeof(double) / SM_MAX_CLASSES / 2;
    const bool unit_ok = source->type != SM_U8 || (isfinite(source->unit) && source->unit > 0);
    if (!sizes_ok || !unit_ok)
        return SM_ERROR_ARGUMENT;
    if (source->labels)
        for (size_t n = 0; n < source->n_samples; n++)
            if (source->labels[n] >= source->n_classes)
                return SM_ERROR_LABEL;
    return SM_OK;
}

/* A column is stored in 16 bits; wider rows of bytes are made floats one block at a time instead. */
static bool is_packable(const sm_source *source)
{
    return source->type == SM_U8 && source->n_features <= (size_t)UINT16_MAX + 1;
}

static size_t count_nonzero(size_t n, const uint8_t *values)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += values[i] != 0;
    return count;
}

/* Packs the values that are not 0, without a branch for each: what does not count is written over. columns
 * and bytes have room for one more than there are. Eight zeros in a row, which pictures are full of, are
 * passed over at once. */
static void pack_row(size_t n, const uint8_t *values, uint16_t *columns, uint8_t *bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < n;) {
        uint64_t eight = 1;
        if (n - i >= sizeof eight)
            memcpy(&eight, values + i, sizeof eight);
        if (eight == 0) {
            i += sizeof eight;
            continue;
        }
        const size_t end = n - i < sizeof eight ? n : i + sizeof eight;
        for (; i < end; i++) {
            columns[count] = (uint16_t)i;
            bytes[count] = values[i];
            count += values[i] != 0;
        }
    }
}

/* What one thread reads and packs rows in. */
typedef struct packing {
    void *scratch;     /* of the source */
    uint16_t *columns; /* [D + 1], of one row */
    uint8_t *bytes;    /* [D + 1] */
} packing;

static bool packing_create(const sm_source *source, packing *p)
{
    p->scratch = malloc(ROWS_AT_ONCE * source->scratch_row_bytes + 1);
    p->columns = malloc((source->n_features + 1) * sizeof *p->columns);
    p->bytes = malloc(source->n_features + 1);
    return p->scratch && p->columns && p->bytes;
}

static void packing_destroy(packing *p)
{
    free(p->bytes);
    free(p->columns);
    free(p->scratch);
}

/* Counts the values of some rows into starts[n + 1] or, once these are known, packs them. */
static bool pass_over_block(const sm_source *source, size_t first, size_t n_rows, bool pack, packing *p,
                            sm_rows *rows)
{
    void *scratch = source->scratch_row_bytes ? p->scratch : NULL;
    const uint8_t *values = source->rows(source->context, first, n_rows, scratch);
    for (size_t i = 0; values && i < n_rows; i++) {
        const uint8_t *row = values + i * source->n_features;
        if (!pack) {
            rows->starts[first + i + 1] = count_nonzero(source->n_features, row);
            continue;
        }
        const size_t start = rows->starts[first + i], n = rows->starts[first + i + 1] - start;
        pack_row(source->n_features, row, p->columns, p->bytes);
        memcpy(rows->columns + start, p->columns, n * sizeof *p->columns);
        memcpy(rows->bytes + start, p->bytes, n);
    }
    return values;
}

/* One pass over the source, to count or to pack. */
static sm_status pass_over(const sm_source *source, size_t n_threads, bool pack, sm_rows *rows)
{
    const size_t n_blocks = (source->n_samples - 1) / ROWS_AT_ONCE + 1;
    sm_status failure = SM_OK;
#pragma omp parallel num_threads((int)n_threads)
    {
        packing p;
        sm_status status = packing_create(source, &p) ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(static)
        for (size_t block = 0; block < n_blocks; block++) {
            const size_t first = block * ROWS_AT_ONCE, left = source->n_samples - first;
            if (status == SM_OK &&
                !pass_over_block(source, first, left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, pack, &p, rows))
                status = SM_ERROR_SOURCE;
        }
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        packing_destroy(&p);
    }
    return failure;
}

static sm_status pack(const sm_source *source, size_t n_threads, sm_rows *rows)
{
    rows->starts = calloc(source->n_samples + 1, sizeof *rows->starts);
    if (!rows->starts)
        return SM_ERROR_MEMORY;
    const sm_status counted = pass_over(source, n_threads, false, rows);
    if (counted != SM_OK)
        return counted;
    for (size_t n = 0; n < source->n_samples; n++)
        rows->starts[n + 1] += rows->starts[n];
    const size_t n_values = rows->starts[source->n_samples];
    rows->columns = malloc((n_values + 1) * sizeof *rows->columns);
    rows->bytes = calloc(n_values + SM_LANES, 1);
    if (!rows->columns || !rows->bytes)
        return SM_ERROR_MEMORY;
    return pass_over(source, n_threads, true, rows);
}

sm_status sm_rows_create(const sm_source *source, size_t n_threads, sm_rows *rows)
{
    sm_rows created = {.source = *source};
    sm_status status = check_source(source);
    if (status == SM_OK && is_packable(source))
        status = pack(source, n_threads, &created);
    if (status != SM_OK) {
        sm_rows_destroy(&created);
        return status;
    }
    *rows = created;
    return SM_OK;
}

void sm_rows_destroy(sm_rows *rows)
{
    free(rows->bytes);
    free(rows->columns);
    free(rows->starts);
    *rows = (sm_rows){0};
}

/* Bytes that are not packed become floats in front of the source's own scratch. */
static size_t float_bytes(const sm_rows *rows, size_t n_rows)
{
    return rows->source.type == SM_U8 ? n_rows * rows->source.n_features * sizeof(float) : 0;
}

size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows)
{
    if (rows->starts)
        return 0;
    const size_t row_bytes = float_bytes(rows, 1) + rows->source.scratch_row_bytes;
    return n_rows * ((row_bytes + 15) / 16 * 16);
}

/* Rows in random order are far apart: to ask for all of a batch at once hides most of the wait. */
static void prefetch(const void *memory, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i += SM_ALIGNMENT)
        __builtin_prefetch((const char *)memory + i);
}

static void packed_rows(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, sm_row *block)
{
    for (size_t i = 0; i < n_rows; i++) {
        const size_t index = indices ? indices[i] : first + i;
        const size_t start = rows->starts[index];
        block[i] = (sm_row){
            .bytes = rows->bytes + start, .columns = rows->columns + start, .n = rows->starts[index + 1] - start};
        if (indices) {
            prefetch(block[i].bytes, block[i].n);
            prefetch(block[i].columns, block[i].n * sizeof *block[i].columns);
        }
    }
}

static sm_status float_rows(const sm_rows *rows, size_t first, size_t n_rows, void *scratch, sm_row *block)
{
    const sm_source *source = &rows->source;
    float *floats = scratch;
    void *source_scratch = source->scratch_row_bytes ? (unsigned char *)scratch + float_bytes(rows, n_rows) : NULL;
    const void *values = source->rows(source->context, first, n_rows, source_scratch);
    if (!values)
        return SM_ERROR_SOURCE;
    if (source->type == SM_U8) {
        for (size_t i = 0; i < n_rows * source->n_features; i++)
            floats[i] = (float)((const uint8_t *)values)[i];
        values = floats;
    }
    for (size_t i = 0; i < n_rows; i++)
        block[i] = (sm_row){.floats = (const float *)values + i * source->n_features, .n = source->n_features};
    return SM_OK;
}

sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *block)
{
    if (rows->starts) {
        packed_rows(rows, indices, first, n_rows, block);
        return SM_OK;
    }
    if (!indices)
        return float_rows(rows, first, n_rows, scratch, block);
    const size_t stride = sm_rows_scratch_bytes(rows, 1);
    sm_status status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n_rows; i++) {
        void *row_scratch = stride ? (unsigned char *)scratch + i * stride : NULL;
        status = float_rows(rows, indices[i], 1, row_scratch, &block[i]);
    }
    return status;
}
