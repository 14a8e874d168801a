#include "training/l2_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps in a row with a higher loss that end the path. */
enum { PATIENCE = 2 };

/* The lowest place of a first strength. */
enum { LOWEST_FIRST = L2_PATH_LOWEST + L2_PATH_MOST_TRIED - 1 };

bool l2_path_create(size_t n_values, l2_path *path)
{
    *path = (l2_path){.best_loss = HUGE_VAL, .n_values = n_values};
    path->current = calloc(n_values, sizeof *path->current);
    path->minimum = calloc(n_values, sizeof *path->minimum);
    return path->current && path->minimum;
}

void l2_path_destroy(l2_path *path)
{
    free(path->minimum);
    free(path->current);
    *path = (l2_path){0};
}

/* The strength at a place: the double that its decimal form gives. */
static double strength_at(int place)
{
    static const char digits[] = "125";
    const int steps = place + 3 * 1000;
    char text[32];
    (void)snprintf(text, sizeof text, "%ce%d", digits[steps % 3], steps / 3 - 1000);
    return strtod(text, NULL);
}

void l2_path_begin(l2_path *path, double l2)
{
    path->first = LOWEST_FIRST;
    while (path->first < L2_PATH_HIGHEST && strength_at(path->first) < l2)
        path->first++;
}

static int next_place(const l2_path *path)
{
    return path->first - (int)path->n_tried;
}

bool l2_path_is_done(const l2_path *path)
{
    return path->n_worse >= PATIENCE || path->n_tried >= L2_PATH_MOST_TRIED;
}

double l2_path_next(const l2_path *path)
{
    return strength_at(next_place(path));
}

double l2_path_best(const l2_path *path)
{
    return strength_at(path->best);
}

void l2_path_take(l2_path *path, double loss, double accuracy, bool has_moved)
{
    path->l2 = l2_path_next(path);
    path->loss = loss;
    path->accuracy = accuracy;
    path->n_worse += has_moved && loss > path->best_loss;
    if (loss < path->best_loss) {
        path->n_worse = 0;
        path->best = next_place(path);
        path->best_loss = loss;
        memcpy(path->minimum, path->current, path->n_values * sizeof *path->minimum);
    }
    path->n_tried++;
}
