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
    double *features;   /* [N, D], bytes times unit; the doubles of the library, too */
    double *parameters; /* [K * (D + 1)] */
    sm_matrix byte_matrix, float_matrix, half_matrix, double_matrix;
} data;

/* Random images in which one value in five is not 0, and parameters such that scores are of order 1. */
data *data_random(size_t n_samples, size_t n_features, size_t n_classes, uint64_t seed);

/* A random table of doubles, whose columns have sizes from 1 / magnitude to the magnitude, and means of any sign of up to
 * ten times that. Samples are separable, but for a share of noise among the labels; every class has one, if there are
 * enough. The bytes and parameters are 0. */
data *data_table(size_t n_samples, size_t n_features, size_t n_classes, double magnitude, double noise,
                 uint64_t seed);

/* Rounds the features to the values that a type can hold, so that both are the same; not for bytes. */
void data_round(data *d, sm_type type);

/* The first n_samples images of the MNIST training set; the parameters are 0. */
data *data_mnist(size_t n_samples);

/* The chosen samples of another data set, in that order. */
data *data_gather(const data *from, size_t n, const size_t *indices);

/* Sets the unit, and floats and features to match. With 1.0 / 256 all forms have the same values. */
void data_set_unit(data *d, double unit);

void data_free(data *d);

/* The samples as bytes, floats, halves or doubles in memory. */
sm_source data_source(data *d, sm_type type);

sm_batch data_batch(const data *d);

/* Allocates an array; the test fails if it cannot. */
void *test_calloc(size_t n, size_t value_bytes);

/* A random number between low and high. */
double random_between(sm_random *random, double low, double high);
void random_fill(sm_random *random, double low, double high, size_t n, double *values);

#endif
