/* One evaluation of objective and gradient over the first samples of the training set, whose instructions callgrind
 * counts. */
#include <stdio.h>
#include <stdlib.h>

#include "data/dataset.h"
#include "base/machine.h"

enum { N_SAMPLES = 4000 };

static status evaluate(const dataset *data, failure *f)
{
    sm_matrix matrix;
    sm_execution execution = default_execution();
    execution.n_threads = 1;
    const sm_source source = dataset_source(data, 0, N_SAMPLES, data->n_classes, &matrix);
    sm_objective *objective;
    const sm_status created =
        sm_objective_create(&source, &(sm_objective_options){.l2 = 1e-4, .execution = execution}, &objective);
    if (created != SM_OK)
        return check_library(f, "one_gradient", created);
    const sm_problem problem = sm_objective_problem(objective);
    double *x = calloc(problem.n_parameters, 2 * sizeof *x), value = 0;
    const sm_status evaluated =
        x ? problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, &value, x + problem.n_parameters)
          : SM_ERROR_MEMORY;
    free(x);
    sm_objective_free(objective);
    return check_library(f, "one_gradient", evaluated);
}

int main(void)
{
    failure f = {""};
    dataset data = {0};
    status result = dataset_load(NULL, SPLIT_TRAIN, &data, &f);
    if (result == STATUS_OK)
        result = evaluate(&data, &f);
    dataset_destroy(&data);
    if (result != STATUS_OK)
        fprintf(stderr, "one_gradient: %s\n", f.text);
    return (int)result;
}
