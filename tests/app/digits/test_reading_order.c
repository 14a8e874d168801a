/* Several digits in one picture: which components are one digit, and the order of the digits. */
#include <stdlib.h>

#include "digits/digit.h"
#include "digits/reading_order.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { WIDTH = 240, HEIGHT = 160, SIDE = 28 };

typedef struct rectangle {
    size_t left, top, width, height;
} rectangle;

/* Black rectangles on a white background; the caller frees the values. */
static grey_image draw(size_t n, const rectangle *rectangles)
{
    grey_image canvas = {WIDTH, HEIGHT, test_calloc(WIDTH * HEIGHT, sizeof(float))};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        canvas.values[i] = 1;
    for (size_t k = 0; k < n; k++)
        for (size_t row = 0; row < rectangles[k].height; row++)
            for (size_t column = 0; column < rectangles[k].width; column++)
                canvas.values[(rectangles[k].top + row) * WIDTH + rectangles[k].left + column] = 0;
    return canvas;
}

static digits find(size_t n, const rectangle *rectangles)
{
    digits found;
    failure f = {""};
    grey_image canvas = draw(n, rectangles);
    CHECK_OK(digits_find(&canvas, SIDE, SIDE, true, &found, &f), &f);
    free(canvas.values);
    return found;
}

/* Drawn in any order, in lines that slant down to the right, and of different heights. */
START_TEST(digits_are_read_line_by_line_from_left_to_right)
{
    static const rectangle drawn[] = {{120, 20, 10, 40}, {60, 100, 10, 40}, {20, 10, 10, 40},
                                      {70, 12, 12, 44},  {20, 95, 10, 44},  {170, 28, 10, 36}};
    static const size_t order[] = {2, 3, 0, 5, 4, 1}, lines[] = {0, 0, 0, 0, 1, 1};
    digits found = find(6, drawn);
    ck_assert_uint_eq(found.n, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(found.lines[i], lines[i]);
        ck_assert_mem_eq(&found.boxes[i], &drawn[order[i]], sizeof drawn[i]);
    }
    digits_destroy(&found);
}
END_TEST

/* The bar of the 5 is above its body and does not touch it. The neighbouring digits do not belong to it, and the digit
 * below is too far away. */
START_TEST(a_bar_that_does_not_touch_belongs_to_its_digit)
{
    static const rectangle drawn[] = {
        {20, 20, 10, 40}, {60, 28, 16, 32}, {65, 20, 25, 5}, {110, 20, 10, 40}, {62, 80, 14, 40}};
    static const digit_box five = {60, 20, 30, 40};
    digits found = find(5, drawn);
    ck_assert_uint_eq(found.n, 4);
    ck_assert_mem_eq(&found.boxes[1], &five, sizeof five);
    ck_assert_mem_eq(&found.boxes[3], &drawn[4], sizeof drawn[4]);
    digits_destroy(&found);
}
END_TEST

/* If the boxes of two digits overlap, neither digit is seen in the image of the other. */
START_TEST(a_digit_is_cut_out_from_its_surroundings)
{
    /* a corner, and a stroke within its box */
    static const rectangle corner[] = {{20, 20, 8, 60}, {20, 72, 60, 8}},
                           both[] = {{20, 20, 8, 60}, {20, 72, 60, 8}, {60, 15, 8, 45}};
    digits alone = find(2, corner), crowded = find(3, both);
    ck_assert_uint_eq(alone.n, 1);
    ck_assert_uint_eq(crowded.n, 2);
    ck_assert_mem_eq(alone.pixels, crowded.pixels, SIDE * SIDE);
    digits_destroy(&crowded);
    digits_destroy(&alone);
}
END_TEST

START_TEST(nothing_is_found_in_a_blank_picture)
{
    digits found = find(0, NULL);
    ck_assert_uint_eq(found.n, 0);
    digits_destroy(&found);
}
END_TEST

/* If a single digit is expected, all foreground belongs to it. */
START_TEST(all_foreground_is_one_digit_if_one_is_asked_for)
{
    static const rectangle drawn[] = {{20, 20, 10, 40}, {60, 40, 10, 40}};
    static const digit_box whole = {20, 20, 50, 60};
    digits found;
    failure f = {""};
    grey_image canvas = draw(2, drawn);
    CHECK_OK(digits_find(&canvas, SIDE, SIDE, false, &found, &f), &f);
    ck_assert_uint_eq(found.n, 1);
    ck_assert_mem_eq(&found.boxes[0], &whole, sizeof whole);
    digits_destroy(&found);
    free(canvas.values);
}
END_TEST

/* As many marks as a page of print has letters: the time must not grow with a high power of their number. */
START_TEST(a_page_full_of_marks_ends)
{
    enum { N = 1000 };
    rectangle *marks = test_calloc(N, sizeof *marks);
    for (size_t i = 0; i < N; i++)
        marks[i] = (rectangle){i % 50 * 4 + 10, i / 50 * 7 + 5, 2, 5};
    digits found = find(N, marks);
    ck_assert_uint_eq(found.n, N);
    for (size_t i = 1; i < N; i++)
        ck_assert(found.lines[i] > found.lines[i - 1] || found.boxes[i].left > found.boxes[i - 1].left);
    digits_destroy(&found);
    free(marks);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("reading_order", digits_are_read_line_by_line_from_left_to_right,
                         a_bar_that_does_not_touch_belongs_to_its_digit, a_digit_is_cut_out_from_its_surroundings,
                         nothing_is_found_in_a_blank_picture, all_foreground_is_one_digit_if_one_is_asked_for,
                         a_page_full_of_marks_ends);
}
