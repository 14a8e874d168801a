/* The inner loops: every instruction set against naive loops, and these against plain sums in double. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "softmax.h"
#include "support/data.h"
#include "support/naive_kernels.h"
#include "support/suite.h"

static const char *const isas[] = {"avx512", "avx2", "neon", "scalar"};
enum { N_ISAS = sizeof isas / sizeof *isas };

/* Half a unit in the last place of 1: the largest relative error of one rounding of a float. */
static const double ROUNDING = (double)FLT_EPSILON / 2;

static size_t round_up(size_t n)
{
    return (n + SM_LANES - 1) / SM_LANES * SM_LANES;
}

/* Calls check with the kernels of each instruction set that this machine has. */
static void for_each_isa(void (*check)(const sm_kernels *kernels))
{
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        if (kernels)
            check(kernels);
    }
}

START_TEST(kernels_are_found_by_name)
{
    ck_assert_ptr_eq(sm_kernels_find("scalar"), &sm_kernels_scalar);
    ck_assert_ptr_null(sm_kernels_find("mmx"));
    ck_assert_ptr_null(sm_kernels_find(""));
    const sm_kernels *best = NULL;
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        best = best ? best : kernels;
        if (kernels)
            ck_assert_str_eq(kernels->name, isas[i]);
        ck_assert_pstr_eq(sm_isa_name(isas[i]), kernels ? isas[i] : NULL);
    }
    ck_assert_ptr_eq(sm_kernels_find(NULL), best);
    ck_assert_str_eq(sm_isa_name(NULL), best->name);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Scores and gradient                                                                             */

/* Rows, weights and residuals. */
typedef struct sums {
    sm_shape shape;
    size_t n_rows;
    sm_row *rows;
    float *floats;    /* [n_rows, n_chunks, SM_LANES] */
    uint16_t *halves; /* likewise */
    uint8_t *bytes;   /* likewise */
    uint64_t *chunks; /* [n_rows, n_words] */
    float *weights, *bias, *residuals;
} sums;

static void fill_floats(sm_random *random, size_t n, float *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_between(random, -1, 1);
}

static sm_shape make_shape(size_t n_chunks, size_t n_classes)
{
    return (sm_shape){.n_chunks = n_chunks,
                      .n_words = (n_chunks + SM_WORD_CHUNKS - 1) / SM_WORD_CHUNKS,
                      .n_classes = n_classes,
                      .n_lanes = round_up(n_classes),
                      .n_weights = n_chunks * n_classes * SM_LANES};
}

/* Fills a chunk of bytes, at least one of them not 0, and sets its bit in the row. */
static void fill_chunk(sm_random *random, bool is_full, size_t chunk, uint8_t *bytes, uint64_t *chunks)
{
    for (size_t j = 0; j < SM_LANES; j++)
        bytes[chunk * SM_LANES + j] = is_full ? 255 : (uint8_t)sm_random_below(random, 256);
    bytes[chunk * SM_LANES + sm_random_below(random, SM_LANES)] |= 1;
    chunks[chunk / SM_WORD_CHUNKS] |= UINT64_C(1) << chunk % SM_WORD_CHUNKS;
}

/* The percentage of chunks that are not 0; at 100 all bytes are 255. */
static sums *sums_create(size_t n_rows, size_t n_chunks, size_t n_classes, unsigned density)
{
    sums *s = test_calloc(1, sizeof *s);
    sm_random random = {n_rows * 1000003 + n_chunks * 1009 + n_classes + density};
    *s = (sums){.n_rows = n_rows, .shape = make_shape(n_chunks, n_classes)};
    const size_t n_values = n_chunks * SM_LANES, n_words = s->shape.n_words;
    s->rows = test_calloc(n_rows, sizeof *s->rows);
    s->floats = test_calloc(n_rows * n_values, sizeof *s->floats);
    s->halves = test_calloc(n_rows * n_values, sizeof *s->halves);
    s->bytes = test_calloc(n_rows * n_values, sizeof *s->bytes);
    s->chunks = test_calloc(n_rows * n_words, sizeof *s->chunks);
    s->weights = test_calloc(s->shape.n_weights, sizeof *s->weights);
    s->bias = test_calloc(s->shape.n_lanes, sizeof *s->bias);
    s->residuals = test_calloc(n_rows * s->shape.n_lanes, sizeof *s->residuals);
    fill_floats(&random, n_rows * n_values, s->floats);
    fill_floats(&random, s->shape.n_weights, s->weights);
    fill_floats(&random, n_classes, s->bias);
    fill_floats(&random, n_rows * s->shape.n_lanes, s->residuals);
    for (size_t n = 0; n < n_rows; n++) {
        s->rows[n] = (sm_row){.bytes = s->bytes + n * n_values, .chunks = s->chunks + n * n_words};
        for (size_t c = 0; c < n_chunks; c++)
            if (sm_random_below(&random, 100) < density)
                fill_chunk(&random, density == 100, c, s->bytes + n * n_values, s->chunks + n * n_words);
    }
    return s;
}

/* Converts the rows to floats, which hold all chunks. A chunk that the bytes did not hold is 0. */
static void sums_use_floats(sums *s)
{
    const size_t n_values = s->shape.n_chunks * SM_LANES;
    for (size_t n = 0; n < s->n_rows; n++) {
        uint64_t *chunks = s->chunks + n * s->shape.n_words;
        for (size_t c = 0; c < s->shape.n_chunks; c++) {
            const uint64_t bit = UINT64_C(1) << c % SM_WORD_CHUNKS;
            if (!(chunks[c / SM_WORD_CHUNKS] & bit))
                memset(s->floats + n * n_values + c * SM_LANES, 0, SM_LANES * sizeof *s->floats);
            chunks[c / SM_WORD_CHUNKS] |= bit;
        }
        s->rows[n].bytes = NULL;
        s->rows[n].floats = s->floats + n * n_values;
    }
}

