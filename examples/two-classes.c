/* Softmax over two classes is logistic regression: this trains both on two classes of a CSV file (see table.h) and
 * compares them.
 *
 * With w = w_1 - w_0 and b = b_1 - b_0, softmax gives class 1 the probability
 *     exp(a_1) / (exp(a_0) + exp(a_1)) = 1 / (1 + exp(-(w x + b))),
 * the sigmoid of w x + b. At the minimum w_1 = -w_0 = w / 2, so that ||W||^2 = ||w||^2 / 2: softmax with penalty l2
 * is logistic regression with penalty l2 / 2.
 *
 * Usage: two-classes FILE.csv      e.g. two-classes examples/iris.csv; uses the last two classes
 */
#include <softmax.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

static const double l2 = 1e-2;

static double score(const table *t, const double *x, size_t row)
{
    double sum = x[t->n_columns];
    for (size_t j = 0; j < t->n_columns; j++)
        sum += x[j] * t->values[row * t->n_columns + j];
    return sum;
}

/* sm_problem.evaluate for plain logistic regression with x = w, b: the mean of log(1 + exp(-+score)) plus
 * (l2/4) ||w||^2. */
static sm_status evaluate(void *context, const sm_terms *terms, const double *x, double *value, double *gradient)
{
    const table *t = context;
    (void)terms; /* L-BFGS always asks for all terms */
    *value = 0;
    for (size_t j = 0; gradient && j <= t->n_columns; j++)
        gradient[j] = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        const double a = score(t, x, i), p = sm_sigmoid(a), n = (double)t->n_rows;
        /* log(1 + exp(-|a|)) does not overflow; the other half of the loss is linear. */
        *value += (log1p(exp(-fabs(a))) + fmax(t->labels[i] ? -a : a, 0)) / n;
        for (size_t j = 0; gradient && j < t->n_columns; j++)
            gradient[j] += (p - t->labels[i]) * t->values[i * t->n_columns + j] / n;
        if (gradient)
            gradient[t->n_columns] += (p - t->labels[i]) / n;
    }
    for (size_t j = 0; j < t->n_columns; j++) {
        *value += l2 / 4 * x[j] * x[j];
        if (gradient)
            gradient[j] += l2 / 2 * x[j];
    }
    return SM_OK;
}

static sm_status train_logistic(table *t, double *x, double *value)
{
    const sm_problem problem = {
        .n_parameters = t->n_columns + 1, .n_terms = t->n_rows, .context = t, .evaluate = evaluate};
    sm_lbfgs_options how = sm_lbfgs_defaults();
    how.tolerance = 1e-10;
    sm_info info;
    const sm_status status = sm_lbfgs(&problem, &how, x, &info);
    if (status == SM_OK)
        *value = info.value;
    return status;
}

/* x [2 * (D + 1)] = w_0, w_1, b_0, b_1. */
static sm_status train_softmax(const table *t, double *x, double *value)
{
    sm_matrix matrix = {t->values, t->n_columns * sizeof *t->values};
    const sm_source source = {.n_samples = t->n_rows,
                              .n_features = t->n_columns,
                              .n_classes = 2,
                              .type = SM_F64,
                              .labels = t->labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    sm_objective *objective;
    sm_status status = sm_objective_create(&source, &(sm_objective_options){.l2 = l2}, &objective);
    if (status != SM_OK)
        return status;
    sm_lbfgs_options how = sm_lbfgs_defaults();
    how.tolerance = 1e-12;
    sm_info info;
    const sm_problem problem = sm_objective_problem(objective);
    status = sm_lbfgs(&problem, &how, x, &info);
    if (status == SM_OK)
        *value = info.value;
    sm_objective_to_parameters(objective, x, x);
    sm_objective_free(objective);
    return status;
}

/* Prints the difference w, b of the two classes next to the weights of logistic regression. */
static void compare(const table *t, const double *two, const double *one)
{
    const size_t n = t->n_columns;
    double difference[TABLE_MAX_COLUMNS + 1] = {0}, furthest = 0;
    printf("%-14s %12s %12s\n", "", "w_1 - w_0", "logistic");
    for (size_t j = 0; j <= n; j++) {
        difference[j] = j < n ? two[n + j] - two[j] : two[2 * n + 1] - two[2 * n];
        printf("%-14s %12.6f %12.6f\n", j < n ? t->columns[j] : "bias", difference[j], one[j]);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        const double apart = sm_sigmoid(score(t, difference, i)) - sm_sigmoid(score(t, one, i));
        furthest = fmax(furthest, fabs(apart));
    }
    printf("\nprobabilities differ by %.1e at most\n", furthest);
}

int main(int argc, char **argv)
{
    table t;
    if (argc != 2) {
        fprintf(stderr, "Usage: two-classes FILE.csv\n");
        return 2;
    }
    if (!table_read(argv[1], &t))
        return 1;
    if (t.n_classes < 2) {
        fprintf(stderr, "%s: expected two classes or more\n", argv[1]);
        table_free(&t);
        return 1;
    }
    table_keep_two(&t, t.n_classes - 2, t.n_classes - 1);
    table_standardise(&t);
    printf("%s or %s, %zu rows\n\n", t.classes[0], t.classes[1], t.n_rows);

    double two[2 * (TABLE_MAX_COLUMNS + 1)] = {0}, one[TABLE_MAX_COLUMNS + 1] = {0}, of_two = 0, of_one = 0;
    sm_status status = train_softmax(&t, two, &of_two);
    if (status == SM_OK)
        status = train_logistic(&t, one, &of_one);
    if (status == SM_OK) {
        compare(&t, two, one);
        printf("objectives %.8f and %.8f\n", of_two, of_one);
    } else {
        fprintf(stderr, "two-classes: %s\n", sm_status_string(status));
    }
    table_free(&t);
    return status == SM_OK ? 0 : 1;
}
