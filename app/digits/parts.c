#include "digits/parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A part of a digit is no less than this share of the largest one. */
static const double MIN_PART = 0.08;

/* What lies beside the paper takes at least this share of the picture's shorter side along its edge; a part that
 * keeps off it, and is this share of the shorter side long, is what the paper is for. */
static const double MIN_OUTER = 0.25, MIN_INNER_LENGTH = 0.06;

digit_box join_boxes(const digit_box *a, const digit_box *b)
{
    if (a->width == 0 || b->width == 0)
        return a->width == 0 ? *b : *a;
    const size_t right_a = a->left + a->width, right_b = b->left + b->width;
    const size_t bottom_a = a->top + a->height, bottom_b = b->top + b->height;
    digit_box both = {a->left < b->left ? a->left : b->left, a->top < b->top ? a->top : b->top, 0, 0};
    both.width = (right_a > right_b ? right_a : right_b) - both.left;
    both.height = (bottom_a > bottom_b ? bottom_a : bottom_b) - both.top;
    return both;
}

/* Pixels that have a label and whose neighbours are to be seen yet, first come first served. */
typedef struct queue {
    size_t *pixels; /* [n_pixels], each at most once */
    size_t first, end;
} queue;

/* Gives those neighbours of a pixel that have none, but ink above the threshold, its label. */
static void spread(const grey_image *ink, float threshold, size_t pixel, size_t *labels, queue *q)
{
    const size_t row = pixel / ink->width, column = pixel % ink->width;
    for (size_t i = row > 0 ? row - 1 : 0; i <= row + 1 && i < ink->height; i++) {
        for (size_t j = column > 0 ? column - 1 : 0; j <= column + 1 && j < ink->width; j++) {
            const size_t next = i * ink->width + j;
            if (labels[next] != 0 || !(ink->values[next] > threshold))
                continue;
            labels[next] = labels[pixel];
            q->pixels[q->end++] = next;
        }
    }
}

/* Labels what hangs together above the threshold, and then, ring by ring, the fainter ink around; returns the
 * number of parts. */
static size_t label_parts(const grey_image *ink, float threshold, size_t *labels, queue *q)
{
    size_t n_parts = 0;
    for (size_t row = 0; row < ink->height; row++) {
        for (size_t column = 0; column < ink->width; column++) {
            const size_t i = row * ink->width + column;
            if (labels[i] != 0 || !(ink->values[i] > threshold))
                continue;
            labels[i] = ++n_parts;
            q->pixels[q->end++] = i;
            while (q->first < q->end)
                spread(ink, threshold, q->pixels[q->first++], labels, q);
        }
    }
    for (q->first = 0; q->first < q->end; q->first++)
        spread(ink, 0, q->pixels[q->first], labels, q);
    return n_parts;
}

static void describe_parts(const grey_image *ink, const size_t *labels, part *list)
{
    for (size_t row = 0; row < ink->height; row++) {
        for (size_t column = 0; column < ink->width; column++) {
            const size_t i = row * ink->width + column;
            if (labels[i] == 0)
                continue;
            part *p = &list[labels[i] - 1];
            p->box = join_boxes(&p->box, &(digit_box){column, row, 1, 1});
            const bool is_solid = ink->values[i] > INK_SOLID;
            p->n_solid += is_solid;
            p->n_outer +=
                is_solid && (row == 0 || row + 1 == ink->height || column == 0 || column + 1 == ink->width);
        }
    }
}

/* Leaves nothing of the parts along the edge if there is one that keeps off it. */
static void drop_surroundings(const grey_image *ink, parts *found)
{
    const double side = (double)(ink->width < ink->height ? ink->width : ink->height);
    bool any_inner = false;
    for (size_t k = 0; k < found->n; k++) {
        const digit_box *box = &found->list[k].box;
        const size_t length = box->width > box->height ? box->width : box->height;
        any_inner |= found->list[k].n_outer == 0 && (double)length >= MIN_INNER_LENGTH * side;
    }
    for (size_t k = 0; any_inner && k < found->n; k++)
        if ((double)found->list[k].n_outer >= MIN_OUTER * side)
            found->list[k].n_solid = 0;
}

/* Renumbers the parts that are large enough; `kept` [n] says 1 + their new number, or 0. */
static void drop_specks(parts *found, size_t *kept)
{
    size_t largest = 1, n = 0;
    for (size_t k = 0; k < found->n; k++)
        largest = found->list[k].n_solid > largest ? found->list[k].n_solid : largest;
    for (size_t k = 0; k < found->n; k++) {
        if ((double)found->list[k].n_solid < MIN_PART * (double)largest)
            continue;
        found->list[n] = found->list[k];
        kept[k] = ++n;
    }
    found->n = n;
}

static void clear_the_rest(const grey_image *ink, const size_t *kept, size_t *labels)
{
    for (size_t i = 0; i < ink->width * ink->height; i++) {
        labels[i] = labels[i] == 0 ? 0 : kept[labels[i] - 1];
        if (labels[i] == 0)
            ink->values[i] = 0;
    }
}

status parts_find(const grey_image *ink, float threshold, parts *found, failure *f)
{
    const size_t n = ink->width * ink->height;
    *found = (parts){.labels = calloc(n, sizeof *found->labels)};
    queue q = {calloc(n, sizeof *q.pixels), 0, 0};
    bool ok = found->labels && q.pixels;
    if (ok)
        found->n = label_parts(ink, threshold, found->labels, &q);
    free(q.pixels);
    const size_t room = found->n + 1; /* for none, too */
    size_t *kept = calloc(room, sizeof *kept);
    found->list = calloc(room, sizeof *found->list);
    ok = ok && kept && found->list;
    if (ok) {
        describe_parts(ink, found->labels, found->list);
        drop_surroundings(ink, found);
        drop_specks(found, kept);
        clear_the_rest(ink, kept, found->labels);
    }
    free(kept);
    return ok ? STATUS_OK : fail_memory(f);
}

void parts_destroy(parts *p)
{
    free(p->list);
    free(p->labels);
    *p = (parts){0};
}