/* Converts float rows to halves. */
static void sums_use_halves(sums *s)
{
    const size_t n_values = s->shape.n_chunks * SM_LANES;
    sm_to_halves(s->n_rows * n_values, s->floats, s->halves);
    for (size_t n = 0; n < s->n_rows; n++) {
        s->rows[n].floats = NULL;
        s->rows[n].halves = s->halves + n * n_values;
    }
}

static void sums_free(sums *s)
{
    free(s->residuals);
    free(s->bias);
    free(s->weights);
    free(s->chunks);
    free(s->bytes);
    free(s->halves);
    free(s->floats);
    free(s->rows);
    free(s);
}

static double value_of(const sm_row *row, size_t i)
{
    if (row->bytes)
        return row->bytes[i];
    return (double)(row->floats ? row->floats[i] : sm_float_from_half(row->halves[i]));
}

/* The index of the weight of a feature and a class. */
static size_t weight_index(const sm_shape *shape, size_t feature, size_t k)
{
    return (feature / SM_LANES * shape->n_classes + k) * SM_LANES + feature % SM_LANES;
}

/* A partial sum adds one value in 16 of a word, four additions combine them, and each word adds one more; each
 * rounding is of at most the sum of magnitudes. (Higham 2002, Accuracy and Stability, eq. 3.5.) */
static void check_scores_against_double(const sums *s, const float *scores)
{
    const sm_shape *shape = &s->shape;
    const size_t word_chunks = shape->n_chunks < SM_WORD_CHUNKS ? shape->n_chunks : SM_WORD_CHUNKS;
    const double n_roundings = (double)(word_chunks + 4 + shape->n_words);
    for (size_t n = 0; n < s->n_rows; n++) {
        for (size_t k = 0; k < shape->n_lanes; k++) {
            double exact = (double)s->bias[k], magnitude = fabs(exact);
            for (size_t i = 0; k < shape->n_classes && i < shape->n_chunks * SM_LANES; i++) {
                const double term = value_of(&s->rows[n], i) * (double)s->weights[weight_index(shape, i, k)];
                exact += term;
                magnitude += fabs(term);
            }
            const double error = fabs((double)scores[n * shape->n_lanes + k] - exact);
            ck_assert_double_le(error, 1.001 * n_roundings * ROUNDING * magnitude);
        }
    }
}

static void check_gradient_against_double(const sums *s, const float *before, const float *gradient)
{
    for (size_t i = 0; i < s->shape.n_chunks * SM_LANES; i++) {
        for (size_t k = 0; k < s->shape.n_classes; k++) {
            const size_t at = weight_index(&s->shape, i, k);
            double exact = (double)before[at], magnitude = fabs(exact);
            for (size_t n = 0; n < s->n_rows; n++) {
                const double term = value_of(&s->rows[n], i) * (double)s->residuals[n * s->shape.n_lanes + k];
                exact += term;
                magnitude += fabs(term);
            }
            ck_assert_double_le(fabs((double)gradient[at] - exact),
                                1.001 * (double)(s->n_rows + 1) * ROUNDING * magnitude);
        }
    }
}

/* Both sums of all kernels against the naive ones. */
static void check_same_sums(const sums *s)
{
    const sm_shape *shape = &s->shape;
    const size_t n_scores = s->n_rows * shape->n_lanes, n_weights = shape->n_weights;
    float *scores = test_calloc(n_scores, sizeof *scores),
          *others = test_calloc(n_scores + SM_LANES, sizeof *others);
    float *gradient = test_calloc(n_weights, sizeof *gradient);
    float *other_gradient = test_calloc(n_weights, sizeof *other_gradient);
    naive_kernels.scores(shape, s->n_rows, s->rows, s->weights, s->bias, scores);
    memcpy(gradient, s->weights, n_weights * sizeof *gradient);
    naive_kernels.gradient(shape, s->n_rows, s->rows, s->residuals, gradient);
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        if (!kernels)
            continue;
        memset(others, 0xa5, n_scores * sizeof *others);
        kernels->scores(shape, s->n_rows, s->rows, s->weights, s->bias, others);
        ck_assert_mem_eq(others, scores, n_scores * sizeof *scores);
        memcpy(other_gradient, s->weights, n_weights * sizeof *other_gradient);
        kernels->gradient(shape, s->n_rows, s->rows, s->residuals, other_gradient);
        ck_assert_mem_eq(other_gradient, gradient, n_weights * sizeof *gradient);
    }
    free(other_gradient);
    free(gradient);
    free(others);
    free(scores);
}

/* The naive sums against double, and all others against these. */
static void check_sums(const sums *s)
{
    const sm_shape *shape = &s->shape;
    float *scores = test_calloc(s->n_rows * shape->n_lanes, sizeof *scores);
    float *gradient = test_calloc(shape->n_weights, sizeof *gradient);
    naive_kernels.scores(shape, s->n_rows, s->rows, s->weights, s->bias, scores);
    check_scores_against_double(s, scores);
    memcpy(gradient, s->weights, shape->n_weights * sizeof *gradient);
    naive_kernels.gradient(shape, s->n_rows, s->rows, s->residuals, gradient);
    check_gradient_against_double(s, s->weights, gradient);
    free(gradient);
    free(scores);
    check_same_sums(s);
}

static void check_every_form(size_t n_rows, size_t n_chunks, size_t n_classes, unsigned density)
{
    sums *s = sums_create(n_rows, n_chunks, n_classes, density);
    check_sums(s);
    sums_use_floats(s);
    check_sums(s);
    sums_use_halves(s);
    check_sums(s);
    sums_free(s);
}

/* Less than one word of chunks and more; none (density 0), some and all of them; pairs of rows, and a single one left
 * over. */
