/*
 * The kernels over lanes. Private to the library. An instruction set's file defines its vectors, includes
 * lanes.h, adds transpose and sum_each, OUTER_VECTORS and SCORE_ROWS, includes this, and names the functions in
 * its table.
 */
#include <stdbool.h>

#include "elementary.h"
#include "kernels.h"

/* Every function of these takes its loop bounds as constants, so that all sums stay in registers. */
#define SM_INLINE static inline __attribute__((always_inline))

enum {
    CLASS_TILE = 10,  /* classes whose sums the registers hold */
    PREFETCH_ROWS = 4 /* how far ahead a row is asked for */
};

/* A block of rows times the weights of some classes and one word of chunks. */
typedef struct score_task {
    const sm_shape *shape;
    size_t n_rows, word, first_class;
    const sm_row *rows;
    const float *weights;
    float *scores;
} score_task;

/* The form of the rows of a block. */
typedef enum row_form { ROW_FLOATS, ROW_HALVES, ROW_BYTES } row_form;

SM_INLINE row_form form_of(const sm_row *row)
{
    return row->bytes ? ROW_BYTES : row->floats ? ROW_FLOATS : ROW_HALVES;
}

SM_INLINE vector load_values(row_form form, const sm_row *row, size_t first)
{
    if (form == ROW_BYTES)
        return vector_load_bytes(row->bytes + first);
    return form == ROW_FLOATS ? vector_load(row->floats + first) : vector_load_halves(row->halves + first);
}

/* The products of n_rows rows with n_classes classes, in one part of the lanes. Rows share the loads of the
 * weights; a chunk that one of them lacks adds 0 to it. */
SM_INLINE void score_part(const score_task *t, row_form form, size_t n_rows, size_t n_classes, const sm_row *rows,
                          uint64_t chunks, size_t part, lanes sums_out[SCORE_ROWS][SM_LANES])
{
    const size_t stride = t->shape->n_classes * SM_LANES, first_chunk = t->word * SM_WORD_CHUNKS;
    const float *weights = t->weights + first_chunk * stride + t->first_class * SM_LANES + part * VECTOR_LANES;
    vector sums[SCORE_ROWS][CLASS_TILE], x[SCORE_ROWS];
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_classes; k++)
            sums[i][k] = vector_splat(0);
    for (; chunks; chunks &= chunks - 1) {
        const size_t c = (size_t)__builtin_ctzll(chunks);
        const float *chunk_weights = weights + c * stride;
        for (size_t i = 0; i < n_rows; i++)
            x[i] = load_values(form, &rows[i], (first_chunk + c) * SM_LANES + part * VECTOR_LANES);
        for (size_t k = 0; k < n_classes; k++) {
            const vector w = vector_load_once(chunk_weights + k * SM_LANES);
            for (size_t i = 0; i < n_rows; i++)
                sums[i][k] = vector_multiply_add(x[i], w, sums[i][k]);
        }
    }
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n_classes; k++)
            sums_out[i][k].part[part] = sums[i][k];
}

SM_INLINE void score_rows(const score_task *t, row_form form, size_t n_rows, size_t n_classes, const sm_row *rows,
                          float *scores_out)
{
    lanes sums[SCORE_ROWS][SM_LANES];
    uint64_t chunks = 0;
    for (size_t i = 0; i < n_rows; i++) {
        chunks |= rows[i].chunks[t->word];
        for (size_t k = 0; k < SM_LANES; k++)
            sums[i][k] = splat(0);
    }
    for (size_t part = 0; part < N_PARTS; part++)
        score_part(t, form, n_rows, n_classes, rows, chunks, part, sums);
    for (size_t i = 0; i < n_rows; i++) {
        float *score = scores_out + i * t->shape->n_lanes + t->first_class;
        store(score, add(load(score), sum_each(sums[i])));
    }
}

/* Asks for what the word holds of a row. */
SM_INLINE void prefetch_word(const score_task *t, row_form form, size_t row)
{
    const size_t value_bytes = form == ROW_BYTES    ? sizeof(uint8_t)
                               : form == ROW_HALVES ? sizeof(uint16_t)
                                                    : sizeof(float);
    const size_t first = t->word * SM_WORD_CHUNKS, left = t->shape->n_chunks - first;
    const size_t n_bytes = (left < SM_WORD_CHUNKS ? left : SM_WORD_CHUNKS) * SM_LANES * value_bytes;
    if (row >= t->n_rows)
        return;
    const sm_row *r = &t->rows[row];
    const char *values = form == ROW_BYTES    ? (const char *)r->bytes
                         : form == ROW_HALVES ? (const char *)r->halves
                                              : (const char *)r->floats;
    for (size_t i = 0; i < n_bytes; i += 64)
        __builtin_prefetch(values + first * SM_LANES * value_bytes + i);
}

