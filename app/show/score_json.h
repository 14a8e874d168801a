/* How well a model did, as JSON. */
#ifndef SHOW_SCORE_JSON_H
#define SHOW_SCORE_JSON_H

#include <stdbool.h>

#include "files/buffer.h"
#include "show/score_tables.h"

/* Adds metrics.json's text to a buffer; `train` if it is the training set that was scored. */
void print_scores_json(buffer *b, const scores *s, bool train);

#endif
