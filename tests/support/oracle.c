#include "oracle.h"

#include <math.h>

static long double sum_of_exp(size_t n_classes, const double *scores)
{
    long double sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        sum += expl((long double)scores[k]);
    return sum;
}

void oracle_softmax(size_t n_classes, const double *scores, double *probabilities)
{
    const long double sum = sum_of_exp(n_classes, scores);
    for (size_t k = 0; k < n_classes; k++)
        probabilities[k] = (double)(expl((long double)scores[k]) / sum);
}

double oracle_log_sum_exp(size_t n_classes, const double *scores)
{
    return (double)logl(sum_of_exp(n_classes, scores));
}

double oracle_objective(const sm_batch *batch, double l2, const double *parameters)
{
    const size_t n_weights = batch->n_classes * batch->n_features;
    long double sum = 0, square = 0;
    for (size_t n = 0; n < batch->n_samples; n++) {
        long double exp_sum = 0, exp_label = 0;
        for (size_t k = 0; k < batch->n_classes; k++) {
            long double score = (long double)parameters[n_weights + k];
            for (size_t d = 0; d < batch->n_features; d++)
                score += (long double)batch->features[n * batch->n_features + d] *
                         (long double)parameters[k * batch->n_features + d];
            exp_sum += expl(score);
            exp_label = k == batch->labels[n] ? expl(score) : exp_label;
        }
        sum -= logl(exp_label / exp_sum);
    }
    for (size_t i = 0; i < n_weights; i++)
        square += (long double)parameters[i] * (long double)parameters[i];
    return (double)(sum / (long double)batch->n_samples + (long double)l2 / 2 * square);
}