START_TEST(sums_of_every_shape)
{
    const size_t n_chunks[] = {1, 2, 3, 63, 64, 65, 130}, n_rows[] = {1, 2, 7}, n_classes[] = {1, 10, 17, 40};
    const unsigned densities[] = {0, 20, 60, 100};
    for (size_t c = 0; c < sizeof n_chunks / sizeof *n_chunks; c++)
        for (size_t i = 0; i < 12; i++)
            for (size_t j = 0; j < 4; j++)
                check_every_form(n_rows[i % 3], n_chunks[c], n_classes[i / 3], densities[j]);
}
END_TEST

START_TEST(sums_of_every_number_of_classes)
{
    for (size_t n_classes = 1; n_classes <= 100; n_classes++)
        check_every_form(3, 4, n_classes, 60);
    check_every_form(3, 2, SM_MAX_CLASSES, 60);
}
END_TEST

/* A tile has 64 rows, and a block has 256. */
START_TEST(sums_of_every_number_of_rows)
{
    const size_t n_rows[] = {63, 64, 65, 128, 255, 256, 257, 512, 600};
    for (size_t i = 0; i < sizeof n_rows / sizeof *n_rows; i++)
        check_every_form(n_rows[i], 5, 10, 60);
}
END_TEST

START_TEST(sums_of_whole_blocks_of_images)
{
    for (size_t n_rows = 255; n_rows <= 256; n_rows++)
        for (unsigned density = 20; density <= 100; density += 80)
            check_every_form(n_rows, 49, 10, density);
}
END_TEST

START_TEST(without_rows_nothing_changes)
{
    sums *s = sums_create(1, 1, 10, 100);
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        float value = 42;
        if (!kernels)
            continue;
        kernels->scores(&s->shape, 0, s->rows, s->weights, s->bias, &value);
        kernels->gradient(&s->shape, 0, s->rows, s->residuals, &value);
        kernels->softmax(0, 10, 16, NULL, &value, NULL, NULL);
        ck_assert(value == 42);
    }
    sums_free(s);
}
END_TEST

/* Chunks whose bit is not set are ignored, whatever they hold. */
START_TEST(chunks_left_out_count_as_zeros)
{
    sums *s = sums_create(70, 3, 10, 100);
    for (size_t n = 0; n < s->n_rows; n++) {
        s->chunks[n] = 0;
        s->rows[n].floats = s->floats;
    }
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        float scores[70 * 16 + SM_LANES], gradient[3 * 10 * 16];
        if (!kernels)
            continue;
        memcpy(gradient, s->weights, sizeof gradient);
        kernels->scores(&s->shape, s->n_rows, s->rows, s->weights, s->bias, scores);
        kernels->gradient(&s->shape, s->n_rows, s->rows, s->residuals, gradient);
        ck_assert_mem_eq(gradient, s->weights, sizeof gradient);
        for (size_t n = 0; n < s->n_rows; n++)
            ck_assert_mem_eq(scores + n * 16, s->bias, 16 * sizeof *scores);
    }
    sums_free(s);
}
END_TEST

/* Small numbers survive only in the promised order of summation. */
static void check_order_of_sums(const sm_kernels *kernels)
{
    enum { N_CHUNKS = 65 };
    const sm_shape shape = make_shape(N_CHUNKS, 1);
    const float bias[SM_LANES] = {0}, big = 0x1p24f;
    const uint64_t all[2] = {UINT64_MAX, 1};
    float weights[N_CHUNKS * SM_LANES] = {0}, floats[N_CHUNKS * SM_LANES], scores[2 * SM_LANES];
    uint8_t bytes[N_CHUNKS * SM_LANES];
    for (size_t i = 0; i < N_CHUNKS * SM_LANES; i++)
        floats[i] = bytes[i] = 1;
    const sm_row rows[2] = {{.floats = floats, .chunks = all}, {.bytes = bytes, .chunks = all}};
    /* The positions of 2^24, 1 and -2^24, and the sum, which is 1 only if the 1 is not rounded away. */
    static const struct {
        size_t big, one, minus_big;
        float expected;
    } cases[] = {
        {0, 16, 32, 0},  /* in sequence in one partial sum */
        {0, 32, 16, 1},  /* after the large numbers have cancelled */
        {0, 1, 16, 1},   /* in another partial sum */
        {0, 8, 4, 0},    /* partial sums 8 apart are added first */
        {0, 4, 8, 1},    /* then those 4 apart */
        {0, 2, 1, 0},    /* those 2 apart before neighbours */
        {0, 1, 2, 1},    /* neighbours last */
        {0, 1, 1024, 0}, /* the first word is summed before the second */
        {0, 1024, 1, 1}, /* which has its own sum */
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        memset(weights, 0, sizeof weights);
        weights[cases[i / 2].big] = big;
        weights[cases[i / 2].one] = 1;
        weights[cases[i / 2].minus_big] = -big;
        kernels->scores(&shape, 1, &rows[i % 2], weights, bias, scores);
        ck_assert(scores[0] == cases[i / 2].expected);
    }
}

/* With one rounding (1 + e)^2 - (1 + 2e) is e^2; with two it is 0. */
static void check_fused(const sm_kernels *kernels)
{
    const float e = 0x1p-12f;
    const sm_shape shape = make_shape(2, 1);
    const uint64_t all = 3;
    float x[2 * SM_LANES] = {0}, bias[SM_LANES] = {0}, weights[2 * SM_LANES] = {0}, scores[2 * SM_LANES];
    float gradient[2 * SM_LANES], residuals[SM_LANES] = {1 + e};
    x[0] = weights[0] = -1;
    weights[0] = 1 + 2 * e;
    x[SM_LANES] = weights[SM_LANES] = 1 + e;
    const sm_row row = {.floats = x, .chunks = &all};
    kernels->scores(&shape, 1, &row, weights, bias, scores);
    ck_assert(scores[0] == e * e);
    for (size_t i = 0; i < 2 * SM_LANES; i++)
        gradient[i] = -(1 + 2 * e);
    kernels->gradient(&shape, 1, &row, residuals, gradient);
    ck_assert(gradient[SM_LANES] == e * e);
}

