/* The duality gap of the objective: its bound, recomputed, and when it needs another evaluation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

static const sm_terms all = {NULL, 0};

static sm_objective *create(const sm_source *source, double l2)
{
    const sm_objective_options options = {.l2 = l2};
    sm_objective *o = NULL;
    ck_assert_int_eq(sm_objective_create(source, &options, &o), SM_OK);
    return o;
}

static double evaluate(sm_objective *o, const double *x, double *gradient)
{
    const sm_problem problem = sm_objective_problem(o);
    double value = (double)NAN;
    ck_assert_int_eq(problem.evaluate(problem.context, &all, x, &value, gradient), SM_OK);
    return value;
}

/* The gap at x, for a caller who is satisfied with a gap of `enough`. */
static double gap_at(sm_objective *o, const double *x, double enough, double *value)
{
    const sm_problem problem = sm_objective_problem(o);
    double *gradient = test_calloc(problem.n_parameters, sizeof *gradient), gap = (double)NAN;
    *value = evaluate(o, x, gradient);
    const double accuracy = sm_objective_accuracy(o);
    ck_assert_int_eq(problem.gap(problem.context, x, *value, gradient, enough, &gap), SM_OK);
    ck_assert_double_eq(sm_objective_accuracy(o), accuracy);
    free(gradient);
    return gap;
}

static double entropy(size_t n, const double *p)
{
    double h = 0;
    for (size_t k = 0; k < n; k++)
        h -= p[k] > 0 ? p[k] * log(p[k]) : 0;
    return h;
}

/* alpha_n = (1 - e) S_n + e q, with the smallest e for which their mean can equal the mean of the labels. */
typedef struct mending {
    double e, q[16];
} mending;

static mending mend(const data *d, const double *probabilities)
{
    double s[16] = {0}, c[16] = {0};
    mending m = {0};
    for (size_t n = 0; n < d->n_samples; n++) {
        c[d->labels[n]] += 1 / (double)d->n_samples;
        for (size_t k = 0; k < d->n_classes; k++)
            s[k] += probabilities[n * d->n_classes + k] / (double)d->n_samples;
    }
    for (size_t k = 0; k < d->n_classes; k++)
        m.e = fmax(m.e, (s[k] - c[k]) / s[k]);
    for (size_t k = 0; k < d->n_classes; k++)
        m.q[k] = m.e > 0 ? fmax(s[k] + (c[k] - s[k]) / m.e, 0) : s[k];
    return m;
}

/* F minus  (1 - e) mean H(S_n) + e H(q) - ||(1/N) sum_n (alpha_n - y_n) x_n'||^2 / (2 l2),  sample by sample */
static double naive_gap(const data *d, double l2, const double *x)
{
    const size_t n_classes = d->n_classes, n_features = d->n_features;
    const sm_batch batch = data_batch(d);
    double *p = test_calloc(d->n_samples * n_classes, sizeof *p);
    double *sum = test_calloc(n_classes * n_features, sizeof *sum), mean_entropy = 0, square = 0;
    sm_batch_scores(&batch, x, p);
    for (size_t n = 0; n < d->n_samples; n++) {
        sm_softmax(n_classes, p + n * n_classes, p + n * n_classes);
        mean_entropy += entropy(n_classes, p + n * n_classes) / (double)d->n_samples;
    }
    const mending m = mend(d, p);
    for (size_t n = 0; n < d->n_samples; n++) {
        for (size_t k = 0; k < n_classes; k++) {
            const double alpha = (1 - m.e) * p[n * n_classes + k] + m.e * m.q[k] - (d->labels[n] == k);
            for (size_t i = 0; i < n_features; i++)
                sum[k * n_features + i] += alpha * d->features[n * n_features + i] / (double)d->n_samples;
        }
    }
    for (size_t i = 0; i < n_classes * n_features; i++)
        square += sum[i] * sum[i];
    free(sum);
    free(p);
    const double dual = (1 - m.e) * mean_entropy + m.e * entropy(n_classes, m.q) - square / (2 * l2);
    return sm_batch_objective(&batch, l2, x, NULL) - dual;
}

