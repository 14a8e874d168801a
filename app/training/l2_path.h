/* The choice of l2: which strengths are tried, and which is best. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A path tries at most this many strengths. Each has a place on a scale with three places a decade, on which 1 is at 0. */
enum { L2_PATH_MOST_TRIED = 28, L2_PATH_LOWEST = -54, L2_PATH_HIGHEST = 18 };

/* Strengths are 1, 2 and 5 times powers of 10. The path begins where the penalty is so strong that W = 0, so that
 * stronger ones would change nothing, and goes on to weaker ones until two in a row have a higher validation loss than the
 * best, or nine decades are passed. */
typedef struct l2_path {
    int first;        /* the place of the first strength on the scale */
    int best;         /* that of the strength with the lowest validation loss */
    size_t n_tried;   /* strengths tried */
    size_t n_worse;   /* of these, those after the best one with a higher loss */
    double best_loss; /* HUGE_VAL until one was tried */
    double l2;        /* the last strength tried, and how it did on the held-out samples */
    double loss, accuracy;
    size_t n_values;
    double *current, *minimum; /* [n_values], the parameters found with the last and with the best strength */
} l2_path;

/* *path is for l2_path_destroy. False if memory ran out. */
bool l2_path_create(size_t n_values, l2_path *path);
void l2_path_destroy(l2_path *path);

/* Puts the first strength at the lowest that is not below l2, as far as the range of strengths allows. */
void l2_path_begin(l2_path *path, double l2);

bool l2_path_is_done(const l2_path *path);

/* The strength to try next, and the best one tried. */
double l2_path_next(const l2_path *path);
double l2_path_best(const l2_path *path);

/* Takes the result of the strength that was next; its parameters are path->current. A strength for which they did not
 * move is not worse than the one before. */
void l2_path_take(l2_path *path, double loss, double accuracy, bool has_moved);
