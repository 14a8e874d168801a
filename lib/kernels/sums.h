/*
 * Sums over samples and features: scores, and the gradient. Private to the files of instruction sets.
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
 * What differs from that below: the sums of up to 10 classes are kept in registers, a chunk may take several vectors
 * (one after another, so that registers suffice), and rows may share what is loaded.
 */
#include "lanes.h"

enum {
    MAX_STEP = 10,    /* classes whose sums the registers hold */
    PREFETCH_ROWS = 4 /* how far ahead a row is requested */
};

/* The form of the features. */
typedef enum row_form { ROW_FLOATS, ROW_HALVES, ROW_BYTES } row_form;

/* The rows that hold a chunk, as a bitmap of 64 rows a word. */
enum { WORD_ROWS = 64, MAX_ROW_WORDS = 4 };

/* What is summed at a time: some rows, a word of their chunks, and some classes. */
typedef struct panel {
    const sm_shape *shape;
    size_t n_rows;
    const sm_row *rows;
    size_t word, first_chunk, n_chunks; /* the chunks of the word */
    size_t first_class;

    const float *weights; /* where scores are summed: all weights, and the scores of the rows */
    float *scores;

    const float *residuals; /* where the gradient is summed: the residuals of the rows, and the whole gradient */
    float *gradient;
    uint64_t holders[MAX_ROW_WORDS][SM_WORD_CHUNKS];
} panel;

/* Sums a panel of n_classes classes. */
typedef void panel_sum(const panel *p, row_form form, size_t n_classes);

/* Has the sum compiled for each number of classes that a step may have. */
SM_INLINE void sum_step(panel_sum *sum, const panel *p, row_form form, size_t n_classes)
{
    switch (n_classes) {
    case 1:
        sum(p, form, 1);
        break;
    case 2:
        sum(p, form, 2);
        break;
    case 3:
        sum(p, form, 3);
        break;
    case 4:
        sum(p, form, 4);
        break;
    case 5:
        sum(p, form, 5);
        break;
    default:
        sum(p, form, MAX_STEP);
    }
}

