/* A model adapted to a few samples. */
#pragma once

#include "model/model.h"

/* Changes the weights W and biases b of a model, which were W0 and b0, so that they minimise
 *
 *   sum_n L_n(W, b) + (mu/2) (||W - W0||^2 + ||b - b0||^2),   mu = share * mean_n (||x_n||^2 + 1),
 *
 * over all samples x_n of a source, which has labels, of features that the model reads. The last point of the library's
 * L-BFGS is rounded to float. The objective is strongly convex: info->gap is the bound ||gradient||^2 / (2 mu) of what it is
 * above its minimum (Nesterov 2004, Introductory lectures on convex optimization, eq. 2.1.19). share is above 0. */
status adapt_model(const sm_source *source, double share, double tolerance, model *m, sm_info *info, failure *f);