SM_INLINE void score_block(const score_task *t, row_form form, size_t n_classes)
{
    size_t n = 0;
    for (; n + SCORE_ROWS <= t->n_rows; n += SCORE_ROWS) {
        for (size_t i = 0; i < SCORE_ROWS; i++)
            prefetch_word(t, form, n + i + PREFETCH_ROWS);
        score_rows(t, form, SCORE_ROWS, n_classes, t->rows + n, t->scores + n * t->shape->n_lanes);
    }
    for (; n < t->n_rows; n++)
        score_rows(t, form, 1, n_classes, t->rows + n, t->scores + n * t->shape->n_lanes);
}

SM_INLINE void score_classes(const score_task *t, size_t n_classes)
{
    switch (form_of(t->rows)) {
    case ROW_FLOATS:
        score_block(t, ROW_FLOATS, n_classes);
        break;
    case ROW_HALVES:
        score_block(t, ROW_HALVES, n_classes);
        break;
    case ROW_BYTES:
        score_block(t, ROW_BYTES, n_classes);
        break;
    }
}

/* How many of the classes that are left are taken at once; one of the cases below. */
static size_t class_tile(size_t n_left)
{
    if (n_left >= CLASS_TILE)
        return CLASS_TILE;
    return n_left < 5 ? n_left : 5;
}

static void score_tile(const score_task *t, size_t n_classes)
{
    switch (n_classes) {
    case 1:
        score_classes(t, 1);
        break;
    case 2:
        score_classes(t, 2);
        break;
    case 3:
        score_classes(t, 3);
        break;
    case 4:
        score_classes(t, 4);
        break;
    case 5:
        score_classes(t, 5);
        break;
    default:
        score_classes(t, CLASS_TILE);
    }
}

