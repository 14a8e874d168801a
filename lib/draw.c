/* Drawing samples with a probability in proportion to a weight. */
#include "draw.h"

double sm_draw(const float *weights, size_t stride, size_t n, size_t n_drawn, size_t *drawn)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)weights[i * stride];
    const double step = total / (double)n_drawn;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)weights[i * stride];
        while (count < n_drawn && sum > ((double)count + 0.5) * step)
            drawn[count++] = i;
    }
    while (count < n_drawn) /* rounding may leave the last one out */
        drawn[count++] = n - 1;
    return total;
}
