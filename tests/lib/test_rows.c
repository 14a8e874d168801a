/* Rows in the form that the kernels expect: whole chunks, zeros after the values, and a bit for each nonzero chunk. */
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

/* Rows are scanned 64 at a time; this is more. */
enum { N_SAMPLES = 70 };

/* Sizes around the widths of a chunk and of a word of chunks. */
static const size_t widths[] = {1, 15, 16, 17, 1023, 1024, 1025};
enum { N_WIDTHS = sizeof widths / sizeof *widths };

static const sm_type types[] = {SM_U8, SM_F32, SM_F16};
enum { N_TYPES = sizeof types / sizeof *types };

/* Half of the chunks are 0; row 0 is all 0, row 1 is 0 except for its last value, and row 2 is full. */
static data *make_data(size_t width)
{
    data *d = data_random(N_SAMPLES, width, 3, width);
    sm_random random = {width};
    for (size_t n = 0; n < N_SAMPLES; n++) {
        uint8_t *row = d->bytes + n * width;
        for (size_t first = 0; first < width; first += SM_LANES)
            if (sm_random_below(&random, 2))
                memset(row + first, 0, width - first < SM_LANES ? width - first : SM_LANES);
    }
    memset(d->bytes, 0, 2 * width);
    d->bytes[2 * width - 1] = 1;
    memset(d->bytes + 2 * width, 255, width);
    for (size_t i = 0; i < N_SAMPLES * width; i++)
        d->floats[i] = (float)d->bytes[i];
    return d;
}

static sm_rows make_rows(const sm_source *source)
{
    sm_rows rows;
    ck_assert_int_eq(sm_rows_create(source, 2, false, &rows), SM_OK);
    ck_assert_uint_eq(rows.n_chunks, (source->n_features + SM_LANES - 1) / SM_LANES);
    ck_assert_uint_eq(rows.n_words, (rows.n_chunks + SM_WORD_CHUNKS - 1) / SM_WORD_CHUNKS);
    return rows;
}

/* Of exactly the requested size, so that a sanitizer detects any byte beyond it, and full of garbage. */
static void *make_scratch(const sm_rows *rows, size_t n_rows)
{
    const size_t size = sm_rows_scratch_bytes(rows, n_rows);
    void *scratch = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(scratch);
    memset(scratch, 0xa5, size);
    return scratch;
}

/* The values of sample n, and zeros to the end of its last chunk. */
static void check_values(const data *d, const sm_row *row, size_t n_chunks, size_t n)
{
    for (size_t i = 0; i < n_chunks * SM_LANES; i++) {
        const float expected = i < d->n_features ? d->floats[n * d->n_features + i] : 0;
        ck_assert(sm_row_value(row, i) == expected);
    }
}

/* A row of bytes has a bit for each chunk that is not 0, a row of floats for every chunk. Returns the number of set
 * bits. */
static size_t check_bits(const data *d, const sm_row *row, const sm_rows *rows, size_t n)
{
    size_t n_held = 0;
    for (size_t c = 0; c < rows->n_words * SM_WORD_CHUNKS; c++) {
        size_t n_values = 0;
        for (size_t i = c * SM_LANES; i < (c + 1) * SM_LANES && i < d->n_features; i++)
            n_values += !row->bytes || d->bytes[n * d->n_features + i] != 0;
        ck_assert_uint_eq(row->chunks[c / SM_WORD_CHUNKS] >> c % SM_WORD_CHUNKS & 1, n_values > 0);
        n_held += n_values > 0;
    }
    return n_held;
}

static void check_all_rows(data *d, const sm_source *source)
{
    sm_rows rows = make_rows(source);
    void *scratch = make_scratch(&rows, N_SAMPLES);
    sm_row block[N_SAMPLES];
    size_t n_held = 0;
    ck_assert_int_eq(sm_rows_get(&rows, NULL, 0, N_SAMPLES, scratch, block), SM_OK);
    for (size_t n = 0; n < N_SAMPLES; n++) {
        ck_assert((block[n].floats != NULL) == (source->type == SM_F32));
        ck_assert((block[n].halves != NULL) == (source->type == SM_F16));
        ck_assert((block[n].bytes != NULL) == (source->type == SM_U8));
        check_values(d, &block[n], rows.n_chunks, n);
        n_held += check_bits(d, &block[n], &rows, n);
    }
    ck_assert_uint_eq(rows.n_chunks_held, n_held);
    free(scratch);
    sm_rows_destroy(&rows);
}

START_TEST(rows_are_padded_with_zeros_and_have_a_bit_a_chunk)
{
    for (size_t i = 0; i < N_WIDTHS; i++) {
        data *d = make_data(widths[i]);
        for (size_t j = 0; j < N_TYPES; j++) {
            const sm_source source = data_source(d, types[j]);
            check_all_rows(d, &source);
        }
        data_free(d);
    }
}
END_TEST

