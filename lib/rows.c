/* Checks a source, and gets rows from it. */
#include "rows.h"

#include <float.h>
#include <math.h>

#include "memory.h"
#include "threads.h"

/* Rows that a source is asked for at a time where each is read once. */
enum { ROWS_AT_ONCE = 64 };

const void *sm_matrix_rows(void *matrix, size_t first, size_t n_rows, void *scratch)
{
    (void)n_rows;
    (void)scratch;
    const sm_matrix *m = matrix;
    return (const unsigned char *)m->values + first * m->row_bytes;
}

/* Whether they are all right. */
static bool check_weights(const sm_source *source)
{
    double sum = 0;
    for (size_t n = 0; source->weights && n < source->n_samples; n++) {
        if (!(source->weights[n] >= 0))
            return false;
        sum += source->weights[n];
    }
    return !source->weights || (sum > 0 && isfinite(sum));
}

sm_status sm_source_check(const sm_source *source)
{
    const bool sizes_ok = source->n_samples > 0 && source->n_features > 0 && source->n_classes > 0 &&
                          source->n_classes <= SM_MAX_CLASSES && source->rows &&
                          source->n_features <= SIZE_MAX / sizeof(double) / SM_MAX_CLASSES / 2 &&
                          source->scratch_row_bytes <= SIZE_MAX / 4096;
    const bool unit_ok = source->type != SM_U8 || (source->unit > 0 && source->unit <= (double)FLT_MAX);
    if (!sizes_ok || !unit_ok || !check_weights(source))
        return SM_ERROR_ARGUMENT;
    if (source->labels)
        for (size_t n = 0; n < source->n_samples; n++)
            if (source->labels[n] >= source->n_classes)
                return SM_ERROR_LABEL;
    return SM_OK;
}

double sm_source_mean_weight(const sm_source *source)
{
    double sum = 0;
    for (size_t n = 0; source->weights && n < source->n_samples; n++)
        sum += source->weights[n];
    return source->weights ? sum / (double)source->n_samples : 1;
}

static size_t row_bytes_of(const sm_source *source)
{
    return source->n_features * sm_type_bytes(source->type);
}

/* Kernels read whole chunks: rows that end within one are copied, followed by zeros. */
static size_t padded_row_bytes(const sm_rows *rows)
{
    const sm_source *source = &rows->source;
    return source->n_features % SM_LANES == 0 ? 0 : rows->n_chunks * SM_LANES * sm_type_bytes(source->type);
}

/* Padded rows come first, then the source's own scratch. */
size_t sm_rows_scratch_bytes(const sm_rows *rows, size_t n_rows)
{
    return n_rows * (padded_row_bytes(rows) + sm_round_up(rows->source.scratch_row_bytes, 16));
}

static sm_row make_row(const sm_rows *rows, size_t n, const void *values)
{
    switch (rows->source.type) {
    case SM_U8:
        return (sm_row){.bytes = values, .chunks = rows->chunks + n * rows->chunk_stride};
    case SM_F32:
        return (sm_row){.floats = values, .chunks = rows->chunks};
    case SM_F16:
    case SM_F64: /* never */
        break;
    }
    return (sm_row){.halves = values, .chunks = rows->chunks};
}

/* sm_rows_get by one call of the source. */
static sm_status get_at_once(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows,
                             unsigned char *scratch, sm_row *found)
{
    const sm_source *source = &rows->source;
    const size_t row_bytes = row_bytes_of(source), padded_bytes = padded_row_bytes(rows);
    void *own_scratch = source->scratch_row_bytes ? scratch + n_rows * padded_bytes : NULL;
    const unsigned char *values = indices ? own_scratch : source->rows(source->context, first, n_rows, own_scratch);
    if (!values || (indices && !source->gather(source->context, indices, n_rows, own_scratch)))
        return SM_ERROR_SOURCE;
    for (size_t i = 0; i < n_rows; i++) {
        const void *row = values + i * row_bytes;
        if (padded_bytes) {
            row = memcpy(scratch + i * padded_bytes, row, row_bytes);
            memset(scratch + i * padded_bytes + row_bytes, 0, padded_bytes - row_bytes);
        }
        found[i] = make_row(rows, indices ? indices[i] : first + i, row);
    }
    return SM_OK;
}

sm_status sm_rows_get(const sm_rows *rows, const size_t *indices, size_t first, size_t n_rows, void *scratch,
                      sm_row *found)
{
    if (!indices || rows->source.gather)
        return get_at_once(rows, indices, first, n_rows, scratch, found);
    const size_t stride = sm_rows_scratch_bytes(rows, 1);
    sm_status status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < n_rows; i++)
        status = get_at_once(rows, NULL, indices[i], 1, (unsigned char *)scratch + i * stride, &found[i]);
    return status;
}

