/* The confusion matrix, and metrics computed from it. */
#include "softmax.h"

#include <math.h>
#include <string.h>

size_t sm_argmax(size_t n_classes, const float *probabilities)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        if (probabilities[k] > probabilities[best])
            best = k;
    return best;
}

void sm_confusion(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                  size_t *confusion)
{
    memset(confusion, 0, n_classes * n_classes * sizeof *confusion);
    for (size_t n = 0; n < n_samples; n++)
        confusion[labels[n] * n_classes + sm_argmax(n_classes, probabilities + n * n_classes)]++;
}

static double quotient(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

void sm_metrics(size_t n_classes, const size_t *confusion, sm_class_metrics *metrics)
{
    for (size_t k = 0; k < n_classes; k++) {
        size_t n_predicted = 0, n_true = 0;
        const size_t n_correct = confusion[k * n_classes + k];
        for (size_t j = 0; j < n_classes; j++) {
            n_predicted += confusion[j * n_classes + k];
            n_true += confusion[k * n_classes + j];
        }
        metrics[k] = (sm_class_metrics){
            .support = n_true,
            .precision = quotient(n_correct, n_predicted),
            .recall = quotient(n_correct, n_true),
            .f1 = quotient(2 * n_correct, n_predicted + n_true),
        };
    }
}

sm_counts sm_confusion_counts(size_t n_classes, const size_t *confusion)
{
    sm_counts counts = {0, 0};
    for (size_t i = 0; i < n_classes; i++) {
        for (size_t j = 0; j < n_classes; j++)
            counts.n_samples += confusion[i * n_classes + j];
        counts.n_correct += confusion[i * n_classes + i];
    }
    return counts;
}

sm_interval sm_wilson_interval(size_t n_correct, size_t n_samples)
{
    if (n_samples == 0)
        return (sm_interval){0, 1};
    const double z = 1.959963984540054; /* the 97.5 % quantile of the normal distribution */
    const double n = (double)n_samples;
    const double p = (double)n_correct / n;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (sm_interval){n_correct == 0 ? 0 : centre - half, n_correct == n_samples ? 1 : centre + half};
}

size_t sm_most_confused(size_t n_classes, const size_t *confusion, size_t n_pairs, sm_confused_pair *pairs)
{
    size_t n_found = 0;
    for (size_t i = 0; i < n_classes; i++) {
        for (size_t j = 0; j < n_classes; j++) {
            const size_t count = confusion[i * n_classes + j];
            if (i == j || count == 0)
                continue;
            size_t at = n_found < n_pairs ? n_found++ : n_pairs;
            for (; at > 0 && pairs[at - 1].count < count; at--)
                if (at < n_pairs)
                    pairs[at] = pairs[at - 1];
            if (at < n_pairs)
                pairs[at] = (sm_confused_pair){i, j, count};
        }
    }
    return n_found;
}