static void check_order_of_gradient(const sm_kernels *kernels)
{
    const sm_shape shape = make_shape(1, 16);
    const uint64_t all = 1;
    float ones[SM_LANES];
    for (size_t j = 0; j < SM_LANES; j++)
        ones[j] = 1;
    sm_row rows[100];
    float residuals[100 * 16] = {0}, gradient[16 * SM_LANES] = {0};
    for (size_t n = 0; n < 100; n++)
        rows[n] = (sm_row){.floats = ones, .chunks = &all};
    for (size_t k = 0; k < 16; k++) {
        residuals[k] = 0x1p24f;
        residuals[(50 + k) * 16 + k] = 1; /* in the first 64 rows, and after them */
        residuals[99 * 16 + k] = -0x1p24f;
    }
    kernels->gradient(&shape, 100, rows, residuals, gradient);
    for (size_t i = 0; i < 16 * SM_LANES; i++)
        ck_assert(gradient[i] == 0);
}

START_TEST(sums_are_fused_and_in_the_promised_order)
{
    for_each_isa(check_order_of_sums);
    for_each_isa(check_order_of_gradient);
    for_each_isa(check_fused);
}
END_TEST

/* A score is never -0, so adding 0 never changes it. */
static void check_no_negative_zero(const sm_kernels *kernels)
{
    const sm_shape shape = make_shape(1, 3);
    const uint64_t none = 0;
    const uint8_t bytes[SM_LANES] = {0};
    const sm_row row = {.bytes = bytes, .chunks = &none};
    const float weights[3 * SM_LANES] = {0};
    float bias[SM_LANES], scores[2 * SM_LANES];
    for (size_t k = 0; k < SM_LANES; k++)
        bias[k] = -0.0f;
    kernels->scores(&shape, 1, &row, weights, bias, scores);
    for (size_t k = 0; k < SM_LANES; k++)
        ck_assert(scores[k] == 0 && !signbit(scores[k]));
}

START_TEST(scores_are_never_minus_zero)
{
    for_each_isa(check_no_negative_zero);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Dense vectors                                                                                   */

/* A partial sum takes one value in 16, and four more additions combine them. */
START_TEST(dense_sums_of_every_length)
{
    for (size_t n = 16; n <= 400; n += 16) {
        float x[400], y[400], before[400], expected[400];
        sm_random random = {n};
        fill_floats(&random, n, x);
        fill_floats(&random, n, before);
        memcpy(expected, before, sizeof expected);
        double exact = 0, magnitude = 0;
        for (size_t i = 0; i < n; i++) {
            exact += (double)x[i] * (double)before[i];
            magnitude += fabs((double)x[i] * (double)before[i]);
        }
        const float dot = naive_kernels.dot(n, x, before);
        ck_assert_double_le(fabs((double)dot - exact), 1.001 * (double)(n / 16 + 4) * ROUNDING * magnitude);
        naive_kernels.add_scaled(n, 0.3f, x, expected);
        for (size_t i = 0; i < n; i++)
            ck_assert(expected[i] == fmaf(0.3f, x[i], before[i]));
        for (size_t i = 0; i < N_ISAS; i++) {
            const sm_kernels *kernels = sm_kernels_find(isas[i]);
            if (!kernels)
                continue;
            memcpy(y, before, sizeof y);
            const float other = kernels->dot(n, x, y);
            ck_assert_mem_eq(&other, &dot, sizeof dot);
            kernels->add_scaled(n, 0.3f, x, y);
            ck_assert_mem_eq(y, expected, n * sizeof *y);
        }
    }
}
END_TEST

/* 1 + n 2^-23 times 2^exponent, n from -3 to 3 */
static float near_power(sm_random *random, int exponent)
{
    return ldexpf(1 + ((float)sm_random_below(random, 7) - 3) * 0x1p-23f, exponent);
}

/* Products that are half a unit in the last place of y, or a little more or less; the last round is of subnormal floats. */
START_TEST(sums_near_the_middle_of_two_floats_are_rounded_once)
{
    enum { N = 1600 };
    sm_random random = {3};
    for (int exponent = 20; exponent >= -146; exponent--) {
        float x[N], before[N], y[N];
        const float factor = near_power(&random, exponent / 2);
        for (size_t i = 0; i < N; i++) {
            const float sign = sm_random_below(&random, 2) > 0 ? 1 : -1;
            x[i] = sign * near_power(&random, exponent - exponent / 2 - (int)sm_random_below(&random, 26));
            before[i] = near_power(&random, exponent);
        }
        for (size_t i = 0; i < N_ISAS; i++) {
            const sm_kernels *kernels = sm_kernels_find(isas[i]);
            if (!kernels)
                continue;
            memcpy(y, before, sizeof y);
            kernels->add_scaled(N, factor, x, y);
            for (size_t j = 0; j < N; j++)
                ck_assert(y[j] == fmaf(factor, x[j], before[j]));
        }
    }
}
END_TEST

START_TEST(flushing_moves_floats_into_sums)
{
    for (size_t n = 16; n <= 400; n += 16) {
        float values[416], before[416];
        double totals[416], expected[416];
        sm_random random = {n};
        fill_floats(&random, 416, before);
        random_fill(&random, -1, 1, 416, expected);
        for (size_t i = 0; i < N_ISAS; i++) {
            const sm_kernels *kernels = sm_kernels_find(isas[i]);
            if (!kernels)
                continue;
            for (int is_first = 0; is_first <= 1; is_first++) {
                memcpy(values, before, sizeof values);
                memcpy(totals, expected, sizeof totals);
                kernels->flush(n, is_first, values, totals);
                for (size_t j = 0; j < 416; j++) {
                    const double moved = (is_first ? 0 : expected[j]) + (double)before[j];
                    ck_assert(totals[j] == (j < n ? moved : expected[j]));
                    ck_assert(values[j] == (j < n ? 0 : before[j]));
                }
            }
        }
    }
}
END_TEST

static void check_outer_against_double(size_t n_rows, const float *const *rows, float sign, size_t column,
                                       size_t begin, size_t end, size_t stride, const float *before,
                                       const float *matrix)
{
    for (size_t i = 0; i < stride; i++) {
        for (size_t j = 0; j < stride; j++) {
            const bool is_sum = i >= column && i < column + SM_OUTER_ROWS && j >= begin && j < end;
            double exact = (double)before[i * stride + j], magnitude = fabs(exact);
            for (size_t n = 0; is_sum && n < n_rows; n++) {
                exact += (double)(sign * rows[n][i]) * (double)rows[n][j];
                magnitude += fabs((double)rows[n][i] * (double)rows[n][j]);
            }
            ck_assert_double_le(fabs((double)matrix[i * stride + j] - exact),
                                is_sum ? 1.001 * (double)n_rows * ROUNDING * magnitude : 0);
        }
    }
}

/* The columns to the left and the rows above and below are not changed. */
static void check_outer(size_t n_rows, float sign, size_t column, size_t begin, size_t end, size_t stride)
{
    const size_t n_bytes = stride * stride * sizeof(float);
    float *before = test_calloc(stride, stride * sizeof(float)),
          *values = test_calloc(n_rows, stride * sizeof(float));
    float *expected = test_calloc(stride, stride * sizeof(float)),
          *found = test_calloc(stride, stride * sizeof(float));
    const float *rows[20];
    sm_random random = {n_rows + 100 * column + stride};
    fill_floats(&random, stride * stride, before);
    fill_floats(&random, n_rows * stride, values);
    for (size_t n = 0; n < n_rows; n++)
        rows[n] = values + (n_rows - 1 - n) * stride;
    memcpy(expected, before, n_bytes);
    naive_kernels.outer(n_rows, rows, sign, column, begin, end, stride, expected);
    check_outer_against_double(n_rows, rows, sign, column, begin, end, stride, before, expected);
    for (size_t i = 0; i < N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i]);
        if (!kernels)
            continue;
        memcpy(found, before, n_bytes);
        kernels->outer(n_rows, rows, sign, column, begin, end, stride, found);
        ck_assert_mem_eq(found, expected, n_bytes);
    }
    free(found);
    free(expected);
    free(values);
    free(before);
}