/* Sets the bits of the chunks of a row that are not 0. */
static void find_chunks(const sm_rows *rows, const uint8_t *bytes, uint64_t *chunks)
{
    for (size_t word = 0; word < rows->n_words; word++) {
        const size_t first = word * SM_WORD_CHUNKS, n = sm_min(SM_WORD_CHUNKS, rows->n_chunks - first);
        uint64_t bits = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t halves[2];
            memcpy(halves, bytes + (first + i) * SM_LANES, sizeof halves);
            bits |= (uint64_t)((halves[0] | halves[1]) != 0) << i;
        }
        chunks[word] = bits;
    }
}

static sm_status find_chunks_of_rows(const sm_rows *rows, size_t first, size_t n_rows, void *scratch)
{
    sm_row found[ROWS_AT_ONCE];
    const sm_status status = get_at_once(rows, NULL, first, n_rows, scratch, found);
    for (size_t i = 0; status == SM_OK && i < n_rows; i++)
        if (found[i].bytes) /* always, which static analysis cannot know */
            find_chunks(rows, found[i].bytes, rows->chunks + (first + i) * rows->n_words);
    return status;
}

static sm_status copy_rows(const sm_source *source, size_t first, size_t n_rows, void *scratch, unsigned char *copy)
{
    const size_t row_bytes = row_bytes_of(source);
    const void *rows = source->rows(source->context, first, n_rows, scratch);
    if (!rows)
        return SM_ERROR_SOURCE;
    memcpy(copy + first * row_bytes, rows, n_rows * row_bytes);
    return SM_OK;
}

/* Reads all rows, in parallel: copies them or, if copy is NULL, finds their chunks. */
static sm_status read_all(const sm_rows *rows, size_t n_threads, unsigned char *copy)
{
    const size_t n_samples = rows->source.n_samples, n_reads = (n_samples - 1) / ROWS_AT_ONCE + 1;
    sm_status failure = SM_OK;
#pragma omp parallel num_threads((int)n_threads)
    {
        void *scratch = malloc(sm_rows_scratch_bytes(rows, ROWS_AT_ONCE) + 1);
        sm_status status = scratch ? SM_OK : SM_ERROR_MEMORY;
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < n_reads; i++) {
            const size_t first = i * ROWS_AT_ONCE, n = sm_min(ROWS_AT_ONCE, n_samples - first);
            if (status == SM_OK)
                status = copy ? copy_rows(&rows->source, first, n, scratch, copy)
                              : find_chunks_of_rows(rows, first, n, scratch);
        }
        if (status != SM_OK) {
#pragma omp atomic write
            failure = status;
        }
        free(scratch);
    }
    return failure;
}

static sm_status find_all_chunks(sm_rows *rows, size_t n_threads)
{
    const sm_status status = read_all(rows, n_threads, NULL);
    for (size_t i = 0; i < rows->source.n_samples * rows->n_words; i++)
        rows->n_chunks_held += (size_t)__builtin_popcountll(rows->chunks[i]);
    return status;
}

static void set_all_chunks(sm_rows *rows)
{
    for (size_t c = 0; c < rows->n_chunks; c++)
        rows->chunks[c / SM_WORD_CHUNKS] |= UINT64_C(1) << c % SM_WORD_CHUNKS;
    rows->n_chunks_held = rows->n_chunks * rows->source.n_samples;
}

sm_status sm_rows_create(const sm_source *source, size_t n_threads, bool once, sm_rows *rows)
{
    sm_status status = sm_source_check(source);
    if (status != SM_OK)
        return status;
    sm_rows created = {.source = *source, .n_chunks = (source->n_features - 1) / SM_LANES + 1};
    created.n_words = (created.n_chunks - 1) / SM_WORD_CHUNKS + 1;
    const bool are_bitmaps = source->type == SM_U8 && !(once && source->scratch_row_bytes > 0);
    created.chunk_stride = are_bitmaps ? created.n_words : 0;
    created.chunks = calloc(are_bitmaps ? source->n_samples : 1, created.n_words * sizeof *created.chunks);
    if (!created.chunks)
        return SM_ERROR_MEMORY;
    if (are_bitmaps)
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

sm_status sm_source_read(const sm_source *source, const sm_execution *execution, void *values)
{
    const sm_status status = sm_source_check(source);
    if (status != SM_OK)
        return status;
    return read_all(&(sm_rows){.source = *source}, sm_thread_count(execution ? execution->n_threads : 0), values);
}
