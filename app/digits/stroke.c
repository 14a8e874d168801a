#include "digits/stroke.h"

#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "digits/foreground.h"

static const float DIAGONAL = 1.41421356f;

/* Limits the distance of a pixel to that of a path over `next`, its neighbour in the same row, or over the three pixels
 * of an adjacent row around `adjacent`. */
static void relax(float *distances, size_t to, size_t next, size_t adjacent)
{
    const float straight = float_min(distances[next], distances[adjacent]) + 1;
    const float diagonal = float_min(distances[adjacent - 1], distances[adjacent + 1]) + DIAGONAL;
    distances[to] = float_min(distances[to], float_min(straight, diagonal));
}

/* The distance of each pixel to the nearest one of distance 0, in steps to neighbours; pixels at the edge of the
 * map are left alone. (Rosenfeld & Pfaltz 1966, Sequential operations in digital picture processing.) */
static void find_distances(const grey_image *map)
{
    const size_t width = map->width, height = map->height;
    for (size_t row = 1; row + 1 < height; row++)
        for (size_t i = row * width + 1; i < (row + 1) * width - 1; i++)
            relax(map->values, i, i - 1, i - width);
    for (size_t row = height - 2; row > 0; row--)
        for (size_t i = (row + 1) * width - 2; i > row * width; i--)
            relax(map->values, i, i + 1, i + width);
}

/* A map with `margin` pixels more on each side: 0 at solid foreground, or if `inside` everywhere else, and
 * elsewhere more than any distance; map->values are the caller's to free. */
static status start_distances(const grey_image *foreground, size_t margin, bool inside, grey_image *map, failure *f)
{
    const size_t width = foreground->width + 2 * margin, height = foreground->height + 2 * margin,
                 n = width * height;
    const status created = grey_image_create(width, height, map, f);
    if (created != STATUS_OK)
        return created;
    for (size_t i = 0; !inside && i < n; i++)
        map->values[i] = (float)n;
    for (size_t row = 0; row < foreground->height; row++)
        for (size_t column = 0; column < foreground->width; column++)
            if (foreground->values[row * foreground->width + column] > SOLID)
                map->values[(row + margin) * width + column + margin] = inside ? (float)n : 0;
    return STATUS_OK;
}

/* The mean width and the length of the strokes on a map that is above 0 at their pixels and 0 at its edge. */
static void measure_outline(const grey_image *map, stroke *measured)
{
    /* Steps along rows and columns make a line 4 / pi times as long, averaged over its directions. */
    const double length_of_step = acos(-1) / 4;
    const float *values = map->values;
    size_t area = 0, n_steps = 0;
    for (size_t i = 0; i < map->width * map->height; i++) {
        if (values[i] == 0)
            continue;
        area++;
        n_steps += (size_t)(values[i - map->width] == 0) + (values[i + map->width] == 0) + (values[i - 1] == 0) +
                   (values[i + 1] == 0);
    }
    if (n_steps == 0)
        return;
    measured->width = 2 * (double)area / ((double)n_steps * length_of_step);
    measured->length = (double)area / measured->width;
}

status stroke_measure(const grey_image *foreground, stroke *measured, failure *f)
{
    grey_image map;
    const status result = start_distances(foreground, 1, true, &map, f);
    if (result != STATUS_OK)
        return result;
    *measured = (stroke){0};
    measure_outline(&map, measured);
    find_distances(&map);
    float max_distance = 0;
    for (size_t i = 0; i < map.width * map.height; i++)
        max_distance = float_max(max_distance, map.values[i]);
    if (max_distance > 0) /* to the nearest pixel outside, half a pixel beyond the edge */
        measured->max_width = 2 * (double)max_distance - 1;
    free(map.values);
    return STATUS_OK;
}

status stroke_thicken(const grey_image *foreground, double radius, grey_image *thick, failure *f)
{
    const status result = start_distances(foreground, (size_t)ceil(radius) + 2, false, thick, f);
    if (result != STATUS_OK)
        return result;
    find_distances(thick);
    const float reach = (float)radius + 0.5f;
    for (size_t i = 0; i < thick->width * thick->height; i++)
        thick->values[i] = float_min(float_max(reach - thick->values[i], 0), 1);
    return STATUS_OK;
}
