/* How well a model does on data: what eval prints and report draws. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"
#include "show/score_tables.h"

/* Scores a model, on n_threads of --threads. On success *s, {0} before, is for scores_destroy, and *probabilities
 * [N, K], at the model's temperature, is the caller's to free. Fails if the data is not of the model's shape. *s
 * refers to the names of the model, which must outlive it. */
status score_model(const dataset *data, const model *m, size_t n_threads, scores *s, float **probabilities,
                   failure *f);

/* Frees what it holds; {0} is allowed, and what a failed score_model left. */
void scores_destroy(scores *s);