/* The minimum by plain L-BFGS from x. Rounding may leave it slightly above the true minimum, never below. */
static double minimise(sm_objective *o, double *x)
{
    sm_problem problem = sm_objective_problem(o);
    problem.renew = NULL;
    problem.precondition = NULL;
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = 1e-7;
    sm_info info;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, &info), SM_OK);
    return info.value;
}

static void check_gaps(data *d, double l2)
{
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = create(&source, l2);
    double *optimum = test_calloc(d->n_parameters, sizeof *optimum), *x = test_calloc(d->n_parameters, sizeof *x);
    double value;
    const double lowest = minimise(o, optimum), enough = 1e-5 * lowest;
    ck_assert_double_le(gap_at(o, optimum, enough, &value), enough);

    sm_random random = {11};
    for (size_t i = 0; i < 60; i++) {
        const double scale = pow(10, random_between(&random, -6, 0.7));
        for (size_t j = 0; j < d->n_parameters; j++) {
            /* around 0 or around the optimum; weights, biases or both */
            const bool moves = i % 3 == 0 || (i % 3 == 1) == (j >= d->n_classes * d->n_features);
            x[j] = (i % 2 ? optimum[j] : 0) + (moves ? random_between(&random, -scale, scale) : 0);
        }
        const double gap = gap_at(o, x, 0, &value), precision = 2e-6 * (1 + value);
        const double naive = naive_gap(d, l2, x);
        ck_assert_double_ge(gap, value - lowest - precision);
        ck_assert_double_ge(gap_at(o, x, gap / 2, &value), value - lowest - precision);
        ck_assert_double_le(gap_at(o, x, gap / 2, &value), gap + precision);
        ck_assert_double_le(gap, naive + precision + 1e-5 * naive);
    }
    free(x);
    free(optimum);
    sm_objective_free(o);
}

/* It bounds the distance to the minimum, is no looser than its formula, and vanishes at the optimum. */
START_TEST(gap_bounds_the_distance_to_the_minimum)
{
    const double l2[] = {1, 0.05, 1e-3};
    for (size_t i = 0; i < 3; i++) {
        data *d = data_random(150, 12, 4, i + 1);
        check_gaps(d, l2[i]);
        data_free(d);
    }
    data *mnist = data_mnist(300);
    check_gaps(mnist, 0.01);
    data_free(mnist);
}
END_TEST

/* ||dF/dW||^2 / (2 l2) */
static double gap_without_bias(sm_objective *o, const data *d, double l2, const double *x)
{
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient), square = 0;
    evaluate(o, x, gradient);
    for (size_t i = 0; i < d->n_classes * d->n_features; i++)
        square += gradient[i] * gradient[i];
    free(gradient);
    return square / (2 * l2);
}

