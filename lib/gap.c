/*
 * The duality gap of the objective: an upper bound of F(x) - min F, where x = (W, b).
 *
 * The dual. logsumexp(a) is the maximum of <alpha, a> + H(alpha) over all distributions alpha, where H is the entropy;
 * it is taken at alpha = softmax(a). Any distributions alpha_n, one for each sample, thus bound F from below:
 *
 *   F(W, b) >= mean_n ( <alpha_n - y_n, W x_n + b> + H(alpha_n) ) + (l2/2) ||W||^2
 *
 * If the alpha_n have the same mean as the labels y_n, then b drops out, and minimising over W leaves
 *
 *   min F >= D(alpha) = mean_n H(alpha_n) - ||M||^2 / (2 l2)    with    M = mean_n (alpha_n - y_n) x_n'
 *
 * and the gap is F(x) - D(alpha).
 *
 * The choice of alpha. At the minimum the best alpha_n are the probabilities S_n, so they are a good choice near it.
 * But their mean s differs from that of the labels, c, by the gradient of the bias, s - c. Mixing in one
 * distribution q corrects this:
 *
 *   alpha_n = (1 - e) S_n + e q    with    q = s + (c - s) / e,    whose mean is c
 *
 * The smallest e for which no q_k is negative changes the S_n least: max_k (s_k - c_k) / s_k.
 *
 * The cost. No sample is visited again: since H is concave and H(S_n) = L_n - <S_n - y_n, W x_n + b>,
 *
 *   mean H(alpha_n) >= (1 - e) mean H(S_n) + e H(q)    and    mean H(S_n) = F + (l2/2) ||W||^2 - <dF, x>
 *   M = (1 - e) (dF/dW - l2 W) + e (q mean_n x_n' - mean_n y_n x_n')
 *
 * A sharper gap. Where W is good but b is not, e is large and the gap says little. A Newton step on b leads to a point
 * z with almost no gradient there, and the dual at z bounds min F just as well: the gap is F(x) - F(z) + gap(z). That
 * takes an evaluation and a half, so it is done only where it may make the gap as small as the caller asks for.
 */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/elementary.h"
#include "gap.h"
#include "objective.h"
#include "vector.h"

/* The mixture with the probabilities: a share e of the distribution q, whose entropy is H(q). */
typedef struct mixture {
    double e, q[SM_MAX_CLASSES], entropy;
} mixture;

/* The mixture for labels of mean c, frequency [K], and probabilities of mean s = c + bias_gradient [K]. */
static void mix(size_t n_classes, const double *frequency, const double *bias_gradient, mixture *m)
{
    m->e = 0;
    m->entropy = 0;
    for (size_t k = 0; k < n_classes; k++) {
        const double s = frequency[k] + bias_gradient[k];
        if (bias_gradient[k] > 0)
            m->e = fmax(m->e, s > 0 ? bias_gradient[k] / s : 1);
    }
    m->e = fmin(m->e, 1);
    for (size_t k = 0; k < n_classes; k++) {
        const double s = frequency[k] + bias_gradient[k];
        m->q[k] = m->e > 0 ? fmax(s - bias_gradient[k] / m->e, 0) : s;
        m->entropy -= m->q[k] > (double)FLT_MIN ? m->q[k] * (double)sm_log((float)m->q[k]) : 0;
    }
}

/* ||M||^2 */
static double squared_norm(const sm_objective *o, const mixture *m, const double *x, const double *gradient)
{
    const size_t n_features = o->blocks.n_features, n_classes = o->blocks.shape.n_classes;
    double sum = 0;
    for (size_t d = 0; d < n_features; d++) {
        double mean_x = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean_x += o->class_sums[k * n_features + d];
        for (size_t k = 0; k < n_classes; k++) {
            const size_t i = k * n_features + d;
            const double loss_gradient = gradient[i] - o->l2 * x[i];
            const double M_kd = (1 - m->e) * loss_gradient + m->e * (m->q[k] * mean_x - o->class_sums[i]);
            sum += M_kd * M_kd;
        }
    }
    return sum;
}

/* F(x) - D(alpha) */
static double gap_at(const sm_objective *o, const double *x, double value, const double *gradient)
{
    const size_t n_classes = o->blocks.shape.n_classes, n_weights = n_classes * o->blocks.n_features;
    mixture m;
    mix(n_classes, o->class_sums + n_weights, gradient + n_weights, &m);
    const double mean_entropy =
        value + o->l2 / 2 * sm_dot(n_weights, x, x) - sm_dot(n_weights + n_classes, gradient, x);
    const double dual = (1 - m.e) * mean_entropy + m.e * m.entropy - squared_norm(o, &m, x, gradient) / (2 * o->l2);
    return fmax(value - dual, 0);
}

