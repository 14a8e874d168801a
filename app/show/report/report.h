/* The report: one page of HTML that holds all it needs, and the model to try. */
#pragma once

#include "data/dataset.h"
#include "base/buffer.h"
#include "model/history.h"
#include "model/model.h"
#include "base/digest.h"
#include "model/scores.h"

/* What the page tells of; all of it belongs to the caller. Texts may hold anything. */
typedef struct report {
    const model *m;
    const model *shown; /* m as pixel_model makes it */
    const char *model_path;
    char model_sha256[SHA256_TEXT_SIZE]; /* of the model file */
    const dataset *test;
    const char *data_folder;
    size_t n_training_images;   /* of the folder; 0 if it has none */
    const float *probabilities; /* [N, K] of the test images, at the model's temperature */
    const scores *s;
    const char *history_path;
    const history *h; /* NULL if there is none */
} report;

/* No page is larger: images are left out of it first, then the drawing pad. */
enum { REPORT_MAX_BYTES = 3000000 };

/* Prints the page. The same report gives the same bytes. */
status report_print(const report *r, buffer *b, failure *f);

/* The class that a test image was taken for, and the probability of that. */
size_t report_prediction(const report *r, size_t sample);
double report_confidence(const report *r, size_t sample);
