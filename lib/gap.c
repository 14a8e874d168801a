/* How far the objective can be from its minimum at most: its duality gap. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/elementary.h"
#include "objective.h"

/*
 * The dual of F at alpha, where each alpha_n is a distribution over classes and their mean is that of the
 * labels, is  mean H(alpha_n) - ||M||^2 / (2 l2)  with  M = (1/N) sum_n (alpha_n - y_n) x_n'.  It never
 * exceeds min F. The probabilities S_n would do for alpha_n if their mean s were that of the labels, c;
 * alpha_n = (1 - e) S_n + e q has that mean for q = s + (c - s) / e, a distribution once e is at least
 * max_k (s_k - c_k) / s_k. H is concave, so H(alpha_n) >= (1 - e) H(S_n) + e H(q), and mean H(S_n) is the
 * mean loss minus <dL/dW, W> minus <dL/db, b>.
 */

/* The share e and the distribution q that mend the mean, and what is known of H(q). */
typedef struct mending {
    double e, q[SM_MAX_CLASSES], entropy;
} mending;

static void mend(size_t n_classes, const double *frequency, const double *bias_gradient, mending *m)
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

static double cheap_gap(const sm_objective *o, const double *x, double value, const double *gradient)
{
    const size_t n_features = o->blocks.n_features, n_classes = o->blocks.shape.n_classes;
    const size_t n_weights = n_classes * n_features;
    mending m;
    mend(n_classes, o->class_sums + n_weights, gradient + n_weights, &m);

    double penalty = 0, slope = 0, square_m = 0;
    for (size_t d = 0; d < n_features; d++) {
        double mean_x = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean_x += o->class_sums[k * n_features + d];
        for (size_t k = 0; k < n_classes; k++) {
            const size_t i = k * n_features + d;
            const double loss_gradient = gradient[i] - o->l2 * x[i];
            const double mended = (1 - m.e) * loss_gradient + m.e * (m.q[k] * mean_x - o->class_sums[i]);
            penalty += o->l2 / 2 * x[i] * x[i];
            slope += loss_gradient * x[i];
            square_m += mended * mended;
        }
    }
    for (size_t k = 0; k < n_classes; k++)
        slope += gradient[n_weights + k] * x[n_weights + k];
    const double entropy = (1 - m.e) * (value - penalty - slope) + m.e * m.entropy;
    return fmax(value - entropy + square_m / (2 * o->l2), 0);
}

/* What the gap would be if the gradient of the bias were 0. */
static double best_gap(const sm_objective *o, const double *gradient)
{
    const size_t n_weights = o->blocks.shape.n_classes * o->blocks.n_features;
    double square = 0;
    for (size_t i = 0; i < n_weights; i++)
        square += gradient[i] * gradient[i];
    return square / (2 * o->l2);
}

/* ---------------------------------------------------------------------------------------------- */

/* Adds sum_n (diag(S_n) - S_n S_n') over a block to a group's [K, K] matrix. */
static void add_jacobians(void *context, size_t group, size_t first, size_t n, const sm_workspace *workspace,
                          const sm_blocks *blocks)
{
    (void)first;
    const size_t n_classes = blocks->shape.n_classes;
    double *sum = (double *)context + group * n_classes * n_classes;
    for (size_t i = 0; i < n; i++) {
        const float *p = workspace->scores + i * blocks->shape.n_lanes;
        for (size_t k = 0; k < n_classes; k++) {
            sum[k * n_classes + k] += (double)p[k];
            for (size_t j = 0; j < n_classes; j++)
                sum[k * n_classes + j] -= (double)p[k] * (double)p[j];
        }
    }
}

/* Solves matrix [n, n] x = rhs for a positive definite matrix, by elimination; both are overwritten. */
static void solve_small(size_t n, double *matrix, double *rhs)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const double factor = matrix[j * n + i] / matrix[i * n + i];
            for (size_t k = i; k < n; k++)
                matrix[j * n + k] -= factor * matrix[i * n + k];
            rhs[j] -= factor * rhs[i];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++)
            rhs[i] -= matrix[i * n + j] * rhs[j];
        rhs[i] /= matrix[i * n + i];
    }
}

/* The Newton step on the bias: step [K] = (mean Jacobian)^-1 dF/db. The Jacobian is singular along (1, ..,
 * 1), where nothing is to be done; a rank one term there makes it invertible. */
static sm_status bias_step(const sm_objective *o, const double *bias_gradient, double *step)
{
    const size_t n = o->blocks.shape.n_classes, n_groups = sm_blocks_n_groups(&o->blocks);
    double *sums = calloc(n_groups, n * n * sizeof *sums);
    if (!sums)
        return SM_ERROR_MEMORY;
    const sm_status status = sm_blocks_for_each(&o->blocks, add_jacobians, sums);
    for (size_t i = 0; i < n * n; i++) {
        for (size_t group = 1; group < n_groups; group++)
            sums[i] += sums[group * n * n + i];
        const bool is_diagonal = i % (n + 1) == 0;
        sums[i] = sums[i] / (double)o->blocks.rows.source.n_samples + 1 / (double)n + (is_diagonal ? 1e-9 : 0);
    }
    memcpy(step, bias_gradient, n * sizeof *step);
    if (status == SM_OK)
        solve_small(n, sums, step);
    free(sums);
    return status;
}

/* The gap by the dual variables of another point, where the gradient of the bias is next to nothing. */
static sm_status sharp_gap(sm_objective *o, const double *x, double value, const double *gradient, double *bound)
{
    const size_t n_classes = o->blocks.shape.n_classes, n_weights = n_classes * o->blocks.n_features;
    const size_t n_parameters = n_weights + n_classes;
    double *moved = calloc(n_parameters, 2 * sizeof *moved);
    if (!moved)
        return SM_ERROR_MEMORY;
    double *moved_gradient = moved + n_parameters, step[SM_MAX_CLASSES], moved_value = 0;
    (void)sm_blocks_set_parameters(&o->blocks, x); /* which were evaluated, and are finite */
    sm_status status = bias_step(o, gradient + n_weights, step);
    if (status == SM_OK) {
        memcpy(moved, x, n_parameters * sizeof *moved);
        for (size_t k = 0; k < n_classes; k++)
            moved[n_weights + k] -= step[k];
        status = sm_objective_evaluate(o, &(sm_terms){NULL, 0}, moved, &moved_value, moved_gradient);
    }
    if (status == SM_OK)
        *bound = fmax(value - moved_value + cheap_gap(o, moved, moved_value, moved_gradient), 0);
    free(moved);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

sm_status sm_objective_gap(void *context, const double *x, double value, const double *gradient, double enough,
                           double *bound)
{
    sm_objective *o = context;
    double found = cheap_gap(o, x, value, gradient), sharp = found;
    if (found > enough && best_gap(o, gradient) <= enough) {
        const double accuracy = o->accuracy;
        const sm_status status = sharp_gap(o, x, value, gradient, &sharp);
        o->accuracy = accuracy;
        if (status != SM_OK)
            return status;
    }
    *bound = fmin(found, sharp);
    return SM_OK;
}
