/* The softmax of many samples, one in each lane. Private to the files of instruction sets. */
#include "elementary.h"
#include "lanes.h"

enum { MAX_CLASSES = UINT8_MAX + 1 };

/* sm_exp in every lane. */
SM_INLINE vector exp_of(vector x)
{
    const vector shifted = multiply_add(x, splat(SM_LOG2_E), splat(SM_ROUND_MAGIC));
    const vector n = shifted - SM_ROUND_MAGIC;
    vector r = multiply_add(n, splat(-SM_LN2_HIGH), x);
    r = multiply_add(n, splat(-SM_LN2_LOW), r);
    vector q = multiply_add(r, splat(SM_E4), splat(SM_E3));
    q = multiply_add(r, q, splat(SM_E2));
    q = multiply_add(r, q, splat(SM_E1));
    q = multiply_add(r, q, splat(SM_E0));
    q = multiply_add(r * r, q, r);
    const vector power = (vector)(((vector_bits)shifted << 23) + (UINT32_C(127) << 23));
    return choose(x < SM_EXP_LOWEST, splat(0), multiply_add(q, power, power));
}

/* Moves the scores of VECTOR_LANES samples from rows, one a sample, to columns, one a class, or back. */
SM_INLINE void load_columns(size_t n_lanes, const float *rows, vector *columns)
{
    for (size_t k = 0; k < n_lanes; k += VECTOR_LANES) {
        for (size_t i = 0; i < VECTOR_LANES; i++)
            columns[k + i] = load(rows + i * n_lanes + k);
        transpose(columns + k);
    }
}

SM_INLINE void store_columns(size_t n_lanes, vector *columns, float *rows)
{
    for (size_t k = 0; k < n_lanes; k += VECTOR_LANES) {
        transpose(columns + k);
        for (size_t i = 0; i < VECTOR_LANES; i++)
            store(rows + i * n_lanes + k, columns[k + i]);
    }
}

/* Makes probabilities of the scores of VECTOR_LANES samples. For each of them: the class of the highest score, that
 * score, and the sum of the exponentials. */
static void softmax_of_vector(size_t n_classes, size_t n_lanes, float *rows, float *best_out, float *max_out,
                              float *sum_out)
{
    vector columns[MAX_CLASSES];
    load_columns(n_lanes, rows, columns);
    vector max = splat(-HUGE_VALF), best = splat(0), sum = splat(0);
    for (size_t k = 0; k < n_classes; k++) {
        const vector_mask is_higher = columns[k] > max;
        best = choose(is_higher, splat((float)k), best);
        max = choose(is_higher, columns[k], max);
    }
    for (size_t k = 0; k < n_classes; k++) {
        columns[k] = exp_of(columns[k] - max);
        sum += columns[k];
    }
    const vector reciprocal = 1.0f / sum;
    for (size_t k = 0; k < n_lanes; k++)
        columns[k] = k < n_classes ? columns[k] * reciprocal : splat(0);
    store_columns(n_lanes, columns, rows);
    store(best_out, best);
    store(max_out, max);
    store(sum_out, sum);
}

static void softmax(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores_inout,
                    uint8_t *predictions, float *losses)
{
    for (size_t first = 0; first < n_rows; first += VECTOR_LANES) {
        const size_t left = n_rows - first, n = left < VECTOR_LANES ? left : VECTOR_LANES;
        float *rows = scores_inout + first * n_lanes;
        float label_scores[VECTOR_LANES], best[VECTOR_LANES], max[VECTOR_LANES], sum[VECTOR_LANES];
        for (size_t i = 0; labels && i < n; i++)
            label_scores[i] = rows[i * n_lanes + labels[first + i]];
        softmax_of_vector(n_classes, n_lanes, rows, best, max, sum);
        for (size_t i = 0; i < n; i++) {
            predictions[first + i] = (uint8_t)best[i];
            if (labels)
                losses[first + i] = sm_log(sum[i]) + (max[i] - label_scores[i]);
        }
    }
}
