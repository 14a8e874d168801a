#include "wasm/reader.h"

#include <stdlib.h>
#include <string.h>

#include "model/adaptation.h"
#include "model/feature_store.h"

struct page_reader {
    model m;
    dataset data;        /* the digits that were read last, as the store takes them */
    feature_store store; /* computes their features */
    reading made;
    double *scores;   /* [n digits, n_classes] */
    float *direction; /* [n_features], a sum of rows of the weights */
    float *slopes;    /* [n_rows, n_columns] */
    sm_info info;     /* of the last adaptation */
    failure f;
};

/* Of the weight of what the model was, against what it is to learn: one wrong digit is learned, and the others are hardly
 * forgotten. */
static const double ADAPTATION_SHARE = 1.0 / 16, ADAPTATION_TOLERANCE = 1e-6;

static const sm_execution one_thread = {.n_threads = 1};

page_reader *reader_create(void)
{
    return calloc(1, sizeof(page_reader));
}

static void forget_reading(page_reader *r)
{
    reading_destroy(&r->made);
    free(r->scores);
    r->scores = NULL;
}

static void forget_model(page_reader *r)
{
    forget_reading(r);
    feature_store_destroy(&r->store);
    model_destroy(&r->m);
    free(r->direction);
    free(r->slopes);
    r->direction = r->slopes = NULL;
}

void reader_destroy(page_reader *r)
{
    if (r)
        forget_model(r);
    free(r);
}

const char *reader_failure(const page_reader *r)
{
    return r->f.text;
}

bool reader_set_model(page_reader *r, const char *features, size_t n_rows, size_t n_columns, size_t n_classes,
                      double temperature)
{
    feature_choice choice;
    forget_model(r);
    status result = features_parse(features, &choice, &r->f);
    if (result == STATUS_OK)
        result = model_create(n_classes, n_rows, n_columns, &choice, &r->m, &r->f);
    if (result != STATUS_OK)
        return false;
    r->m.temperature = temperature;
    r->data = (dataset){.n_rows = n_rows, .n_columns = n_columns};
    r->store = (feature_store){.data = &r->data};
    result = features_open(&choice, n_rows, n_columns, NULL, &r->store.transform, &r->f);
    r->slopes = calloc(n_rows * n_columns, sizeof *r->slopes);
    r->direction = calloc(r->m.n_features, sizeof *r->direction);
    if (result == STATUS_OK && (!r->slopes || !r->direction))
        result = fail_memory(&r->f);
    return result == STATUS_OK;
}

size_t reader_n_features(const page_reader *r)
{
    return r->m.n_features;
}

float *reader_weight(const page_reader *r)
{
    return r->m.weight;
}

float *reader_bias(const page_reader *r)
{
    return r->m.bias;
}

/* Scores [n, n_classes] of a source of n digits. */
static sm_status find_scores(const model *m, const sm_source *source, double *scores)
{
    const size_t n_weights = m->n_classes * m->n_features;
    double *parameters = calloc(n_weights + m->n_classes, sizeof *parameters);
    if (!parameters)
        return SM_ERROR_MEMORY;
    for (size_t i = 0; i < n_weights; i++)
        parameters[i] = (double)m->weight[i];
    for (size_t k = 0; k < m->n_classes; k++)
        parameters[n_weights + k] = (double)m->bias[k];
    const sm_status found = sm_predict_double(parameters, source, &one_thread, scores, NULL);
    free(parameters);
    return found;
}

/* The probabilities and scores of the digits that were found. */
static status score(page_reader *r)
{
    const size_t n = r->made.found.n, n_classes = r->m.n_classes;
    r->data.n_samples = n;
    r->data.pixels = r->made.found.pixels;
    r->made.probabilities = calloc(n, n_classes * sizeof *r->made.probabilities);
    r->scores = calloc(n, n_classes * sizeof *r->scores);
    if (!r->made.probabilities || !r->scores)
        return fail_memory(&r->f);
    /* Both need the features. */
    if (feature_store_keep(&r->store, &one_thread, &r->f) != STATUS_OK)
        return STATUS_FAILED;
    feature_range range;
    const sm_source source = feature_store_source(&r->store, 0, n, n_classes, &range);
    const sm_model view = model_view(&r->m);
    sm_status scored = sm_predict(&view, &source, &one_thread, r->made.probabilities, NULL);
    if (scored == SM_OK)
        scored = find_scores(&r->m, &source, r->scores);
    feature_store_forget(&r->store);
    return check_library(&r->f, "scores", scored);
}

bool reader_read(page_reader *r, size_t width, size_t height, uint8_t *rgba, bool all)
{
    picture p = {width, height, 4, rgba};
    forget_reading(r);
    picture_make_grey(&p);
    const status found = reading_find("picture", &p, &(reader){.m = &r->m, .all = all}, &r->made, &r->f);
    return found == STATUS_OK && (r->made.found.n == 0 || score(r) == STATUS_OK);
}

const reading *reader_reading(const page_reader *r)
{
    return &r->made;
}

const double *reader_scores(const page_reader *r)
{
    return r->scores;
}

const float *reader_slopes(page_reader *r, const uint8_t *image, const double *shares)
{
    const feature_transform *t = &r->store.transform;
    const float *direction = r->direction;
    for (size_t i = 0; i < r->m.n_features; i++) {
        double sum = 0;
        for (size_t k = 0; k < r->m.n_classes; k++)
            sum += shares[k] * (double)r->m.weight[k * r->m.n_features + i];
        r->direction[i] = (float)sum;
    }
    if (!t->map->vjp)
        return direction;
    if (t->map->vjp(t, 1, &image, &direction, r->slopes))
        return r->slopes;
    (void)fail_memory(&r->f);
    return NULL;
}

bool reader_classify(page_reader *r, size_t n, const uint8_t *images)
{
    const size_t size = n * r->m.n_rows * r->m.n_columns;
    forget_reading(r);
    r->made.found = (digits){.n = n, .n_rows = r->m.n_rows, .n_columns = r->m.n_columns, .pixels = malloc(size)};
    if (!r->made.found.pixels)
        return fail_memory(&r->f) == STATUS_OK;
    memcpy(r->made.found.pixels, images, size);
    return score(r) == STATUS_OK;
}

const sm_info *reader_adapt(page_reader *r, size_t n, const uint8_t *images, const uint8_t *labels)
{
    const dataset data = {.n_samples = n,
                          .n_rows = r->m.n_rows,
                          .n_columns = r->m.n_columns,
                          .pixels = (uint8_t *)(uintptr_t)images,
                          .labels = (uint8_t *)(uintptr_t)labels};
    const feature_store store = {.data = &data, .transform = r->store.transform};
    feature_range range;
    const sm_source source = feature_store_source(&store, 0, n, r->m.n_classes, &range);
    const status adapted = adapt_model(&source, ADAPTATION_SHARE, ADAPTATION_TOLERANCE, &r->m, &r->info, &r->f);
    return adapted == STATUS_OK ? &r->info : NULL;
}
