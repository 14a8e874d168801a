/* Samples for tests: random ones, and the real images. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include "softmax.h"

/* The same samples in each form that the library accepts, and a point (W, b) at which to evaluate. */
typedef struct data {
    size_t n_samples, n_features, n_classes, n_parameters;
    double unit;
    uint8_t *labels;    /* [N] */
    uint8_t *bytes;     /* [N, D] */
    float *floats;      /* [N, D], bytes times unit */
    uint16_t *halves;   /* [N, D], made from the floats by data_source */
    double *features;   /* [N, D], bytes times unit */
    double *parameters; /* [K * (D + 1)] */
    sm_matrix byte_matrix, float_matrix, half_matrix;
} data;

/* Random images in which one value in five is not 0, and parameters such that scores are of order 1. */
data *data_random(size_t n_samples, size_t n_features, size_t n_classes, uint64_t seed);

/* The first n_samples images of the MNIST training set; the parameters are 0. */
data *data_mnist(size_t n_samples);

/* The chosen samples of another data set, in that order. */
data *data_gather(const data *from, size_t n, const size_t *indices);

void data_free(data *d);

/* The samples as bytes, floats or halves in memory. */
sm_source data_source(data *d, sm_type type);

sm_batch data_batch(const data *d);

/* Allocates an array; the test fails if it cannot. */
void *test_calloc(size_t n, size_t value_bytes);

/* A random number between low and high. */
double random_between(sm_random *random, double low, double high);
void random_fill(sm_random *random, double low, double high, size_t n, double *values);

#endif
