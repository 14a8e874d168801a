#include "training/l2_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps in a row without a lower loss that end a direction. */
enum { PATIENCE = 2 };

/* Places on the scale, three a decade. */
enum { MOST_WEAKER = 27, MOST_STRONGER = 6, LOWEST_FIRST = -27, HIGHEST = 18 };

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
    while (path->first < HIGHEST && strength_at(path->first) < l2)
        path->first++;
}

static int next_place(const l2_path *path)
{
    return path->n_weaker == 0 ? path->first - (int)path->n_tried
                               : path->first + 1 + (int)path->n_tried - (int)path->n_weaker;
}

bool l2_path_is_done(const l2_path *path)
{
    const int place = next_place(path), range = path->n_weaker == 0 ? MOST_WEAKER : MOST_STRONGER;
    return path->n_worse >= PATIENCE || abs(place - path->first) > range || place > HIGHEST;
}

double l2_path_next(const l2_path *path)
{
    return strength_at(next_place(path));
}

double l2_path_best(const l2_path *path)
{
    return strength_at(path->best);
}

void l2_path_take(l2_path *path, double loss, double accuracy)
{
    path->l2 = l2_path_next(path);
    path->loss = loss;
    path->accuracy = accuracy;
    path->n_worse += loss > path->best_loss; /* an equal one may be that of the same parameters */
    if (loss < path->best_loss) {
        path->n_worse = 0;
        path->best = next_place(path);
        path->best_loss = loss;
        memcpy(path->minimum, path->current, path->n_values * sizeof *path->minimum);
    }
    path->n_tried++;
    if (path->n_weaker == 0 && l2_path_is_done(path) && path->best == path->first) {
        path->n_weaker = path->n_tried;
        path->n_worse = 0;
        memcpy(path->current, path->minimum, path->n_values * sizeof *path->current);
    }
}