/* sm_pass.visit: adds the Jacobians diag(S_n) - S_n S_n' of a tile to its shard's [K, K] matrix. */
static void add_jacobians(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    const size_t n_classes = blocks->shape.n_classes;
    double *sum = (double *)context + tile->shard * n_classes * n_classes;
    for (size_t i = 0; i < tile->n; i++) {
        const float *p = tile->workspace->scores + i * blocks->shape.n_lanes;
        for (size_t k = 0; k < n_classes; k++) {
            sum[k * n_classes + k] += (double)p[k];
            for (size_t j = 0; j < n_classes; j++)
                sum[k * n_classes + j] -= (double)p[k] * (double)p[j];
        }
    }
}

/* The Newton step on the bias at the parameters set in o: step [K] = (mean Jacobian)^-1 dF/db. The Jacobian is
 * singular along (1, .., 1), where F does not change; a term of rank one makes it regular. */
static sm_status find_bias_step(const sm_objective *o, const double *bias_gradient, double *step)
{
    const sm_blocks *blocks = &o->blocks;
    const size_t n = blocks->shape.n_classes, n_shards = SM_MAX_SHARDS;
    const double n_samples = (double)blocks->rows.source.n_samples;
    double *sums = calloc(n_shards, n * n * sizeof *sums), *equations = calloc(n, (n + 1) * sizeof *equations);
    sm_status status = sums && equations ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_blocks_run(blocks, &(sm_pass){blocks->model, {0}, n_shards, add_jacobians, sums});
    for (size_t k = 0; status == SM_OK && k < n; k++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t shard = 0; shard < n_shards; shard++)
                sum += sums[(shard * n + k) * n + j];
            equations[k * (n + 1) + j] = sum / n_samples + 1 / (double)n + (j == k ? 1e-9 : 0);
        }
        equations[k * (n + 1) + n] = bias_gradient[k];
    }
    if (status == SM_OK)
        sm_solve(n, equations, step);
    free(equations);
    free(sums);
    return status;
}

/* F(x) - F(z) + gap(z), where z is x after a Newton step on the bias; HUGE_VAL if F(z) is not finite. */
static sm_status find_sharper_gap(sm_objective *o, const double *x, double value, const double *gradient,
                                  double *gap)
{
    const size_t n_parameters = o->n_parameters, n_classes = o->blocks.shape.n_classes;
    const size_t n_weights = n_parameters - n_classes;
    double *moved = calloc(n_parameters, 2 * sizeof *moved);
    if (!moved)
        return SM_ERROR_MEMORY;
    double *moved_gradient = moved + n_parameters, step[SM_MAX_CLASSES], moved_value = 0;
    *gap = HUGE_VAL;
    (void)sm_blocks_set_parameters(&o->blocks, x); /* which were evaluated, and are finite */
    sm_status status = find_bias_step(o, gradient + n_weights, step);
    if (status == SM_OK) {
        memcpy(moved, x, n_parameters * sizeof *moved);
        sm_add_scaled(n_classes, -1, step, moved + n_weights);
        status = sm_objective_evaluate(o, &(sm_terms){NULL, 0}, moved, &moved_value, moved_gradient);
    }
    if (status == SM_OK)
        *gap = fmax(value - moved_value + gap_at(o, moved, moved_value, moved_gradient), 0);
    free(moved);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

sm_status sm_objective_gap(void *context, const double *x, double value, const double *gradient, double enough,
                           double *bound)
{
    sm_objective *o = context;
    const size_t n_weights = o->n_parameters - o->blocks.shape.n_classes;
    const double gap = gap_at(o, x, value, gradient), accuracy = o->accuracy;
    double sharper = HUGE_VAL;
    /* If the gradient of the bias were 0, and so e, then D(alpha) = F - ||dF/dW||^2 / (2 l2). */
    const double gap_without_bias = sm_dot(n_weights, gradient, gradient) / (2 * o->l2);
    if (gap > enough && gap_without_bias <= enough) {
        const sm_status status = find_sharper_gap(o, x, value, gradient, &sharper);
        o->accuracy = accuracy; /* that of x, not of z */
        if (status != SM_OK)
            return status;
    }
    *bound = fmin(gap, sharper);
    return SM_OK;
}