START_TEST(outer_products_of_every_shape)
{
    for (size_t stride = 16; stride <= 112; stride += 16)
        for (size_t column = 0; column < stride; column += SM_OUTER_ROWS)
            for (size_t n_rows = 0; n_rows <= 20; n_rows += 5)
                check_outer(n_rows, column % 8 ? 1 : -1, column, column / SM_LANES * SM_LANES, stride, stride);
    for (size_t begin = 0; begin <= 112; begin += 16)
        for (size_t end = begin; end <= 112; end += 16)
            check_outer(7, 1, 36, begin, end, 112);
}
END_TEST

/* Numbers whose products and sums are 0 of either sign, exactly or by underflow. */
static void fill_with_zeros(sm_random *random, size_t n, float *values)
{
    const float choices[] = {0, -0.0f, 0, -0.0f, 1, -1, FLT_MIN, -FLT_MIN, 0x1p-149f, -0x1p-149f};
    for (size_t i = 0; i < n; i++)
        values[i] = choices[sm_random_below(random, sizeof choices / sizeof *choices)];
}

static void check_dense_zeros(const sm_kernels *kernels, sm_random *random)
{
    enum { N = 64, N_ROWS = 5 };
    const float factors[] = {0, -0.0f, 1, -1, 0x1p-149f, -0x1p-149f};
    float x[N_ROWS * N], before[N * N], expected[N * N], found[N * N];
    const float *rows[N_ROWS];
    for (size_t i = 0; i < N_ROWS; i++)
        rows[i] = x + i * N;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        fill_with_zeros(random, N_ROWS * N, x);
        fill_with_zeros(random, N * N, before);
        memcpy(expected, before, sizeof expected);
        memcpy(found, before, sizeof found);
        naive_kernels.add_scaled(N, factors[i], x, expected);
        kernels->add_scaled(N, factors[i], x, found);
        naive_kernels.outer(N_ROWS, rows, i % 2 ? 1 : -1, 8 * i, 8 * i / SM_LANES * SM_LANES, N, N, expected);
        kernels->outer(N_ROWS, rows, i % 2 ? 1 : -1, 8 * i, 8 * i / SM_LANES * SM_LANES, N, N, found);
        ck_assert_mem_eq(found, expected, sizeof found);
        const float expected_dot = naive_kernels.dot(N, x, before), dot = kernels->dot(N, x, before);
        ck_assert_mem_eq(&dot, &expected_dot, sizeof dot);
        for (size_t j = 0; j < SM_LANES; j++) /* all products are -0, for some of the factors */
            x[j] = -0.0f, before[j] = factors[i];
        ck_assert(!signbit(kernels->dot(SM_LANES, x, before)));
    }
}

static void check_zeros(const sm_kernels *kernels)
{
    sm_random random = {1};
    for (size_t i = 0; i < 20; i++)
        check_dense_zeros(kernels, &random);
}

