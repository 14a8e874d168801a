/* A program that uses the library: it learns the sign of a number, and classifies -3 and 3. */
#include <softmax.h>

#include <stdio.h>

int main(void)
{
    const float values[] = {-2, -1, 1, 2};
    const uint8_t labels[] = {0, 0, 1, 1};
    sm_matrix matrix = {values, sizeof *values};
    sm_source source = {.n_samples = 4, .n_features = 1, .n_classes = 2, .type = SM_F32, .labels = labels};
    source.rows = sm_matrix_rows;
    source.context = &matrix;
    const sm_objective_options options = {.l2 = 0.01};
    const sm_lbfgs_options how = sm_lbfgs_defaults();
    double x[4] = {0};
    sm_objective *objective;
    sm_status status = sm_objective_create(&source, &options, &objective);
    if (status == SM_OK) {
        const sm_problem problem = sm_objective_problem(objective);
        status = sm_lbfgs(&problem, &how, x, NULL);
        sm_objective_free(objective);
    }
    const double left[] = {-3 * x[0] + x[2], -3 * x[1] + x[3]}, right[] = {3 * x[0] + x[2], 3 * x[1] + x[3]};
    double of_left[2], of_right[2];
    sm_softmax(2, left, of_left);
    sm_softmax(2, right, of_right);
    printf("%s: -3 is of class %d, 3 of class %d\n", sm_status_string(status), of_left[1] > 0.5, of_right[1] > 0.5);
    return status == SM_OK ? 0 : 1;
}
