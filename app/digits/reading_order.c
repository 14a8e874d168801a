#include "digits/reading_order.h"

#include <stdbool.h>
#include <stdlib.h>

/* Parts with at least this share of the largest one's solid ink say how tall digits are. */
static const double LARGE_PART = 0.25;

/* Two parts above one another are one digit if they share this much of the narrower one's columns but of the lower
 * one's rows no more, and are together no taller than so many digits; two beside one another, if one is a fragment
 * of less than this height. */
static const double SHARED_COLUMNS = 0.4, SHARED_ROWS = 0.5, TALLEST_DIGIT = 1.35, FRAGMENT = 0.6;

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The median height of the large parts; heights [n] is scratch. */
static double height_of_digits(const parts *p, size_t *heights)
{
    size_t largest = 0, n = 0;
    for (size_t k = 0; k < p->n; k++)
        largest = p->list[k].n_solid > largest ? p->list[k].n_solid : largest;
    for (size_t k = 0; k < p->n; k++)
        if ((double)p->list[k].n_solid >= LARGE_PART * (double)largest)
            heights[n++] = p->list[k].box.height;
    qsort(heights, n, sizeof *heights, compare_sizes);
    return n > 0 ? (double)heights[n / 2] : 0;
}

/* How much two intervals have in common, as a share of the shorter one. */
static double shared(size_t start_a, size_t length_a, size_t start_b, size_t length_b)
{
    const size_t end_a = start_a + length_a, end_b = start_b + length_b;
    const size_t start = start_a > start_b ? start_a : start_b, end = end_a < end_b ? end_a : end_b;
    return end > start ? (double)(end - start) / (double)(length_a < length_b ? length_a : length_b) : 0;
}

static bool is_one_digit(const digit_box *a, const digit_box *b, double height)
{
    const digit_box both = join_boxes(a, b);
    const double columns = shared(a->left, a->width, b->left, b->width);
    const double rows = shared(a->top, a->height, b->top, b->height);
    const double lower = (double)(a->height < b->height ? a->height : b->height);
    return columns >= SHARED_COLUMNS && (rows <= SHARED_ROWS || lower < FRAGMENT * height) &&
           (double)both.height <= TALLEST_DIGIT * height;
}

/* Joins digit j to digit i, which leaves j with a box of no width. */
static void join_digits(grouped_parts *g, size_t n_parts, size_t i, size_t j)
{
    g->boxes[i] = join_boxes(&g->boxes[i], &g->boxes[j]);
    g->boxes[j].width = 0;
    for (size_t k = 0; k < n_parts; k++)
        if (g->digit_of_part[k] == j)
            g->digit_of_part[k] = i;
}

/* Goes once over all pairs; returns whether any were joined. */
static bool join_pairs(grouped_parts *g, size_t n_parts, double height)
{
    bool any = false;
    for (size_t i = 0; i < n_parts; i++) {
        for (size_t j = i + 1; g->boxes[i].width > 0 && j < n_parts; j++) {
            if (g->boxes[j].width == 0 || !is_one_digit(&g->boxes[i], &g->boxes[j], height))
                continue;
            join_digits(g, n_parts, i, j);
            any = true;
        }
    }
    return any;
}

/* A digit on its way to its place. */
typedef struct placed {
    digit_box box;
    size_t line, was;
} placed;

static int compare_tops(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return compare_sizes(&x->box.top, &y->box.top);
}

static int compare_places(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    const int by_line = compare_sizes(&x->line, &y->line), by_left = compare_sizes(&x->box.left, &y->box.left);
    return by_line != 0 ? by_line : by_left != 0 ? by_left : compare_sizes(&x->was, &y->was);
}

/* Gives each digit, from the top down, to the line that its middle lies in, or to a new one below. lines [n] is
 * scratch for what each line covers. */
static void assign_lines(size_t n, placed *digits, digit_box *lines)
{
    size_t n_lines = 0;
    qsort(digits, n, sizeof *digits, compare_tops);
    for (size_t i = 0; i < n; i++) {
        const size_t middle = digits[i].box.top + digits[i].box.height / 2;
        size_t line = 0;
        while (line < n_lines && !(middle >= lines[line].top && middle < lines[line].top + lines[line].height))
            line++;
        if (line == n_lines)
            lines[n_lines++] = (digit_box){0};
        lines[line] = join_boxes(&lines[line], &digits[i].box);
        digits[i].line = line;
    }
}

/* Puts the digits that are left into order. new_of_old [n_parts] is scratch. */
static void sort_digits(grouped_parts *g, size_t n_parts, placed *digits, size_t *new_of_old)
{
    for (size_t i = 0; i < n_parts; i++)
        if (g->boxes[i].width > 0)
            digits[g->n++] = (placed){g->boxes[i], 0, i};
    assign_lines(g->n, digits, g->boxes);
    qsort(digits, g->n, sizeof *digits, compare_places);
    for (size_t i = 0; i < g->n; i++) {
        g->boxes[i] = digits[i].box;
        g->lines[i] = digits[i].line;
        new_of_old[digits[i].was] = i;
    }
    for (size_t k = 0; k < n_parts; k++)
        g->digit_of_part[k] = new_of_old[g->digit_of_part[k]];
}

static bool allocate(size_t n_parts, grouped_parts *g)
{
    const size_t room = n_parts + 1; /* for none, too */
    *g = (grouped_parts){.boxes = calloc(room, sizeof *g->boxes)};
    g->lines = calloc(room, sizeof *g->lines);
    g->digit_of_part = calloc(room, sizeof *g->digit_of_part);
    return g->boxes && g->lines && g->digit_of_part;
}

status parts_group(const parts *p, grouped_parts *grouped, failure *f)
{
    placed *digits = calloc(p->n + 1, sizeof *digits);
    size_t *scratch = calloc(p->n + 1, sizeof *scratch);
    const bool ok = allocate(p->n, grouped) && digits && scratch;
    if (ok) {
        const double height = height_of_digits(p, scratch);
        for (size_t k = 0; k < p->n; k++) {
            grouped->digit_of_part[k] = k;
            grouped->boxes[k] = p->list[k].box;
        }
        bool joined = true;
        while (joined)
            joined = join_pairs(grouped, p->n, height);
        sort_digits(grouped, p->n, digits, scratch);
    }
    free(scratch);
    free(digits);
    return ok ? STATUS_OK : fail_memory(f);
}

status parts_join(const parts *p, grouped_parts *grouped, failure *f)
{
    if (!allocate(p->n, grouped))
        return fail_memory(f);
    for (size_t k = 0; k < p->n; k++)
        grouped->boxes[0] = join_boxes(&grouped->boxes[0], &p->list[k].box);
    grouped->n = p->n > 0;
    return STATUS_OK;
}

void grouped_parts_destroy(grouped_parts *grouped)
{
    free(grouped->digit_of_part);
    free(grouped->lines);
    free(grouped->boxes);
    *grouped = (grouped_parts){0};
}