static void scores(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t k = 0; k < shape->n_lanes; k += SM_LANES)
            store(scores_out + n * shape->n_lanes + k, add(load(bias + k), splat(0))); /* no -0 */
    score_task t = {.shape = shape, .n_rows = n_rows, .rows = rows, .weights = weights, .scores = scores_out};
    for (t.word = 0; n_rows > 0 && t.word < shape->n_words; t.word++) {
        size_t n = 0;
        for (t.first_class = 0; t.first_class < shape->n_classes; t.first_class += n) {
            n = class_tile(shape->n_classes - t.first_class);
            score_tile(&t, n);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

/* Rows whose bits make up one word. */
enum { GROUP_ROWS = 64, MAX_GROUPS = 4 };

/* Swaps bit j of word i with bit i of word j. (Warren 2013, Hacker's Delight, fig. 7-6.) */
static void transpose_bits(uint64_t words[GROUP_ROWS])
{
    uint64_t mask = UINT32_MAX;
    for (size_t distance = 32; distance > 0; distance /= 2, mask ^= mask << distance) {
        for (size_t i = 0; i < GROUP_ROWS; i = (i + distance + 1) & ~distance) {
            const uint64_t swapped = (words[i] >> distance ^ words[i + distance]) & mask;
            words[i + distance] ^= swapped;
            words[i] ^= swapped << distance;
        }
    }
}

/* The transposed residuals of a block of rows times one word of their chunks. */
typedef struct gradient_task {
    const sm_shape *shape;
    size_t n_groups, chunk, first_class;
    const sm_row *rows;
    const float *residuals;
    float *gradient;
    uint64_t bits[MAX_GROUPS][GROUP_ROWS]; /* rows of a group that hold a chunk */
} gradient_task;

SM_INLINE void add_chunk(const gradient_task *t, row_form form, size_t n_classes, size_t part)
{
    const size_t first_feature = t->chunk * SM_LANES + part * VECTOR_LANES;
    float *gradient_sum =
        t->gradient + (t->chunk * t->shape->n_classes + t->first_class) * SM_LANES + part * VECTOR_LANES;
    vector sums[CLASS_TILE];
    for (size_t k = 0; k < n_classes; k++)
        sums[k] = vector_load(gradient_sum + k * SM_LANES);
    for (size_t group = 0; group < t->n_groups; group++) {
        for (uint64_t rows = t->bits[group][t->chunk % SM_WORD_CHUNKS]; rows; rows &= rows - 1) {
            const size_t n = group * GROUP_ROWS + (size_t)__builtin_ctzll(rows);
            const float *residual = t->residuals + n * t->shape->n_lanes + t->first_class;
            const vector x = load_values(form, &t->rows[n], first_feature);
            for (size_t k = 0; k < n_classes; k++)
                sums[k] = vector_multiply_add(x, vector_splat(residual[k]), sums[k]);
        }
    }
    for (size_t k = 0; k < n_classes; k++)
        vector_store(gradient_sum + k * SM_LANES, sums[k]);
}

SM_INLINE void gradient_classes(const gradient_task *t, size_t n_classes)
{
    const row_form form = form_of(t->rows);
    for (size_t part = 0; part < N_PARTS; part++) {
        if (form == ROW_FLOATS)
            add_chunk(t, ROW_FLOATS, n_classes, part);
        else if (form == ROW_HALVES)
            add_chunk(t, ROW_HALVES, n_classes, part);
        else
            add_chunk(t, ROW_BYTES, n_classes, part);
    }
}

static void gradient_tile(const gradient_task *t, size_t n_classes)
{
    switch (n_classes) {
    case 1:
        gradient_classes(t, 1);
        break;
    case 2:
        gradient_classes(t, 2);
        break;
    case 3:
        gradient_classes(t, 3);
        break;
    case 4:
        gradient_classes(t, 4);
        break;
    case 5:
        gradient_classes(t, 5);
        break;
    default:
        gradient_classes(t, CLASS_TILE);
    }
}

/* Finds out which of the rows hold which chunk of a word. */
static void collect_bits(gradient_task *t, size_t n_rows, size_t word)
{
    t->n_groups = (n_rows + GROUP_ROWS - 1) / GROUP_ROWS;
    for (size_t group = 0; group < t->n_groups; group++) {
        for (size_t i = 0; i < GROUP_ROWS; i++) {
            const size_t n = group * GROUP_ROWS + i;
            t->bits[group][i] = n < n_rows ? t->rows[n].chunks[word] : 0;
        }
        transpose_bits(t->bits[group]);
    }
}

static void gradient_of_block(gradient_task *t, size_t n_rows)
{
    for (size_t chunk = 0; chunk < t->shape->n_chunks; chunk++) {
        if (chunk % SM_WORD_CHUNKS == 0)
            collect_bits(t, n_rows, chunk / SM_WORD_CHUNKS);
        t->chunk = chunk;
        size_t n = 0;
        for (t->first_class = 0; t->first_class < t->shape->n_classes; t->first_class += n) {
            n = class_tile(t->shape->n_classes - t->first_class);
            gradient_tile(t, n);
        }
    }
}

static void gradient(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient_sum)
{
    enum { MAX_ROWS = MAX_GROUPS * GROUP_ROWS };
    for (size_t first = 0; first < n_rows; first += MAX_ROWS) {
        gradient_task t = {.shape = shape,
                           .rows = rows + first,
                           .residuals = residuals + first * shape->n_lanes,
                           .gradient = gradient_sum};
        gradient_of_block(&t, n_rows - first < MAX_ROWS ? n_rows - first : MAX_ROWS);
    }
}

/* ---------------------------------------------------------------------------------------------- */

/* sm_exp in every lane */
static inline lanes exp_lanes(lanes x)
{
    const lanes shifted = multiply_add(x, splat(SM_LOG2_E), splat(SM_ROUND_MAGIC));
    const lanes n = subtract(shifted, splat(SM_ROUND_MAGIC));
    lanes r = multiply_add(n, splat(-SM_LN2_HIGH), x);
    r = multiply_add(n, splat(-SM_LN2_LOW), r);
    lanes q = multiply_add(r, splat(SM_E4), splat(SM_E3));
    q = multiply_add(r, q, splat(SM_E2));
    q = multiply_add(r, q, splat(SM_E1));
    q = multiply_add(r, q, splat(SM_E0));
    q = multiply_add(multiply(r, r), q, r);
    const lanes power = power_of_two(shifted);
    return choose(greater(splat(SM_EXP_LOWEST), x), splat(0), multiply_add(q, power, power));
}

/* Moves 16 rows of up to 16 classes between the rows' form, a row a sample, and the columns', a vector a
 * class with a sample a lane. */
static inline void load_columns(const float *rows, size_t n_lanes, lanes *columns)
{
    for (size_t i = 0; i < SM_LANES; i++)
        columns[i] = load(rows + i * n_lanes);
    transpose(columns);
}

static inline void store_columns(lanes *columns, size_t n_lanes, float *rows)
{
    transpose(columns);
    for (size_t i = 0; i < SM_LANES; i++)
        store(rows + i * n_lanes, columns[i]);
}

/* Softmax of 16 samples, a lane each; see sm_kernels. */
static inline void softmax_16(size_t n_classes, size_t n_lanes, float *rows, float *best_out, float *max_out,
                              float *sum_out)
{
    lanes columns[SM_LANES];
    lanes max = splat(0), best = splat(0), sum = splat(0);
    for (size_t k = 0; k < n_classes; k++) {
        if (k % SM_LANES == 0)
            load_columns(rows + k, n_lanes, columns);
        const lanes score = columns[k % SM_LANES];
        max = k == 0 ? score : max;
        best = choose(greater(score, max), splat((float)k), best);
        max = choose(greater(score, max), score, max);
    }
    for (size_t first = 0; first < n_classes; first += SM_LANES) {
        const size_t left = n_classes - first, n = left < SM_LANES ? left : SM_LANES;
        if (n_classes > SM_LANES) /* else they are still there */
            load_columns(rows + first, n_lanes, columns);
        for (size_t k = 0; k < SM_LANES; k++) {
            columns[k] = k < n ? exp_lanes(subtract(columns[k], max)) : splat(0);
            sum = k < n ? add(sum, columns[k]) : sum;
        }
        if (n_classes > SM_LANES)
            store_columns(columns, n_lanes, rows + first);
    }
    const lanes reciprocal = divide(splat(1), sum);
    for (size_t first = 0; first < n_classes; first += SM_LANES) {
        if (n_classes > SM_LANES)
            load_columns(rows + first, n_lanes, columns);
        for (size_t k = 0; k < SM_LANES; k++)
            columns[k] = multiply(columns[k], reciprocal);
        store_columns(columns, n_lanes, rows + first);
    }
    store(best_out, best);
    store(max_out, max);
    store(sum_out, sum);
}

static void softmax(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores_inout,
                    uint8_t *predictions, float *losses)
{
    for (size_t first = 0; first < n_rows; first += SM_LANES) {
        const size_t left = n_rows - first, n = left < SM_LANES ? left : SM_LANES;
        float *rows = scores_inout + first * n_lanes;
        float label_scores[SM_LANES], best[SM_LANES], max[SM_LANES], sum[SM_LANES];
        for (size_t i = 0; labels && i < n; i++)
            label_scores[i] = rows[i * n_lanes + labels[first + i]];
        softmax_16(n_classes, n_lanes, rows, best, max, sum);
        for (size_t i = 0; i < n; i++) {
            predictions[first + i] = (uint8_t)best[i];
            if (labels)
                losses[first + i] = sm_log(sum[i]) + (max[i] - label_scores[i]);
        }
    }
}

static void flush(size_t n, bool is_first, float *values, double *sums)
{
    if (is_first) {
        for (size_t i = 0; i < n; i++) {
            sums[i] = 0 + (double)values[i]; /* no -0 */
            values[i] = 0;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sums[i] += (double)values[i];
        values[i] = 0;
    }
}

static void add_scaled(size_t n, float factor, const float *x, float *y)
{
    const lanes f = splat(factor);
    for (size_t i = 0; i < n; i += SM_LANES)
        store(y + i, multiply_add(f, load(x + i), load(y + i)));
}

static float dot(size_t n, const float *x, const float *y)
{
    lanes sum = splat(0);
    for (size_t i = 0; i < n; i += SM_LANES)
        sum = multiply_add(load(x + i), load(y + i), sum);
    float partial[SM_LANES];
    store(partial, sum);
    return sm_sum_lanes(partial);
}

/* A tile of SM_OUTER_ROWS rows and n_vectors (at most OUTER_VECTORS) vectors of columns, kept in registers
 * over all rows. */
SM_INLINE void outer_tile(size_t n_rows, const float *const *rows, bool subtracts, size_t column, size_t stride,
                          size_t j, size_t n_vectors, float *matrix)
{
    lanes sums[SM_OUTER_ROWS][OUTER_VECTORS];
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            sums[i][v] = load(matrix + (column + i) * stride + j + v * SM_LANES);
    for (size_t n = 0; n < n_rows; n++) {
        const float *row = rows[n];
        lanes columns[OUTER_VECTORS];
        for (size_t v = 0; v < n_vectors; v++)
            columns[v] = load(row + j + v * SM_LANES);
        for (size_t i = 0; i < SM_OUTER_ROWS; i++) {
            const lanes factor = splat(row[column + i]);
            for (size_t v = 0; v < n_vectors; v++)
                sums[i][v] = subtracts ? subtract_product(sums[i][v], factor, columns[v])
                                       : multiply_add(factor, columns[v], sums[i][v]);
        }
    }
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            store(matrix + (column + i) * stride + j + v * SM_LANES, sums[i][v]);
}

SM_INLINE void outer_strip(size_t n_rows, const float *const *rows, bool subtracts, size_t column, size_t begin,
                           size_t end, size_t stride, float *matrix)
{
    size_t j = begin;
    for (; j + OUTER_VECTORS * SM_LANES <= end; j += OUTER_VECTORS * SM_LANES)
        outer_tile(n_rows, rows, subtracts, column, stride, j, OUTER_VECTORS, matrix);
    for (; j < end; j += SM_LANES)
        outer_tile(n_rows, rows, subtracts, column, stride, j, 1, matrix);
}

static void outer(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin, size_t end,
                  size_t stride, float *matrix)
{
    if (sign > 0)
        outer_strip(n_rows, rows, false, column, begin, end, stride, matrix);
    else
        outer_strip(n_rows, rows, true, column, begin, end, stride, matrix);
}