/* The sign of a 0 counts like any other bit. */
START_TEST(zeros_of_either_sign_agree)
{
    for_each_isa(check_zeros);
    for (unsigned density = 20; density <= 100; density += 40) {
        sums *s = sums_create(20, 3, 12, density);
        sm_random random = {density};
        fill_with_zeros(&random, s->shape.n_weights, s->weights);
        fill_with_zeros(&random, 12, s->bias);
        fill_with_zeros(&random, s->n_rows * s->shape.n_lanes, s->residuals);
        fill_with_zeros(&random, s->n_rows * s->shape.n_chunks * SM_LANES, s->floats);
        check_same_sums(s);
        sums_use_floats(s);
        check_same_sums(s);
        sums_free(s);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Double precision                                                                                */

/* Rows, weights, residuals and factors of a tile, and two results to compare. */
typedef struct doubles {
    sm_double_shape shape;
    size_t n_rows;
    double *rows, *weights, *residuals, *factors; /* [n_rows, stride], [K, stride], [n_rows, K], [n_rows] */
    double *before, *expected, *found;            /* as many as the largest result has */
    size_t n_results;
} doubles;

static doubles doubles_create(size_t n_rows, size_t n_classes, size_t stride)
{
    doubles d = {.shape = {n_classes, stride}, .n_rows = n_rows};
    d.n_results = stride * (n_classes + stride) + n_rows * n_classes;
    d.rows = test_calloc(n_rows * stride, sizeof *d.rows);
    d.weights = test_calloc(n_classes * stride, sizeof *d.weights);
    d.residuals = test_calloc(n_rows * n_classes, sizeof *d.residuals);
    d.factors = test_calloc(n_rows, sizeof *d.factors);
    d.before = test_calloc(d.n_results, sizeof *d.before);
    d.expected = test_calloc(d.n_results, sizeof *d.expected);
    d.found = test_calloc(d.n_results, sizeof *d.found);
    return d;
}

static void doubles_destroy(doubles *d)
{
    free(d->found);
    free(d->expected);
    free(d->before);
    free(d->factors);
    free(d->residuals);
    free(d->weights);
    free(d->rows);
}

/* Runs one kernel of a table on a copy of `before`. which: 0 scores, 1 gradient, 2 and more an outer product from column
 * SM_OUTER_ROWS (which - 2). */
static void doubles_run(const doubles *d, const sm_kernels *kernels, size_t which, double *results)
{
    memcpy(results, d->before, d->n_results * sizeof *results);
    if (which == 0)
        kernels->double_scores(&d->shape, d->n_rows, d->rows, d->weights, results);
    else if (which == 1)
        kernels->double_gradient(&d->shape, d->n_rows, d->rows, d->residuals, results);
    else
        kernels->double_outer(d->n_rows, d->rows, d->factors, SM_OUTER_ROWS * (which - 2), d->shape.stride,
                              results);
}

/* Every instruction set agrees with the naive loops to the last bit, and nothing else is written. */
static void check_same_doubles(const doubles *d)
{
    for (size_t which = 0; which < 2 + d->shape.stride / SM_OUTER_ROWS; which++) {
        doubles_run(d, &naive_kernels, which, d->expected);
        for (size_t i = 0; i < N_ISAS; i++) {
            const sm_kernels *kernels = sm_kernels_find(isas[i]);
            if (!kernels)
                continue;
            doubles_run(d, kernels, which, d->found);
            ck_assert_mem_eq(d->found, d->expected, d->n_results * sizeof *d->found);
        }
    }
}

static double sum_of_products(size_t n, const double *a, size_t a_stride, const double *b, size_t b_stride)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (long double)a[i * a_stride] * (long double)b[i * b_stride];
    return (double)sum;
}

/* The naive loops against plain sums in long double; all numbers are at most 1 in magnitude. */
static void check_doubles_against_sums(const doubles *d)
{
    const size_t n_classes = d->shape.n_classes, stride = d->shape.stride;
    const double bound = (double)(stride + d->n_rows) * DBL_EPSILON;
    doubles_run(d, &naive_kernels, 0, d->expected);
    for (size_t i = 0; i < d->n_rows * n_classes; i++) {
        const size_t n = i / n_classes, k = i % n_classes;
        const double exact = sum_of_products(stride, d->rows + n * stride, 1, d->weights + k * stride, 1);
        ck_assert_double_le(fabs(d->expected[i] - exact), bound * (double)stride);
    }
    doubles_run(d, &naive_kernels, 1, d->expected);
    for (size_t i = 0; i < n_classes * stride; i++) {
        const size_t k = i / stride, j = i % stride;
        const double exact = sum_of_products(d->n_rows, d->rows + j, stride, d->residuals + k, n_classes);
        ck_assert_double_le(fabs(d->expected[i] - d->before[i] - exact), bound * (double)(d->n_rows + 1));
    }
}

START_TEST(double_sums_of_every_shape)
{
    for (size_t n_rows = 0; n_rows <= 16; n_rows += n_rows < 3 ? 1 : 13) {
        for (size_t n_classes = 1; n_classes <= 12; n_classes++) {
            for (size_t stride = 8; stride <= 72; stride += 16) {
                doubles d = doubles_create(n_rows, n_classes, stride);
                sm_random random = {n_rows + 100 * n_classes + stride};
                random_fill(&random, -1, 1, n_rows * stride, d.rows);
                random_fill(&random, -1, 1, n_classes * stride, d.weights);
                random_fill(&random, -1, 1, n_rows * n_classes, d.residuals);
                random_fill(&random, -1, 1, n_rows, d.factors);
                random_fill(&random, -1, 1, d.n_results, d.before);
                check_same_doubles(&d);
                check_doubles_against_sums(&d);
                doubles_destroy(&d);
            }
        }
    }
}
END_TEST

/* Numbers of any size, zeros of either sign, and numbers so small that products underflow. */
static void fill_with_extremes(sm_random *random, size_t n, double *values)
{
    const double choices[] = {0,         -0.0,       1,       -1,       DBL_MIN,        -DBL_MIN,
                              0x1p-1074, -0x1p-1074, 0x1p400, -0x1p400, 1 + DBL_EPSILON};
    for (size_t i = 0; i < n; i++)
        values[i] = choices[sm_random_below(random, sizeof choices / sizeof *choices)];
}

START_TEST(double_sums_of_extreme_numbers_agree)
{
    for (size_t i = 0; i < 20; i++) {
        doubles d = doubles_create(13, 1 + i % 7, 40);
        sm_random random = {i};
        fill_with_extremes(&random, d.n_rows * d.shape.stride, d.rows);
        fill_with_extremes(&random, d.shape.n_classes * d.shape.stride, d.weights);
        fill_with_extremes(&random, d.n_rows * d.shape.n_classes, d.residuals);
        fill_with_extremes(&random, d.n_rows, d.factors);
        fill_with_extremes(&random, d.n_results, d.before);
        check_same_doubles(&d);
        doubles_destroy(&d);
    }
}
END_TEST

/* With a fused multiply-add, (1 + u)^2 - (1 + 2 u) would be u^2 for u = 2^-52. */
static void check_not_fused(const sm_kernels *kernels)
{
    const sm_double_shape shape = {1, 8};
    const double a = 1 + DBL_EPSILON, rows[16] = {1, 0, 0, 0, 0, 0, 0, 0, a};
    const double ones[16] = {-(1 + 2 * DBL_EPSILON), a}, factors[2] = {1, 1};
    double score, gradient[8] = {0}, matrix[64] = {-(1 + 2 * DBL_EPSILON)};
    kernels->double_gradient(&shape, 2, rows, ones, gradient);
    ck_assert_double_eq(gradient[0], 0);
    kernels->double_outer(1, rows + 8, factors, 0, 8, matrix);
    ck_assert_double_eq(matrix[0], 0);
    const sm_double_shape wide = {1, 16};
    const double minus[16] = {-(1 + 2 * DBL_EPSILON), 0, 0, 0, 0, 0, 0, 0, a};
    double wide_row[16] = {1, 0, 0, 0, 0, 0, 0, 0, a};
    kernels->double_scores(&wide, 1, wide_row, minus, &score);
    ck_assert_double_eq(score, 0);
}

START_TEST(double_sums_are_not_fused)
{
    for_each_isa(check_not_fused);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Softmax                                                                                         */

/* A block of scores and the kernel's results for it. */
typedef struct block {
    size_t n_rows, n_classes, n_lanes;
    float *scores;        /* [n_rows rounded up, n_lanes] */
    uint8_t *labels;      /* [n_rows rounded up] */
    float *probabilities; /* as scores */
    uint8_t *predictions;
    float *losses;
} block;

static block *block_create(size_t n_rows, size_t n_classes)
{
    block *b = test_calloc(1, sizeof *b);
    const size_t room = round_up(n_rows), n_lanes = round_up(n_classes);
    *b = (block){.n_rows = n_rows, .n_classes = n_classes, .n_lanes = n_lanes};
    b->scores = test_calloc(room * n_lanes, sizeof *b->scores);
    b->probabilities = test_calloc(room * n_lanes, sizeof *b->probabilities);
    b->labels = test_calloc(room, sizeof *b->labels);
    b->predictions = test_calloc(room, sizeof *b->predictions);
    b->losses = test_calloc(room, sizeof *b->losses);
    for (size_t i = 0; i < room * n_lanes; i++) /* beyond n_classes it is unchanged, and must not matter */
        b->scores[i] = 9;
    return b;
}

static block *block_random(size_t n_rows, size_t n_classes, double scale)
{
    block *b = block_create(n_rows, n_classes);
    sm_random random = {n_rows * 257 + n_classes};
    for (size_t n = 0; n < n_rows; n++) {
        b->labels[n] = (uint8_t)sm_random_below(&random, n_classes);
        for (size_t k = 0; k < n_classes; k++)
            b->scores[n * b->n_lanes + k] = (float)random_between(&random, -scale, scale);
    }
    return b;
}

static void block_free(block *b)
{
    free(b->losses);
    free(b->predictions);
    free(b->labels);
    free(b->probabilities);
    free(b->scores);
    free(b);
}

static void block_run(block *b, const sm_kernels *kernels, bool with_labels)
{
    memcpy(b->probabilities, b->scores, round_up(b->n_rows) * b->n_lanes * sizeof *b->scores);
    memset(b->predictions, 0x5a, round_up(b->n_rows));
    memset(b->losses, 0x5a, round_up(b->n_rows) * sizeof *b->losses);
    kernels->softmax(b->n_rows, b->n_classes, b->n_lanes, with_labels ? b->labels : NULL, b->probabilities,
                     b->predictions, with_labels ? b->losses : NULL);
}

static size_t naive_argmax(size_t n, const float *values)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

/* exp, the sum and the quotient each add a few roundings, and the difference of two scores is rounded by up to its
 * size. */
static void check_row_against_double(const block *b, size_t n)
{
    const float *row = b->probabilities + n * b->n_lanes;
    double scores[SM_MAX_CLASSES], expected[SM_MAX_CLASSES], max = -HUGE_VAL;
    for (size_t k = 0; k < b->n_classes; k++) {
        scores[k] = (double)b->scores[n * b->n_lanes + k];
        max = scores[k] > max ? scores[k] : max;
    }
    sm_softmax(b->n_classes, scores, expected);
    const double n_roundings = (double)b->n_classes + 6;
    for (size_t k = 0; k < b->n_classes; k++) {
        const double distance = fmin(max - scores[k], 88);
        const double bound = (n_roundings + distance) * ROUNDING * expected[k] + 2 * (double)FLT_MIN;
        ck_assert_double_le(fabs((double)row[k] - expected[k]), bound);
    }
    for (size_t k = b->n_classes; k < b->n_lanes; k++)
        ck_assert(row[k] == 0);
    ck_assert_uint_eq(b->predictions[n], naive_argmax(b->n_classes, b->scores + n * b->n_lanes));
    const double loss = sm_cross_entropy(b->n_classes, scores, b->labels[n]);
    if (isinf(loss))
        ck_assert(b->losses[n] == HUGE_VALF);
    else
        ck_assert_double_le(fabs((double)b->losses[n] - loss), (n_roundings + 3 * loss) * ROUNDING);
}

/* The naive softmax against double, and all others against it, with and without labels. */
static void check_block(block *b)
{
    block *other = block_create(b->n_rows, b->n_classes);
    const size_t n_values = b->n_rows * b->n_lanes;
    block_run(b, &naive_kernels, true);
    for (size_t n = 0; n < b->n_rows; n++)
        check_row_against_double(b, n);
    memcpy(other->scores, b->scores, n_values * sizeof *b->scores);
    memcpy(other->labels, b->labels, b->n_rows);
    for (size_t i = 0; i < 2 * N_ISAS; i++) {
        const sm_kernels *kernels = sm_kernels_find(isas[i / 2]);
        const bool with_labels = i % 2 == 0;
        if (!kernels)
            continue;
        block_run(other, kernels, with_labels);
        ck_assert_mem_eq(other->probabilities, b->probabilities, n_values * sizeof *b->probabilities);
        ck_assert_mem_eq(other->predictions, b->predictions, b->n_rows);
        if (with_labels)
            ck_assert_mem_eq(other->losses, b->losses, b->n_rows * sizeof *b->losses);
    }
    block_free(other);
}

START_TEST(softmax_of_every_number_of_classes)
{
    for (size_t n_classes = 1; n_classes <= 100; n_classes++) {
        block *b = block_random(17, n_classes, 5);
        check_block(b);
        block_free(b);
    }
    block *b = block_random(3, SM_MAX_CLASSES, 5);
    check_block(b);
    block_free(b);
}
END_TEST

START_TEST(softmax_of_every_number_of_rows)
{
    const size_t n_rows[] = {1, 2, 15, 16, 17, 33, 255, 256};
    const double scales[] = {0.01, 1, 30, 90, 1e4};
    for (size_t i = 0; i < sizeof n_rows / sizeof *n_rows; i++) {
        for (size_t j = 0; j < 5; j++) {
            block *b = block_random(n_rows[i], 10, scales[j]);
            check_block(b);
            block_free(b);
        }
    }
}
END_TEST

/* Every class wins once, alone and in a tie with the last class, surrounded by classes that are ruled out. */
START_TEST(the_lowest_of_equal_classes_wins)
{
    const size_t n_classes[] = {2, 3, 10, 16, 17, 40};
    for (size_t i = 0; i < sizeof n_classes / sizeof *n_classes; i++) {
        const size_t n = n_classes[i];
        block *b = block_create(3 * n, n);
        for (size_t row = 0; row < 3 * n; row++) {
            for (size_t k = 0; k < n; k++)
                b->scores[row * b->n_lanes + k] = row / n == 2 ? -HUGE_VALF : 0;
            b->scores[row * b->n_lanes + row % n] = 3;
            b->scores[row * b->n_lanes + n - 1] = row / n == 1 ? 3 : b->scores[row * b->n_lanes + n - 1];
            b->labels[row] = (uint8_t)(row % n);
        }
        check_block(b);
        for (size_t row = 0; row < 3 * n; row++)
            ck_assert_uint_eq(b->predictions[row], row % n);
        block_free(b);
    }
}
END_TEST

START_TEST(equal_scores_give_class_0_and_equal_probabilities)
{
    const float values[] = {0, -3, 1e4f, -1e4f, FLT_MAX, -FLT_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        block *b = block_create(2, 8);
        for (size_t k = 0; k < 8; k++)
            b->scores[k] = b->scores[b->n_lanes + k] = values[i];
        check_block(b);
        ck_assert_uint_eq(b->predictions[1], 0);
        for (size_t k = 0; k < 8; k++)
            ck_assert(b->probabilities[b->n_lanes + k] == 0.125f);
        block_free(b);
    }
}
END_TEST

START_TEST(extreme_scores)
{
    block *b = block_create(4, 3);
    const float scores[4][3] = {
        {1e4f, -1e4f, 0}, {-HUGE_VALF, 2, -HUGE_VALF}, {-1e4f, -HUGE_VALF, -1e4f}, {FLT_MAX, 0, 1}};
    const uint8_t labels[4] = {1, 0, 2, 0};
    for (size_t n = 0; n < 4; n++)
        memcpy(b->scores + n * b->n_lanes, scores[n], sizeof scores[n]);
    memcpy(b->labels, labels, sizeof labels);
    check_block(b);
    ck_assert(b->losses[0] == 2e4f && b->losses[1] == HUGE_VALF && b->losses[3] == 0);
    ck_assert(b->probabilities[0] == 1 && b->probabilities[1] == 0 && b->probabilities[2] == 0);
    ck_assert(b->probabilities[2 * b->n_lanes] == 0.5f && b->probabilities[2 * b->n_lanes + 1] == 0);
    block_free(b);
}
END_TEST

int main(void)
{
    return SUITE_RUN(
               "kernels", kernels_are_found_by_name, sums_of_whole_blocks_of_images, sums_of_every_number_of_rows,
               without_rows_nothing_changes, chunks_left_out_count_as_zeros,
               sums_are_fused_and_in_the_promised_order, scores_are_never_minus_zero, dense_sums_of_every_length,
               sums_near_the_middle_of_two_floats_are_rounded_once, flushing_moves_floats_into_sums,
               zeros_of_either_sign_agree, softmax_of_every_number_of_classes, softmax_of_every_number_of_rows,
               the_lowest_of_equal_classes_wins, equal_scores_give_class_0_and_equal_probabilities, extreme_scores,
               double_sums_of_every_shape, double_sums_of_extreme_numbers_agree, double_sums_are_not_fused) ||
           SUITE_RUN_SLOW("kernels", sums_of_every_shape, sums_of_every_number_of_classes,
                          outer_products_of_every_shape);
}
