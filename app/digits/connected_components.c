#include "digits/connected_components.h"

#include "base/sizes.h"
#include "digits/foreground.h"

/* A component of a digit has at least this share of the solid pixels of the largest one. */
static const double MIN_SIZE = 0.08;

/* The surroundings of the page cover at least this share of the picture's shorter side along its edge; writing
 * keeps off the edge and is at least this share of the shorter side long. */
static const double MIN_OUTER = 0.25, MIN_INNER_LENGTH = 0.06;

digit_box join_boxes(const digit_box *a, const digit_box *b)
{
    if (a->width == 0 || b->width == 0)
        return a->width == 0 ? *b : *a;
    const size_t left = size_min(a->left, b->left), right = size_max(a->left + a->width, b->left + b->width);
    const size_t top = size_min(a->top, b->top), bottom = size_max(a->top + a->height, b->top + b->height);
    return (digit_box){left, top, right - left, bottom - top};
}

/* Labelled pixels, the neighbours of which are still to be labelled, first in first out. */
typedef struct queue {
    size_t *pixels; /* [n_pixels], each at most once */
    size_t first, end;
} queue;

/* Gives the label of a pixel to its neighbours above the threshold that have none. */
static void spread(const grey_image *foreground, float threshold, size_t pixel, size_t *labels, queue *q)
{
    const size_t width = foreground->width, row = pixel / width, column = pixel % width;
    for (size_t i = row > 0 ? row - 1 : 0; i <= row + 1 && i < foreground->height; i++) {
        for (size_t j = column > 0 ? column - 1 : 0; j <= column + 1 && j < width; j++) {
            const size_t next = i * width + j;
            if (labels[next] != 0 || !(foreground->values[next] > threshold))
                continue;
            labels[next] = labels[pixel];
            q->pixels[q->end++] = next;
        }
    }
}

/* Labels the components above the threshold, and then, ring by ring, the fainter foreground around them; returns
 * their number. */
static size_t label_components(const grey_image *foreground, float threshold, size_t *labels, queue *q)
{
    size_t n = 0;
    for (size_t row = 0; row < foreground->height; row++) {
        for (size_t column = 0; column < foreground->width; column++) {
            const size_t i = row * foreground->width + column;
            if (labels[i] != 0 || !(foreground->values[i] > threshold))
                continue;
            labels[i] = ++n;
            q->pixels[q->end++] = i;
            while (q->first < q->end)
                spread(foreground, threshold, q->pixels[q->first++], labels, q);
        }
    }
    for (q->first = 0; q->first < q->end; q->first++)
        spread(foreground, 0, q->pixels[q->first], labels, q);
    return n;
}

static void measure_components(const grey_image *foreground, components *c)
{
    const size_t width = foreground->width, height = foreground->height;
    for (size_t row = 0; row < height; row++) {
        for (size_t column = 0; column < width; column++) {
            const size_t i = row * width + column;
            if (c->labels[i] == 0)
                continue;
            component *found = &c->list[c->labels[i] - 1];
            found->box = join_boxes(&found->box, &(digit_box){column, row, 1, 1});
            const bool is_solid = foreground->values[i] > SOLID;
            found->n_solid += is_solid;
            found->n_outer += is_solid && (row == 0 || row + 1 == height || column == 0 || column + 1 == width);
        }
    }
}

/* Leaves no solid pixel to the surroundings of the page. */
static void drop_surroundings(const grey_image *foreground, components *c)
{
    const double side = (double)size_min(foreground->width, foreground->height);
    bool any_inner = false;
    for (size_t k = 0; k < c->n; k++) {
        const size_t length = size_max(c->list[k].box.width, c->list[k].box.height);
        any_inner |= c->list[k].n_outer == 0 && (double)length >= MIN_INNER_LENGTH * side;
    }
    for (size_t k = 0; any_inner && k < c->n; k++)
        if ((double)c->list[k].n_outer >= MIN_OUTER * side)
            c->list[k].n_solid = 0;
}

/* Keeps the components that are large enough, renumbered; new_labels [n + 1] is scratch, all 0. */
static void drop_specks(const grey_image *foreground, components *c, size_t *new_labels)
{
    size_t largest = 1, n = 0;
    for (size_t k = 0; k < c->n; k++)
        largest = size_max(largest, c->list[k].n_solid);
    for (size_t k = 0; k < c->n; k++) {
        if ((double)c->list[k].n_solid < MIN_SIZE * (double)largest)
            continue;
        c->list[n++] = c->list[k];
        new_labels[k + 1] = n;
    }
    c->n = n;
    for (size_t i = 0; i < foreground->width * foreground->height; i++) {
        c->labels[i] = new_labels[c->labels[i]];
        if (c->labels[i] == 0)
            foreground->values[i] = 0;
    }
}

status find_components(const grey_image *foreground, float threshold, pool *memory, components *found, failure *f)
{
    const size_t n_pixels = foreground->width * foreground->height;
    pool scratch = {0};
    queue q = {.pixels = pool_take(&scratch, n_pixels, sizeof *q.pixels)};
    *found = (components){.labels = pool_take(memory, n_pixels, sizeof *found->labels)};
    if (q.pixels && found->labels)
        found->n = label_components(foreground, threshold, found->labels, &q);
    size_t *new_labels = pool_take(&scratch, found->n + 1, sizeof *new_labels);
    found->list = pool_take(memory, found->n, sizeof *found->list);
    const bool ok = found->labels && !scratch.has_failed && !memory->has_failed;
    if (ok) {
        measure_components(foreground, found);
        drop_surroundings(foreground, found);
        drop_specks(foreground, found, new_labels);
    }
    pool_free(&scratch);
    return ok ? STATUS_OK : fail_memory(f);
}
