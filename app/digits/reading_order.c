#include "digits/reading_order.h"

#include <stdlib.h>

#include "base/sizes.h"

/* Components with at least this share of the largest one's solid pixels determine the height of digits. */
static const double LARGE_COMPONENT = 0.25;

/* Two components are one digit if they share this much of the columns of the narrower one, are together at most
 * this many digits tall, and share at most this much of the rows of the lower one, unless that is a fragment: lower
 * than this share of a digit. */
static const double SHARED_COLUMNS = 0.4, TALLEST_DIGIT = 1.35, SHARED_ROWS = 0.5, FRAGMENT = 0.6;

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The median height of the large components; heights [n] is scratch. */
static double height_of_digits(const components *c, size_t *heights)
{
    size_t largest = 0, n = 0;
    for (size_t k = 0; k < c->n; k++)
        largest = size_max(largest, c->list[k].n_solid);
    for (size_t k = 0; k < c->n; k++)
        if ((double)c->list[k].n_solid >= LARGE_COMPONENT * (double)largest)
            heights[n++] = c->list[k].box.height;
    qsort(heights, n, sizeof *heights, compare_sizes);
    return n > 0 ? (double)heights[n / 2] : 0;
}

/* The length that two intervals share, relative to the shorter one. */
static double overlap(size_t start_a, size_t length_a, size_t start_b, size_t length_b)
{
    const size_t start = size_max(start_a, start_b), end = size_min(start_a + length_a, start_b + length_b);
    return end > start ? (double)(end - start) / (double)size_min(length_a, length_b) : 0;
}

static bool is_one_digit(const digit_box *a, const digit_box *b, double height)
{
    const double columns = overlap(a->left, a->width, b->left, b->width);
    const double rows = overlap(a->top, a->height, b->top, b->height);
    const double lower = (double)size_min(a->height, b->height);
    return columns >= SHARED_COLUMNS && (rows <= SHARED_ROWS || lower < FRAGMENT * height) &&
           (double)join_boxes(a, b).height <= TALLEST_DIGIT * height;
}

/* Joins digit j to digit i; the box of j is left with no width. */
static void join_digits(components *c, written_digit *digits, size_t i, size_t j)
{
    digits[i].box = join_boxes(&digits[i].box, &digits[j].box);
    digits[j].box.width = 0;
    for (size_t k = 0; k < c->n; k++)
        if (c->list[k].digit == j)
            c->list[k].digit = i;
}

/* Goes once over all pairs; returns whether any were joined. */
static bool join_pairs(components *c, written_digit *digits, double height)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        for (size_t j = i + 1; digits[i].box.width > 0 && j < c->n; j++) {
            if (digits[j].box.width == 0 || !is_one_digit(&digits[i].box, &digits[j].box, height))
                continue;
            join_digits(c, digits, i, j);
            any = true;
        }
    }
    return any;
}

static int compare_tops(const void *a, const void *b)
{
    const written_digit *x = a, *y = b;
    const int by_top = compare_sizes(&x->box.top, &y->box.top);
    return by_top != 0 ? by_top : compare_sizes(&x->digit, &y->digit);
}

static int compare_places(const void *a, const void *b)
{
    const written_digit *x = a, *y = b;
    const int by_line = compare_sizes(&x->line, &y->line), by_left = compare_sizes(&x->box.left, &y->box.left);
    return by_line != 0 ? by_line : by_left != 0 ? by_left : compare_sizes(&x->digit, &y->digit);
}

/* Assigns each digit [n], from the top down, to the line that contains its middle, or to a new one. lines [n] is
 * scratch for what each line covers. */
static void assign_lines(size_t n, written_digit *digits, digit_box *lines)
{
    size_t n_lines = 0;
    qsort(digits, n, sizeof *digits, compare_tops);
    for (size_t i = 0; i < n; i++) {
        const digit_box *box = &digits[i].box;
        const size_t middle = box->top + box->height / 2;
        size_t line = 0;
        while (line < n_lines && !(middle >= lines[line].top && middle < lines[line].top + lines[line].height))
            line++;
        if (line == n_lines)
            lines[n_lines++] = (digit_box){0};
        lines[line] = join_boxes(&lines[line], box);
        digits[i].line = line;
    }
}

/* Joins components that belong together and brings the digits into order; returns their number. heights and lines
 * [c->n] are scratch. */
static size_t find_digits(components *c, written_digit *digits, size_t *heights, digit_box *lines)
{
    const double height = height_of_digits(c, heights);
    size_t n = 0;
    for (size_t k = 0; k < c->n; k++) {
        c->list[k].digit = k;
        digits[k] = (written_digit){.box = c->list[k].box, .digit = k};
    }
    bool any_joined = true;
    while (any_joined)
        any_joined = join_pairs(c, digits, height);
    for (size_t k = 0; k < c->n; k++)
        if (digits[k].box.width > 0)
            digits[n++] = digits[k];
    assign_lines(n, digits, lines);
    qsort(digits, n, sizeof *digits, compare_places);
    return n;
}

/* Makes one digit of all components; returns 0 if there are none. */
static size_t join_all(components *c, written_digit *digits)
{
    for (size_t k = 0; k < c->n; k++) {
        c->list[k].digit = 0;
        digits[0].box = join_boxes(&digits[0].box, &c->list[k].box);
    }
    return c->n > 0;
}

status group_components(components *c, bool all, pool *memory, written_digit **list, size_t *n, failure *f)
{
    written_digit *digits = pool_take(memory, c->n, sizeof *digits);
    size_t *heights = pool_take(memory, c->n, sizeof *heights);
    digit_box *lines = pool_take(memory, c->n, sizeof *lines);
    if (memory->has_failed)
        return fail_memory(f);
    *n = all ? find_digits(c, digits, heights, lines) : join_all(c, digits);
    *list = digits;
    return STATUS_OK;
}
