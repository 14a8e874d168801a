/* The scores of a model as JSON. */
#pragma once

#include "model/scores.h"

/* Adds the text of metrics.json; `train` if the scores are those of the training set. */
void print_scores_json(buffer *b, const scores *s, bool train);
