/*
 * Sums over samples and features: scores, and the gradient. Included only by the files of instruction sets.
 *
 *   features of a sample   | 0 ... 15 | 16 ... 31 | 32 ... 47 | ..   16 features are a chunk, one in each lane
 *   bitmap of its chunks   |    1     |     0     |     1     | ..   0: the chunk holds only zeros; 64 bits are a word
 *   weights, gradient      | 10 x 16  |  10 x 16  |  10 x 16  | ..   for each chunk, 16 lanes for each class
 *   scores, residuals      | 10, and 6 zeros |                       for each sample, a value for each class
 *
 * Most of a picture is background, so most chunks are skipped. A score takes the chunks of a sample one after another,
 *
 *   for each word, for each sample, for each chunk of the word that the sample holds, for each class:
 *       sums[class] += chunk * weights[chunk][class]          (16 lanes, added up at the end of the word)
 *
 * and the gradient takes the samples that hold a chunk one after another:
 *
 *   for each word, for each of its chunks, for each sample that holds it, for each class:
 *       gradient[chunk][class] += chunk * residuals[sample][class]
 *
 * The code below does just that, for up to 10 classes at a time, whose sums fit into registers. Scores take the
 * first vector of each chunk of a word, then the second, if any. Rows (samples) are scored in pairs if those fit, too.
 */
#include "lanes.h"

enum {
    MAX_STEP = 10,    /* classes whose sums the registers hold */
    PREFETCH_ROWS = 2 /* how many rows ahead; more would not stay in the first-level cache */
};

/* The form of the features. */
typedef enum row_form { ROW_FLOATS, ROW_HALVES, ROW_BYTES } row_form;

/* The bitmap of the rows that hold a chunk: rows in a word, and words. */
enum { WORD_ROWS = 64, MAX_ROW_WORDS = 4 };

/* One step of a sum: the rows of a tile, a word of their chunks, and some classes. */
typedef struct task {
    const sm_shape *shape;
    size_t n_rows;
    const sm_row *rows;
    size_t word, first_chunk, n_chunks; /* the chunks of the word */
    size_t first_class;

    /* For scores: */
    const float *weights; /* [n_weights] */
    float *scores;        /* [n_rows, n_lanes] */

    /* For the gradient: */
    const float *residuals;                          /* [n_rows, n_lanes] */
    float *gradient;                                 /* [n_weights] */
    uint64_t holders[MAX_ROW_WORDS][SM_WORD_CHUNKS]; /* the rows that hold each chunk of the word */
} task;

/* Does a task for n_classes classes. */
typedef void task_sum(const task *t, row_form form, size_t n_classes);

/* Calls sum with a constant number of classes. */
SM_INLINE void sum_step(task_sum *sum, const task *t, row_form form, size_t n_classes)
{
    if (n_classes == 1)
        sum(t, form, 1);
    else if (n_classes == 2)
        sum(t, form, 2);
    else if (n_classes == 3)
        sum(t, form, 3);
    else if (n_classes == 4)
        sum(t, form, 4);
    else if (n_classes == 5)
        sum(t, form, 5);
    else
        sum(t, form, MAX_STEP);
}

/* Sums a word for all classes, up to MAX_STEP at a time. */
SM_INLINE void sum_word(task_sum *sum, task *t, size_t word)
{
    const size_t n_classes = t->shape->n_classes, first_chunk = word * SM_WORD_CHUNKS;
    const size_t n_left = t->shape->n_chunks - first_chunk;
    t->word = word;
    t->first_chunk = first_chunk;
    t->n_chunks = n_left < SM_WORD_CHUNKS ? n_left : SM_WORD_CHUNKS;
    size_t n = 0;
    for (t->first_class = 0; t->first_class < n_classes; t->first_class += n) {
        n = n_classes - t->first_class;
        n = n >= MAX_STEP ? MAX_STEP : n >= 5 ? 5 : n;
        if (t->rows->bytes)
            sum_step(sum, t, ROW_BYTES, n);
        else if (t->rows->floats)
            sum_step(sum, t, ROW_FLOATS, n);
        else
            sum_step(sum, t, ROW_HALVES, n);
    }
}

SM_INLINE vector load_features(row_form form, const sm_row *row, size_t first)
{
    if (form == ROW_BYTES)
        return load_bytes(row->bytes + first);
    return form == ROW_FLOATS ? load(row->floats + first) : load_halves(row->halves + first);
}

/* ---------------------------------------------------------------------------------------------- */
/* Scores                                                                                          */

/* scores [n_classes] += the sum of the lanes of each class: lanes 8 apart are added, then those 4, 2 and 1 apart. Up to
 * SM_LANES scores are written. */
