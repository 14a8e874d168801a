/* How well a model did, as JSON. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "show/score_tables.h"

/* Adds metrics.json's text to a buffer; `train` if it is the training set that was scored. */
void print_scores_json(buffer *b, const scores *s, bool train);