/* Any rows, in any order and twice, and some from the middle. */
static void check_chosen_rows(data *d, const sm_source *source)
{
    const size_t indices[] = {N_SAMPLES - 1, 0, 3, 3, 1, 2};
    enum { N = sizeof indices / sizeof *indices };
    sm_rows rows = make_rows(source);
    void *scratch = make_scratch(&rows, N);
    sm_row block[N];
    ck_assert_int_eq(sm_rows_get(&rows, indices, 0, N, scratch, block), SM_OK);
    for (size_t i = 0; i < N; i++) {
        check_values(d, &block[i], rows.n_chunks, indices[i]);
        check_bits(d, &block[i], &rows, indices[i]);
    }
    ck_assert_int_eq(sm_rows_get(&rows, NULL, N_SAMPLES - N, N, scratch, block), SM_OK);
    for (size_t i = 0; i < N; i++) {
        check_values(d, &block[i], rows.n_chunks, N_SAMPLES - N + i);
        check_bits(d, &block[i], &rows, N_SAMPLES - N + i);
    }
    free(scratch);
    sm_rows_destroy(&rows);
    ck_assert_ptr_null(rows.chunks);
}

/* A source that writes its rows to the scratch memory. */
static const void *copy_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    const sm_matrix *m = context;
    return memcpy(scratch, (const uint8_t *)m->values + first * m->row_bytes, n_rows * m->row_bytes);
}

static bool copy_chosen_rows(void *context, const size_t *indices, size_t n_rows, void *scratch)
{
    const sm_matrix *m = context;
    for (size_t i = 0; i < n_rows; i++)
        (void)copy_rows(context, indices[i], 1, (uint8_t *)scratch + i * m->row_bytes);
    return true;
}

START_TEST(rows_are_given_by_number_from_memory_and_from_scratch)
{
    for (size_t i = 0; i < N_TYPES * N_WIDTHS; i++) {
        data *d = make_data(widths[i / N_TYPES]);
        sm_source source = data_source(d, types[i % N_TYPES]);
        check_chosen_rows(d, &source);
        source.rows = copy_rows;
        source.scratch_row_bytes = d->n_features * sm_type_bytes(source.type);
        check_chosen_rows(d, &source);
        check_all_rows(d, &source);
        source.gather = copy_chosen_rows;
        check_chosen_rows(d, &source);
        data_free(d);
    }
}
END_TEST

/* Rows of whole chunks are not copied and take no scratch memory. Other rows are copied, each into its own part. */
START_TEST(rows_of_whole_chunks_are_left_where_they_are)
{
    for (size_t i = 0; i < 2 * N_WIDTHS; i++) {
        const size_t width = widths[i / 2];
        data *d = make_data(width);
        const sm_source source = data_source(d, i % 2 ? SM_F32 : SM_U8);
        sm_rows rows = make_rows(&source);
        void *scratch = make_scratch(&rows, 5);
        sm_row block[5];
        ck_assert_int_eq(sm_rows_get(&rows, NULL, 10, 5, scratch, block), SM_OK);
        ck_assert((sm_rows_scratch_bytes(&rows, 5) == 0) == (width % SM_LANES == 0));
        for (size_t n = 0; n < 5; n++) {
            const void *in_source = i % 2 ? (void *)(d->floats + (10 + n) * width) : d->bytes + (10 + n) * width;
            const void *row = i % 2 ? (const void *)block[n].floats : block[n].bytes;
            ck_assert((row == in_source) == (width % SM_LANES == 0));
        }
        free(scratch);
        sm_rows_destroy(&rows);
        data_free(d);
    }
}
END_TEST

static const void *no_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    return first + n_rows == N_SAMPLES ? NULL : copy_rows(context, first, n_rows, scratch);
}

START_TEST(a_source_is_read_completely_and_its_failure_is_reported)
{
    data *d = make_data(17);
    float *found = test_calloc(N_SAMPLES * 17, sizeof *found);
    sm_source source = data_source(d, SM_F32);
    for (size_t n_threads = 0; n_threads < 4; n_threads++) {
        memset(found, 0xa5, N_SAMPLES * 17 * sizeof *found);
        ck_assert_int_eq(sm_source_read(&source, &(sm_execution){n_threads, NULL}, found), SM_OK);
        ck_assert_mem_eq(found, d->floats, N_SAMPLES * 17 * sizeof *found);
        source.rows = copy_rows;
        source.scratch_row_bytes = 17 * sizeof *found;
    }
    source.rows = no_rows;
    ck_assert_int_eq(sm_source_read(&source, &(sm_execution){2, NULL}, found), SM_ERROR_SOURCE);
    source.n_classes = 0;
    ck_assert_int_eq(sm_source_read(&source, &(sm_execution){2, NULL}, found), SM_ERROR_ARGUMENT);
    free(found);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("rows", rows_are_padded_with_zeros_and_have_a_bit_a_chunk,
                     rows_are_given_by_number_from_memory_and_from_scratch,
                     rows_of_whole_chunks_are_left_where_they_are,
                     a_source_is_read_completely_and_its_failure_is_reported);
}