SM_INLINE void add_to_scores(size_t n_classes, vector sums[N_VECTORS][MAX_STEP], float *scores)
{
    for (size_t distance = N_VECTORS / 2; distance > 0; distance /= 2)
        for (size_t v = 0; v < distance; v++)
            for (size_t k = 0; k < n_classes; k++)
                sums[v][k] += sums[v + distance][k];
    for (size_t first = 0; first < n_classes; first += VECTOR_LANES) {
        vector by_class[VECTOR_LANES];
        for (size_t k = 0; k < VECTOR_LANES; k++)
            by_class[k] = first + k < n_classes ? sums[0][first + k] : splat(0);
        store(scores + first, load(scores + first) + sum_lanes_of_each(by_class));
    }
}

/* The bytes of a chunk. */
SM_INLINE size_t chunk_bytes(row_form form)
{
    return SM_LANES * (form == ROW_BYTES ? 1 : form == ROW_HALVES ? sizeof(uint16_t) : sizeof(float));
}

/* Where the word of row n begins; beyond the last row, the next word of the first rows, which come then. */
SM_INLINE const char *find_word(const task *t, row_form form, size_t n)
{
    const bool is_next = n >= t->n_rows && t->first_chunk + t->n_chunks < t->shape->n_chunks;
    const sm_row *row = &t->rows[n % t->n_rows];
    const size_t first = (t->first_chunk + (is_next ? t->n_chunks : 0)) * SM_LANES;
    return form == ROW_BYTES    ? (const char *)(row->bytes + first)
           : form == ROW_HALVES ? (const char *)(row->halves + first)
                                : (const char *)(row->floats + first);
}

/* Adds the vector of a chunk that begins at a feature, and at its weights, to the sums of each row and class. */
SM_INLINE void add_chunk(row_form form, size_t n_classes, size_t n_rows, const sm_row *rows, size_t feature,
                         const float *weights, vector sums[SCORE_ROWS][MAX_STEP])
{
    vector x[SCORE_ROWS];
    for (size_t i = 0; i < n_rows; i++)
        x[i] = load_features(form, &rows[i], feature);
    for (size_t k = 0; k < n_classes; k++) {
        const vector w = load_once(weights + k * SM_LANES);
        for (size_t i = 0; i < n_rows; i++)
            sums[i][k] = multiply_add(x[i], w, sums[i][k]);
    }
}

/* Adds a word to the scores of rows n .. n + n_rows - 1. To share the loads of weights, each adds the chunks that
 * any of them holds. Meanwhile the rows after these come into the cache, chunk by chunk: many at once would have to wait. */
SM_INLINE void score_rows(const task *t, row_form form, size_t n_classes, size_t n, size_t n_rows)
{
    const sm_row *rows = t->rows + n;
    const size_t stride = t->shape->n_classes * SM_LANES, bytes = chunk_bytes(form);
    const float *weights = t->weights + t->first_chunk * stride + t->first_class * SM_LANES;
    vector all_sums[SCORE_ROWS][N_VECTORS][MAX_STEP];
    const char *next[SCORE_ROWS];
    uint64_t held = 0;
    for (size_t i = 0; i < n_rows; i++) {
        held |= rows[i].chunks[t->word];
        next[i] = find_word(t, form, n + i + PREFETCH_ROWS);
    }
    for (size_t v = 0; v < N_VECTORS; v++) {
        vector sums[SCORE_ROWS][MAX_STEP];
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < n_classes; k++)
                sums[i][k] = splat(0);
        for (uint64_t chunks = held; chunks; chunks &= chunks - 1) {
            const size_t c = (size_t)__builtin_ctzll(chunks);
            for (size_t i = 0; v == 0 && i < n_rows; i++)
                __builtin_prefetch(next[i] + c * bytes);
            add_chunk(form, n_classes, n_rows, rows, (t->first_chunk + c) * SM_LANES + v * VECTOR_LANES,
                      weights + c * stride + v * VECTOR_LANES, sums);
        }
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < n_classes; k++)
                all_sums[i][v][k] = sums[i][k];
    }
    for (size_t i = 0; i < n_rows; i++)
        add_to_scores(n_classes, all_sums[i], t->scores + (n + i) * t->shape->n_lanes + t->first_class);
}

SM_INLINE void score_tile(const task *t, row_form form, size_t n_classes)
{
    size_t n = 0;
    for (; n + SCORE_ROWS <= t->n_rows; n += SCORE_ROWS)
        score_rows(t, form, n_classes, n, SCORE_ROWS);
    for (; n < t->n_rows; n++)
        score_rows(t, form, n_classes, n, 1);
}

static void scores(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t k = 0; k < shape->n_lanes; k++)
            scores_out[n * shape->n_lanes + k] = bias[k] + 0.0f; /* no -0 */
    task t = {.shape = shape, .n_rows = n_rows, .rows = rows, .weights = weights, .scores = scores_out};
    for (size_t word = 0; n_rows > 0 && word < shape->n_words; word++)
        sum_word(score_tile, &t, word);
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient                                                                                        */

