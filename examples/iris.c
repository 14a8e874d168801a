/* Softmax regression on your own table: learns the classes in a CSV file (see table.h), and prints the weights and how
 * many rows they classify correctly.
 *
 * Usage: iris FILE.csv      e.g. iris examples/iris.csv
 */
#include <softmax.h>

#include <stdio.h>
#include <stdlib.h>

#include "table.h"

/* Minimises the objective over all rows: x [K * (D + 1)] becomes W, one row per class, followed by b. */
static sm_status train(const sm_source *source, double l2, double *x)
{
    const sm_objective_options options = {.l2 = l2};
    sm_objective *objective;
    sm_status status = sm_objective_create(source, &options, &objective);
    if (status != SM_OK)
        return status;
    sm_lbfgs_options how = sm_lbfgs_defaults();
    how.tolerance = 1e-9;
    sm_info info;
    const sm_problem problem = sm_objective_problem(objective);
    status = sm_lbfgs(&problem, &how, x, &info);
    sm_objective_to_parameters(objective, x, x);
    if (status == SM_OK)
        printf("objective %.6f after %zu iterations: %s\n\n", info.value, info.n_iterations,
               sm_stop_string(info.stop));
    sm_objective_free(objective);
    return status;
}

static void print_weights(const table *t, const double *x)
{
    printf("%-12s", "");
    for (size_t j = 0; j < t->n_columns; j++)
        printf(" %12s", t->columns[j]);
    printf(" %12s\n", "bias");
    for (size_t k = 0; k < t->n_classes; k++) {
        printf("%-12s", t->classes[k]);
        for (size_t j = 0; j < t->n_columns; j++)
            printf(" %12.6f", x[k * t->n_columns + j]);
        printf(" %12.6f\n", x[t->n_classes * t->n_columns + k]);
    }
}

static void print_confusion(const table *t, const float *probabilities, size_t *confusion)
{
    sm_confusion(t->n_rows, t->n_classes, probabilities, t->labels, confusion);
    const sm_counts counts = sm_confusion_counts(t->n_classes, confusion);
    printf("\n%zu of %zu rows right\n", counts.n_correct, counts.n_samples);
    for (size_t i = 0; i < t->n_classes; i++)
        for (size_t j = 0; j < t->n_classes; j++)
            if (i != j && confusion[i * t->n_classes + j] > 0)
                printf("%zu %s taken for %s\n", confusion[i * t->n_classes + j], t->classes[i], t->classes[j]);
}

/* Predicts the rows that the model was trained on. */
static sm_status score(const table *t, const sm_source *source, const double *x)
{
    const size_t n_weights = t->n_classes * t->n_columns, n_parameters = n_weights + t->n_classes;
    float *weights = calloc(n_parameters, sizeof *weights);
    float *probabilities = calloc(t->n_rows * t->n_classes, sizeof *probabilities);
    size_t *confusion = calloc(t->n_classes * t->n_classes, sizeof *confusion);
    sm_status status = weights && probabilities && confusion ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        for (size_t i = 0; i < n_parameters; i++)
            weights[i] = (float)x[i];
        const sm_model model = {t->n_classes, t->n_columns, weights, weights + n_weights, 1};
        status = sm_predict(&model, source, NULL, probabilities, NULL);
    }
    if (status == SM_OK)
        print_confusion(t, probabilities, confusion);
    free(confusion);
    free(probabilities);
    free(weights);
    return status;
}

int main(int argc, char **argv)
{
    table t;
    if (argc != 2) {
        fprintf(stderr, "Usage: iris FILE.csv\n");
        return 2;
    }
    if (!table_read(argv[1], &t))
        return 1;
    table_standardise(&t);
    printf("%zu rows, %zu columns, %zu classes\n", t.n_rows, t.n_columns, t.n_classes);

    sm_matrix matrix = {t.values, t.n_columns * sizeof *t.values};
    const sm_source source = {
        .n_samples = t.n_rows,
        .n_features = t.n_columns,
        .n_classes = t.n_classes,
        .type = SM_F64,
        .labels = t.labels,
        .rows = sm_matrix_rows,
        .context = &matrix,
    };
    double *x = calloc(t.n_classes * (t.n_columns + 1), sizeof *x);
    sm_status status = x ? train(&source, 1e-3, x) : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        print_weights(&t, x);
        status = score(&t, &source, x);
    }
    if (status != SM_OK)
        fprintf(stderr, "iris: %s\n", sm_status_string(status));
    free(x);
    table_free(&t);
    return status == SM_OK ? 0 : 1;
}
