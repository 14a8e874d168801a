/* One sample: softmax, its Jacobian, the cross-entropy and its gradient. */
#include "softmax.h"

#include <float.h>
#include <math.h>

static double maximum(size_t n, const double *values)
{
    double max = values[0];
    for (size_t i = 1; i < n; i++)
        if (values[i] > max || isnan(values[i]))
            max = values[i];
    return max;
}

/* a - b, but 0 for equal infinities, whose difference would be NaN. */
static double difference(double a, double b)
{
    return a == b ? 0.0 : a - b;
}

/* log(sum_k exp(scores[k] - max)): at least 0, since one of the terms is exp(0). */
static double log_sum_exp_above(size_t n_classes, const double *scores, double max)
{
    double sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        sum += exp(difference(scores[k], max));
    return log(sum);
}

double sm_log_sum_exp(size_t n_classes, const double *scores)
{
    const double max = maximum(n_classes, scores);
    return max + log_sum_exp_above(n_classes, scores, max);
}

void sm_softmax(size_t n_classes, const double *scores, double *probabilities)
{
    const double max = maximum(n_classes, scores);
    double sum = 0;
    for (size_t k = 0; k < n_classes; k++) {
        probabilities[k] = exp(difference(scores[k], max));
        sum += probabilities[k];
    }
    for (size_t k = 0; k < n_classes; k++)
        probabilities[k] /= sum;
}

void sm_log_softmax(size_t n_classes, const double *scores, double *log_probabilities)
{
    const double max = maximum(n_classes, scores);
    const double log_sum = log_sum_exp_above(n_classes, scores, max);
    for (size_t k = 0; k < n_classes; k++)
        log_probabilities[k] = difference(scores[k], max) - log_sum;
}

/* dS_i/da_j */
static double softmax_derivative(const double *probabilities, size_t i, size_t j)
{
    if (i == j)
        return probabilities[i] * (1 - probabilities[i]);
    return -probabilities[i] * probabilities[j];
}

void sm_softmax_jacobian(size_t n_classes, const double *probabilities, double *jacobian)
{
    for (size_t i = 0; i < n_classes; i++)
        for (size_t j = 0; j < n_classes; j++)
            jacobian[i * n_classes + j] = softmax_derivative(probabilities, i, j);
}

void sm_softmax_jacobian_product(size_t n_classes, const double *probabilities, const double *vector,
                                 double *product)
{
    double mean = 0;
    for (size_t k = 0; k < n_classes; k++)
        mean += probabilities[k] * vector[k];
    for (size_t k = 0; k < n_classes; k++)
        product[k] = probabilities[k] * (vector[k] - mean);
}

double sm_cross_entropy(size_t n_classes, const double *scores, size_t label)
{
    const double max = maximum(n_classes, scores);
    return difference(max, scores[label]) + log_sum_exp_above(n_classes, scores, max);
}

void sm_cross_entropy_gradient_by_chain_rule(size_t n_classes, const double *probabilities, size_t label,
                                             double *gradient)
{
    const double p_label = probabilities[label];
    if (p_label < DBL_MIN) { /* 1 / p_label would overflow */
        sm_cross_entropy_gradient(n_classes, probabilities, label, gradient);
        return;
    }
    for (size_t j = 0; j < n_classes; j++) {
        gradient[j] = 0;
        for (size_t i = 0; i < n_classes; i++) {
            const double dL_dS = i == label ? -1 / p_label : 0;
            gradient[j] += dL_dS * softmax_derivative(probabilities, i, j);
        }
    }
}

void sm_cross_entropy_gradient(size_t n_classes, const double *probabilities, size_t label, double *gradient)
{
    for (size_t k = 0; k < n_classes; k++)
        gradient[k] = probabilities[k] - (k == label ? 1 : 0);
}

double sm_sigmoid(double score)
{
    if (score >= 0)
        return 1 / (1 + exp(-score));
    const double e = exp(score);
    return e / (1 + e);
}