/* If only the bias is wrong, a Newton step on it gives nearly the best possible bound. */
START_TEST(gap_is_sharper_where_a_step_on_the_bias_helps)
{
    const double l2 = 0.05, sizes[] = {1e-3, 1e-2, 0.1};
    data *d = data_random(150, 12, 4, 2);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = create(&source, l2);
    double optimum[52] = {0}, value;
    const double lowest = minimise(o, optimum);
    for (size_t i = 0; i < 3; i++) {
        double x[52];
        memcpy(x, optimum, sizeof x);
        x[48] += sizes[i];
        x[50] -= 2 * sizes[i];
        const double enough = gap_without_bias(o, d, l2, x) + 1e-9, cheap = gap_at(o, x, 0, &value);
        const double sharp = gap_at(o, x, enough, &value);
        ck_assert_double_ge(cheap, enough);
        ck_assert_double_ge(sharp, value - lowest - 1e-6);
        ck_assert_double_le(sharp, cheap / 5);
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Some classes have no samples, and one has all of them. */
START_TEST(gap_holds_where_classes_have_no_samples)
{
    data *d = data_random(60, 6, 5, 8);
    for (size_t n = 0; n < 60; n++)
        d->labels[n] = n % 2 ? 3 : 1;
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = create(&source, 0.1);
    double x[35], value;
    memcpy(x, d->parameters, sizeof x);
    const double lowest = minimise(o, x);
    sm_random random = {12};
    for (size_t i = 0; i < 30; i++) {
        random_fill(&random, -2, 2, 35, x);
        const double gap = gap_at(o, x, 0, &value);
        ck_assert(isfinite(gap));
        ck_assert_double_ge(gap, value - lowest - 1e-5);
        ck_assert_double_ge(gap_at(o, x, gap / 2, &value), value - lowest - 1e-5);
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Each sample has a counterpart of the other class with the opposite values, and the weights are opposite. Then S - y
 * is r for one of the pair and -r for the other, the gradient of the bias is 0, and the gap is ||dF/dW||^2 / (2 l2). */
START_TEST(gap_without_a_bias_gradient_is_the_square_of_the_gradient)
{
    const double l2 = 0.1;
    const float values[4] = {0.5f, -0.5f, 2, -2};
    const uint8_t labels[4] = {0, 1, 1, 0};
    sm_matrix matrix = {values, sizeof(float)};
    const sm_source source = {.n_samples = 4,
                              .n_features = 1,
                              .n_classes = 2,
                              .type = SM_F32,
                              .labels = labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    sm_objective *o = create(&source, l2);
    const sm_problem problem = sm_objective_problem(o);
    for (double w = -3; w <= 3; w += 0.25) {
        const double x[4] = {w, -w, 0, 0};
        double gradient[4], gap;
        const double value = evaluate(o, x, gradient);
        ck_assert_double_eq_tol(gradient[2], 0, 1e-7);
        const double expected = (gradient[0] * gradient[0] + gradient[1] * gradient[1]) / (2 * l2);
        ck_assert_int_eq(problem.gap(problem.context, x, value, gradient, 0, &gap), SM_OK);
        ck_assert_double_eq_tol(gap, expected, 2e-6 * (1 + expected));
    }
    sm_objective_free(o);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The minimum of the definition, by gradient descent in double with steps that are short enough to converge: the
 * second derivative along any line is at most (max |x|^2 + 1) / 2 + l2. */
static double descend(const data *d, double l2)
{
    const sm_batch batch = data_batch(d);
    double *x = test_calloc(d->n_parameters, 2 * sizeof *x), *gradient = x + d->n_parameters, value = 0;
    const double step = 1 / (((double)d->n_features + 1) / 2 + l2);
    for (size_t i = 0; i < 5000; i++) {
        value = sm_batch_objective(&batch, l2, x, gradient);
        for (size_t j = 0; j < d->n_parameters; j++)
            x[j] -= step * gradient[j];
    }
    free(x);
    return value;
}

START_TEST(gap_bounds_the_distance_to_a_minimum_found_without_the_library)
{
    const size_t sizes[][3] = {{30, 4, 3}, {25, 6, 2}, {40, 3, 7}};
    for (size_t i = 0; i < 3; i++) {
        const double l2 = 0.05;
        data *d = data_random(sizes[i][0], sizes[i][1], sizes[i][2], i + 20);
        const sm_source source = data_source(d, SM_U8);
        sm_objective *o = create(&source, l2);
        const double lowest = descend(d, l2);
        double value, *x = test_calloc(d->n_parameters, sizeof *x);
        sm_random random = {i};
        for (size_t j = 0; j < 40; j++) {
            const double scale = pow(10, random_between(&random, -3, 0.7));
            random_fill(&random, -scale, scale, d->n_parameters, x);
            const double gap = gap_at(o, x, j % 2 ? 0 : HUGE_VAL, &value);
            ck_assert_double_ge(gap, value - lowest - 1e-6 * (1 + value));
        }
        minimise(o, x);
        ck_assert_double_le(gap_at(o, x, 1e-6, &value), 1e-5);
        free(x);
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

/* If all features are 0 and all classes have the same number of samples, the minimum is at 0 and equals log K. */
START_TEST(gap_is_0_where_the_gradient_is)
{
    enum { N_CLASSES = 4, N_SAMPLES = 8 };
    const float values[N_SAMPLES] = {0};
    const uint8_t labels[N_SAMPLES] = {0, 1, 2, 3, 3, 2, 1, 0};
    sm_matrix matrix = {values, sizeof(float)};
    const sm_source source = {.n_samples = N_SAMPLES,
                              .n_features = 1,
                              .n_classes = N_CLASSES,
                              .type = SM_F32,
                              .labels = labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    sm_objective *o = create(&source, 0.1);
    double x[2 * N_CLASSES] = {0}, value;
    ck_assert_double_le(gap_at(o, x, 0, &value), 1e-6);
    ck_assert_double_eq_tol(value, log(N_CLASSES), 1e-6);
    sm_objective_free(o);
}
END_TEST

/* With one class the loss is 0, and the distance to the minimum is F = (l2/2) ||W||^2. */
START_TEST(gap_of_a_single_class_is_the_penalty)
{
    data *d = data_random(20, 5, 1, 3);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = create(&source, 0.3);
    double value;
    const double gap = gap_at(o, d->parameters, 0, &value);
    ck_assert_double_gt(value, 0);
    ck_assert_double_eq_tol(gap, value, 1e-6 * value);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Without a penalty the dual is unbounded. */
START_TEST(without_l2_there_is_no_gap)
{
    data *d = data_random(20, 5, 3, 3);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = create(&source, 0);
    ck_assert(sm_objective_problem(o).gap == NULL);
    sm_objective_set_l2(o, 0.1);
    ck_assert(sm_objective_problem(o).gap != NULL);
    sm_objective_set_l2(o, 0);
    ck_assert(sm_objective_problem(o).gap == NULL);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

typedef struct counted {
    sm_matrix matrix;
    size_t n_calls;
} counted;

static const void *count_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    counted *c = context;
    c->n_calls++;
    return sm_matrix_rows(&c->matrix, first, n_rows, scratch);
}

/* Samples are read again only if a tighter gap is requested and possible. */
START_TEST(samples_are_visited_only_where_a_sharper_gap_is_worth_it)
{
    const double l2 = 0.05;
    data *d = data_random(150, 12, 4, 2);
    sm_source source = data_source(d, SM_U8);
    counted counter = {.matrix = d->byte_matrix};
    source.rows = count_rows;
    source.context = &counter;
    sm_objective *o = create(&source, l2);
    const sm_problem problem = sm_objective_problem(o);
    double x[52] = {0}, gradient[52], gap;
    minimise(o, x);
    x[48] += 0.1; /* a bias */
    const double value = evaluate(o, x, gradient), cheapest = gap_without_bias(o, d, l2, x);
    ck_assert_int_eq(problem.gap(problem.context, x, value, gradient, 0, &gap), SM_OK);
    const double asked[] = {0, cheapest / 2, cheapest + 1e-9, gap, HUGE_VAL};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const size_t n_calls = counter.n_calls;
        ck_assert_int_eq(problem.gap(problem.context, x, value, gradient, asked[i], &gap), SM_OK);
        ck_assert((counter.n_calls > n_calls) == (i == 2));
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("gap", gap_bounds_the_distance_to_the_minimum,
                     gap_bounds_the_distance_to_a_minimum_found_without_the_library,
                     gap_is_sharper_where_a_step_on_the_bias_helps, gap_holds_where_classes_have_no_samples,
                     gap_without_a_bias_gradient_is_the_square_of_the_gradient, gap_is_0_where_the_gradient_is,
                     gap_of_a_single_class_is_the_penalty, without_l2_there_is_no_gap,
                     samples_are_visited_only_where_a_sharper_gap_is_worth_it);
}
