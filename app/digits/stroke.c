#include "digits/stroke.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static bool is_solid(const grey_image *ink, size_t row, size_t column)
{
    return ink->values[row * ink->width + column] > INK_SOLID;
}

static const float DIAGONAL = 1.41421356f;

/* Lets a distance be no more than that of a neighbour and the step from it. */
static void relax(grey_image *distances, size_t to, size_t from, float step)
{
    const float by_neighbour = distances->values[from] + step;
    if (by_neighbour < distances->values[to])
        distances->values[to] = by_neighbour;
}

/* The three neighbours of a pixel in the row above, or below, and the one beside it. */
static void relax_from(grey_image *distances, size_t row, size_t column, size_t other_row, size_t other_column)
{
    const size_t width = distances->width, to = row * width + column;
    relax(distances, to, other_row * width + column, 1);
    relax(distances, to, other_row * width + column - 1, DIAGONAL);
    relax(distances, to, other_row * width + column + 1, DIAGONAL);
    relax(distances, to, row * width + other_column, 1);
}

/* The distance of each pixel from the nearest one of distance 0, by steps to neighbours; those at the edge of the
 * map are left out (Rosenfeld & Pfaltz 1966, Sequential operations in digital picture processing). */
static void find_distances(grey_image *distances)
{
    for (size_t row = 1; row + 1 < distances->height; row++)
        for (size_t column = 1; column + 1 < distances->width; column++)
            relax_from(distances, row, column, row - 1, column - 1);
    for (size_t row = distances->height - 2; row > 0; row--)
        for (size_t column = distances->width - 2; column > 0; column--)
            relax_from(distances, row, column, row + 1, column + 1);
}

/* The mean width of strokes, and their length. */
static void measure_outline(const grey_image *ink, stroke *measured)
{
    /* What a line of any direction measures in steps along rows and columns is 4 / pi times its length in the mean. */
    const double length_of_step = acos(-1) / 4;
    size_t area = 0, n_steps = 0;
    for (size_t row = 0; row < ink->height; row++) {
        for (size_t column = 0; column < ink->width; column++) {
            if (!is_solid(ink, row, column))
                continue;
            area++;
            n_steps += row == 0 || !is_solid(ink, row - 1, column);
            n_steps += row + 1 == ink->height || !is_solid(ink, row + 1, column);
            n_steps += column == 0 || !is_solid(ink, row, column - 1);
            n_steps += column + 1 == ink->width || !is_solid(ink, row, column + 1);
        }
    }
    if (n_steps == 0)
        return;
    measured->width = 2 * (double)area / ((double)n_steps * length_of_step);
    measured->length = (double)area / measured->width;
}

/* A map of distances with a margin around that of the ink: 0 where there is solid ink, or, if not `of_ink`, where
 * there is none, and further than any pixel can be elsewhere; map->values are the caller's. */
static status start_distances(const grey_image *ink, size_t margin, bool of_ink, grey_image *map, failure *f)
{
    *map = (grey_image){.width = ink->width + 2 * margin, .height = ink->height + 2 * margin};
    const size_t n = map->width * map->height;
    map->values = calloc(n, sizeof *map->values);
    if (!map->values)
        return fail_memory(f);
    for (size_t i = 0; of_ink && i < n; i++)
        map->values[i] = (float)n;
    for (size_t row = 0; row < ink->height; row++)
        for (size_t column = 0; column < ink->width; column++)
            if (is_solid(ink, row, column))
                map->values[(row + margin) * map->width + column + margin] = of_ink ? 0 : (float)n;
    return STATUS_OK;
}

/* Of a circle of ink. The nearest pixel outside is half a pixel further than the edge. */
static double largest_diameter(const grey_image *inside)
{
    float furthest = 0;
    for (size_t i = 0; i < inside->width * inside->height; i++)
        furthest = fmaxf(furthest, inside->values[i]);
    return furthest > 0 ? 2 * (double)furthest - 1 : 0;
}

status stroke_measure(const grey_image *ink, stroke *measured, failure *f)
{
    grey_image inside;
    const status result = start_distances(ink, 1, false, &inside, f);
    if (result != STATUS_OK)
        return result;
    *measured = (stroke){0};
    measure_outline(ink, measured);
    find_distances(&inside);
    measured->most = largest_diameter(&inside);
    free(inside.values);
    return STATUS_OK;
}

status stroke_thicken(const grey_image *ink, double radius, grey_image *thick, failure *f)
{
    const status result = start_distances(ink, (size_t)ceil(radius) + 2, true, thick, f);
    if (result != STATUS_OK)
        return result;
    const size_t n = thick->width * thick->height;
    find_distances(thick);
    const float reach = (float)radius + 0.5f;
    for (size_t i = 0; i < n; i++)
        thick->values[i] = fminf(fmaxf(reach - thick->values[i], 0), 1);
    return STATUS_OK;
}
