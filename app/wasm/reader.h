/*
 * The reader in the page of the report. These functions are exported from the module of WebAssembly that
 * show/report/page/worker.js runs: pointers are indices in its memory, bool is 0 or 1. What a function returns a pointer to
 * belongs to the reader, and is valid until the next call that reads or sets a model.
 */
#pragma once

#include "digits/reading.h"
#include "softmax.h"

typedef struct page_reader page_reader;

/* A reader without a model; NULL if memory ran out. */
page_reader *reader_create(void);
void reader_destroy(page_reader *r);

/* The line that says why the last function failed. */
const char *reader_failure(const page_reader *r);

/* Makes a model of this shape for the features of a text (see features_parse), all weights 0. The caller then fills in
 * weight [n_classes, n_features] and bias [n_classes]. */
bool reader_set_model(page_reader *r, const char *features, size_t n_rows, size_t n_columns, size_t n_classes,
                      double temperature);
size_t reader_n_features(const page_reader *r);
float *reader_weight(const page_reader *r);
float *reader_bias(const page_reader *r);

/* Reads a picture of red, green, blue and alpha [height, width, 4], which is overwritten: the digit in it, or if `all`
 * every digit. The digits, boxes and probabilities are those of mnist predict for these pixels, to the bit. */
bool reader_read(page_reader *r, size_t width, size_t height, uint8_t *rgba, bool all);

/* What was read. scores [n, n_classes] are W x + b, of which the probabilities are softmax(scores / temperature). */
const reading *reader_reading(const page_reader *r);
const double *reader_scores(const page_reader *r);

/* slopes [n_rows, n_columns] of the sum of score times share over the classes, shares [n_classes], with respect to the
 * pixels, from 0 to 1, of an image [n_rows, n_columns] that is normalised; NULL if memory ran out. */
const float *reader_slopes(page_reader *r, const uint8_t *image, const double *shares);

/* Classifies images [n, n_rows, n_columns] that are normalised: what was read is then these, without boxes and lines. */
bool reader_classify(page_reader *r, size_t n, const uint8_t *images);

/* Adapts the model to such images and their labels [n], n 1 or more, by adapt_model: what the minimiser says of it, or NULL
 * after a failure. */
const sm_info *reader_adapt(page_reader *r, size_t n, const uint8_t *images, const uint8_t *labels);