/* Sums a word for all classes, some of them at a time. */
SM_INLINE void sum_word(panel_sum *sum, panel *p, size_t word)
{
    const size_t n_classes = p->shape->n_classes, first_chunk = word * SM_WORD_CHUNKS;
    const size_t n_left = p->shape->n_chunks - first_chunk;
    p->word = word;
    p->first_chunk = first_chunk;
    p->n_chunks = n_left < SM_WORD_CHUNKS ? n_left : SM_WORD_CHUNKS;
    size_t n = 0;
    for (p->first_class = 0; p->first_class < n_classes; p->first_class += n) {
        n = n_classes - p->first_class;
        n = n >= MAX_STEP ? MAX_STEP : n >= 5 ? 5 : n;
        if (p->rows->bytes)
            sum_step(sum, p, ROW_BYTES, n);
        else if (p->rows->floats)
            sum_step(sum, p, ROW_FLOATS, n);
        else
            sum_step(sum, p, ROW_HALVES, n);
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

/* scores [n_classes] += the sum of the lanes of each class: lanes a distance of 8, then 4, 2 and 1 apart. Up to
 * SM_LANES scores are written. */
SM_INLINE void add_to_scores(size_t n_classes, vector sums[N_VECTORS][MAX_STEP], float *scores)
{
    for (size_t distance = N_VECTORS / 2; distance > 0; distance /= 2)
        for (size_t v = 0; v < distance; v++)
            for (size_t k = 0; k < n_classes; k++)
                sums[v][k] += sums[v + distance][k];
    for (size_t first = 0; first < n_classes; first += VECTOR_LANES) {
        vector rows[VECTOR_LANES];
        for (size_t k = 0; k < VECTOR_LANES; k++)
            rows[k] = first + k < n_classes ? sums[0][first + k] : splat(0);
        store(scores + first, load(scores + first) + sum_lanes_of_each(rows));
    }
}

/* Adds a word to the scores of rows n .. n + n_rows - 1, which share the loads of the weights; a chunk that one of
 * them lacks adds 0 to it. */
SM_INLINE void score_rows(const panel *p, row_form form, size_t n_classes, size_t n, size_t n_rows)
{
    const sm_row *rows = p->rows + n;
    const size_t stride = p->shape->n_classes * SM_LANES;
    const float *weights = p->weights + p->first_chunk * stride + p->first_class * SM_LANES;
    vector sums_out[SCORE_ROWS][N_VECTORS][MAX_STEP];
    uint64_t held = 0;
    for (size_t i = 0; i < n_rows; i++)
        held |= rows[i].chunks[p->word];
    for (size_t v = 0; v < N_VECTORS; v++) {
        vector sums[SCORE_ROWS][MAX_STEP], x[SCORE_ROWS];
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < n_classes; k++)
                sums[i][k] = splat(0);
        for (uint64_t chunks = held; chunks; chunks &= chunks - 1) {
            const size_t c = (size_t)__builtin_ctzll(chunks);
            const float *chunk_weights = weights + c * stride + v * VECTOR_LANES;
            for (size_t i = 0; i < n_rows; i++)
                x[i] = load_features(form, &rows[i], (p->first_chunk + c) * SM_LANES + v * VECTOR_LANES);
            for (size_t k = 0; k < n_classes; k++) {
                const vector w = load_once(chunk_weights + k * SM_LANES);
                for (size_t i = 0; i < n_rows; i++)
                    sums[i][k] = multiply_add(x[i], w, sums[i][k]);
            }
        }
        for (size_t i = 0; i < n_rows; i++)
            for (size_t k = 0; k < n_classes; k++)
                sums_out[i][v][k] = sums[i][k];
    }
    for (size_t i = 0; i < n_rows; i++)
        add_to_scores(n_classes, sums_out[i], p->scores + (n + i) * p->shape->n_lanes + p->first_class);
}

/* Requests the word of a row from memory. */
SM_INLINE void prefetch(const panel *p, row_form form, size_t n)
{
    if (n >= p->n_rows)
        return;
    const sm_row *row = &p->rows[n];
    const size_t first = p->first_chunk * SM_LANES, n_features = p->n_chunks * SM_LANES;
    const char *begin = form == ROW_BYTES    ? (const char *)(row->bytes + first)
                        : form == ROW_HALVES ? (const char *)(row->halves + first)
                                             : (const char *)(row->floats + first);
    const size_t feature_bytes = form == ROW_BYTES ? 1 : form == ROW_HALVES ? sizeof(uint16_t) : sizeof(float);
    for (size_t i = 0; i < n_features * feature_bytes; i += 64)
        __builtin_prefetch(begin + i);
}

SM_INLINE void score_panel(const panel *p, row_form form, size_t n_classes)
{
    size_t n = 0;
    for (; n + SCORE_ROWS <= p->n_rows; n += SCORE_ROWS) {
        for (size_t i = 0; i < SCORE_ROWS; i++)
            prefetch(p, form, n + i + PREFETCH_ROWS);
        score_rows(p, form, n_classes, n, SCORE_ROWS);
    }
    for (; n < p->n_rows; n++)
        score_rows(p, form, n_classes, n, 1);
}

static void scores(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t k = 0; k < shape->n_lanes; k++)
            scores_out[n * shape->n_lanes + k] = bias[k] + 0.0f; /* no -0 */
    panel p = {.shape = shape, .n_rows = n_rows, .rows = rows, .weights = weights, .scores = scores_out};
    for (size_t word = 0; n_rows > 0 && word < shape->n_words; word++)
        sum_word(score_panel, &p, word);
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient                                                                                        */

SM_INLINE void gradient_panel(const panel *p, row_form form, size_t n_classes)
{
    const size_t n_row_words = (p->n_rows - 1) / WORD_ROWS + 1;
    for (size_t i = 0; i < p->n_chunks * N_VECTORS; i++) {
        const size_t feature = p->first_chunk * SM_LANES + i * VECTOR_LANES;
        float *gradient_sum = p->gradient + sm_weight_index(p->shape, feature, p->first_class);
        vector sums[MAX_STEP];
        for (size_t k = 0; k < n_classes; k++)
            sums[k] = load(gradient_sum + k * SM_LANES);
        for (size_t word = 0; word < n_row_words; word++) {
            for (uint64_t rows = p->holders[word][i / N_VECTORS]; rows; rows &= rows - 1) {
                const size_t n = word * WORD_ROWS + (size_t)__builtin_ctzll(rows);
                const float *residual = p->residuals + n * p->shape->n_lanes + p->first_class;
                const vector x = load_features(form, &p->rows[n], feature);
                for (size_t k = 0; k < n_classes; k++)
                    sums[k] = multiply_add(x, splat(residual[k]), sums[k]);
            }
        }
        for (size_t k = 0; k < n_classes; k++)
            store(gradient_sum + k * SM_LANES, sums[k]);
    }
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

/* Finds the rows that hold each chunk of a word. */
static void find_holders(panel *p, size_t word)
{
    for (size_t first = 0; first < p->n_rows; first += WORD_ROWS) {
        uint64_t *bits = p->holders[first / WORD_ROWS];
        for (size_t i = 0; i < WORD_ROWS; i++)
            bits[i] = first + i < p->n_rows ? p->rows[first + i].chunks[word] : 0;
        transpose_bits(bits);
    }
}

static void gradient(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient_sum)
{
    enum { MAX_ROWS = MAX_ROW_WORDS * WORD_ROWS };
    panel p = {.shape = shape, .gradient = gradient_sum};
    for (size_t first = 0; first < n_rows; first += MAX_ROWS) {
        p.n_rows = n_rows - first < MAX_ROWS ? n_rows - first : MAX_ROWS;
        p.rows = rows + first;
        p.residuals = residuals + first * shape->n_lanes;
        for (size_t word = 0; word < shape->n_words; word++) {
            find_holders(&p, word);
            sum_word(gradient_panel, &p, word);
        }
    }
}
