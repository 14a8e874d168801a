/* The definition of the objective, in plain loops of doubles, for reading and testing. */
#include "softmax.h"

static void sample_scores(const sm_batch *batch, const double *parameters, size_t n, double *scores)
{
    const double *bias = parameters + batch->n_classes * batch->n_features;
    const double *x = batch->features + n * batch->n_features;
    for (size_t k = 0; k < batch->n_classes; k++) {
        const double *weight_k = parameters + k * batch->n_features;
        scores[k] = bias[k];
        for (size_t d = 0; d < batch->n_features; d++)
            scores[k] += weight_k[d] * x[d];
    }
}

void sm_batch_scores(const sm_batch *batch, const double *parameters, double *scores)
{
    for (size_t n = 0; n < batch->n_samples; n++)
        sample_scores(batch, parameters, n, scores + n * batch->n_classes);
}

double sm_batch_objective(const sm_batch *batch, double l2, const double *parameters, double *gradient)
{
    const size_t n_classes = batch->n_classes, n_features = batch->n_features;
    const size_t n_weights = n_classes * n_features;
    const double share = 1.0 / (double)batch->n_samples;
    double mean_loss = 0, penalty = 0;

    for (size_t i = 0; i < n_weights; i++)
        penalty += l2 / 2 * parameters[i] * parameters[i];
    if (gradient) {
        for (size_t i = 0; i < n_weights; i++)
            gradient[i] = l2 * parameters[i];
        for (size_t k = 0; k < n_classes; k++)
            gradient[n_weights + k] = 0;
    }

    for (size_t n = 0; n < batch->n_samples; n++) {
        const double *x = batch->features + n * n_features;
        double scores[SM_MAX_CLASSES], dL_da[SM_MAX_CLASSES];
        sample_scores(batch, parameters, n, scores);
        mean_loss += share * sm_cross_entropy(n_classes, scores, batch->labels[n]);
        if (!gradient)
            continue;
        sm_softmax(n_classes, scores, dL_da);
        sm_cross_entropy_gradient(n_classes, dL_da, batch->labels[n], dL_da);
        for (size_t k = 0; k < n_classes; k++) {
            for (size_t d = 0; d < n_features; d++)
                gradient[k * n_features + d] += share * dL_da[k] * x[d];
            gradient[n_weights + k] += share * dL_da[k];
        }
    }
    return mean_loss + penalty;
}