/* sums [n_vectors][n_classes] += features * residual of row n. */
SM_INLINE void add_row(const task *t, row_form form, size_t n_classes, size_t n, size_t feature, size_t n_vectors,
                       vector sums[GRADIENT_VECTORS][MAX_STEP])
{
    const float *residual = t->residuals + n * t->shape->n_lanes + t->first_class;
    vector x[GRADIENT_VECTORS];
    for (size_t v = 0; v < n_vectors; v++)
        x[v] = load_features(form, &t->rows[n], feature + v * VECTOR_LANES);
    for (size_t k = 0; k < n_classes; k++) {
        const vector r = splat(residual[k]);
        for (size_t v = 0; v < n_vectors; v++)
            sums[v][k] = multiply_add(x[v], r, sums[v][k]);
    }
}

/* The gradient of n_vectors vectors of features, the first of which is vector i of the word. All rows hold all floats and
 * halves. */
SM_INLINE void gradient_of_vectors(const task *t, row_form form, size_t n_classes, size_t i, size_t n_vectors)
{
    const size_t feature = t->first_chunk * SM_LANES + i * VECTOR_LANES;
    vector sums[GRADIENT_VECTORS][MAX_STEP];
    float *gradient_sums[GRADIENT_VECTORS];
    for (size_t v = 0; v < n_vectors; v++) {
        gradient_sums[v] = t->gradient + sm_weight_index(t->shape, feature + v * VECTOR_LANES, t->first_class);
        for (size_t k = 0; k < n_classes; k++)
            sums[v][k] = load(gradient_sums[v] + k * SM_LANES);
    }
    for (size_t n = 0; form != ROW_BYTES && n < t->n_rows; n++)
        add_row(t, form, n_classes, n, feature, n_vectors, sums);
    for (size_t first = 0; form == ROW_BYTES && first < t->n_rows; first += WORD_ROWS)
        for (uint64_t rows = t->holders[first / WORD_ROWS][i / N_VECTORS]; rows; rows &= rows - 1)
            add_row(t, form, n_classes, first + (size_t)__builtin_ctzll(rows), feature, n_vectors, sums);
    for (size_t v = 0; v < n_vectors; v++)
        for (size_t k = 0; k < n_classes; k++)
            store(gradient_sums[v] + k * SM_LANES, sums[v][k]);
}

SM_INLINE void gradient_of_word(const task *t, row_form form, size_t n_classes)
{
    const size_t n = t->n_chunks * N_VECTORS;
    size_t i = 0;
    for (; form != ROW_BYTES && i + GRADIENT_VECTORS <= n; i += GRADIENT_VECTORS)
        gradient_of_vectors(t, form, n_classes, i, GRADIENT_VECTORS);
    for (; i < n; i++)
        gradient_of_vectors(t, form, n_classes, i, 1);
}

/* Swaps bit j of word i with bit i of word j. (Warren 2013, Hacker's Delight, fig. 7-6.) */
static void transpose_bits(uint64_t words[64])
{
    uint64_t mask = UINT32_MAX;
    for (size_t distance = 32; distance > 0; distance /= 2, mask ^= mask << distance) {
        for (size_t i = 0; i < 64; i = (i + distance + 1) & ~distance) {
            const uint64_t swapped = (words[i] >> distance ^ words[i + distance]) & mask;
            words[i + distance] ^= swapped;
            words[i] ^= swapped << distance;
        }
    }
}

/* Sets t->holders for a word, from the transposed bitmaps of chunks. */
static void find_holders(task *t, size_t word)
{
    for (size_t first = 0; first < t->n_rows; first += WORD_ROWS) {
        uint64_t *bits = t->holders[first / WORD_ROWS];
        for (size_t i = 0; i < WORD_ROWS; i++)
            bits[i] = first + i < t->n_rows ? t->rows[first + i].chunks[word] : 0;
        transpose_bits(bits);
    }
}

static void gradient(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient_sum)
{
    enum { MAX_ROWS = MAX_ROW_WORDS * WORD_ROWS };
    task t = {.shape = shape, .gradient = gradient_sum};
    for (size_t first = 0; first < n_rows; first += MAX_ROWS) {
        t.n_rows = n_rows - first < MAX_ROWS ? n_rows - first : MAX_ROWS;
        t.rows = rows + first;
        t.residuals = residuals + first * shape->n_lanes;
        for (size_t word = 0; word < shape->n_words; word++) {
            if (t.rows->bytes)
                find_holders(&t, word);
            sum_word(gradient_of_word, &t, word);
        }
    }
}
