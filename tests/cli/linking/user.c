/* A program that uses the library: it learns the sign of a number, and classifies -3 and 3. */
#include <softmax.h>

#include <stdio.h>

int main(void)
{
    const double values[] = {-2, -1, 1, 2}, others[] = {-3, 3};
    const uint8_t labels[] = {0, 0, 1, 1};
    sm_matrix matrix = {values, sizeof *values};
    sm_source source = {.n_samples = 4, .n_features = 1, .n_classes = 2, .type = SM_F64, .labels = labels};
    source.rows = sm_matrix_rows;
    source.context = &matrix;
    const sm_objective_options options = {.l2 = 0.01};
    double parameters[4] = {0}, probabilities[4] = {0};
    sm_objective *objective;
    sm_status status = sm_objective_create(&source, &options, &objective);
    if (status == SM_OK) {
        const sm_problem problem = sm_objective_problem(objective);
        status = sm_lbfgs(&problem, NULL, parameters, NULL);
        sm_objective_to_parameters(objective, parameters, parameters);
        sm_objective_free(objective);
    }
    matrix.values = others;
    source.n_samples = 2;
    source.labels = NULL;
    if (status == SM_OK)
        status = sm_predict_double(parameters, &source, NULL, NULL, probabilities);
    printf("%s: -3 is of class %d, 3 of class %d\n", sm_status_string(status), probabilities[1] > 0.5,
           probabilities[3] > 0.5);
    return status == SM_OK ? 0 : 1;
}
