/* Connected components: the definition, their measures, and which are dropped. */
#include <stdlib.h>
#include <string.h>

#include "digits/connected_components.h"
#include "digits/foreground.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { WIDTH = 31, HEIGHT = 23, N = WIDTH * HEIGHT };

static bool touch(size_t i, size_t j)
{
    return llabs((long long)(i / WIDTH) - (long long)(j / WIDTH)) <= 1 &&
           llabs((long long)(i % WIDTH) - (long long)(j % WIDTH)) <= 1;
}

/* The definition: the first pixel of the component of each pixel above the threshold; N for the others. */
static void label_by_definition(const float *values, float threshold, size_t *firsts)
{
    for (size_t i = 0; i < N; i++)
        firsts[i] = values[i] > threshold ? i : N;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                if (touch(i, j) && firsts[i] < N && firsts[j] < firsts[i]) {
                    firsts[i] = firsts[j];
                    changed = true;
                }
    }
}

/* Blots that leave the edge free; some are faint. */
static void scatter(sm_random *random, float *values)
{
    memset(values, 0, N * sizeof *values);
    for (size_t k = 0; k < 24; k++) {
        const size_t side = 1 + sm_random_below(random, 4), row = 1 + sm_random_below(random, HEIGHT - 2 - side);
        const size_t column = 1 + sm_random_below(random, WIDTH - 2 - side);
        const float value = k % 3 == 0 ? 0.1f : 0.9f;
        for (size_t i = 0; i < side * side; i++)
            values[(row + i / side) * WIDTH + column + i % side] = value;
    }
}

static components find(float *values, float threshold, pool *memory)
{
    components found;
    failure f = {""};
    CHECK_OK(find_components(&(grey_image){WIDTH, HEIGHT, values}, threshold, memory, &found, &f), &f);
    return found;
}

/* The components that have at least 0.08 times the solid pixels of the largest, in the order of their first pixels. */
static void check_labels(const size_t *firsts, const float *before, const components *found)
{
    size_t n_solid[N + 1] = {0}, largest = 0, n = 0;
    for (size_t i = 0; i < N; i++)
        n_solid[firsts[i]] += firsts[i] < N && before[i] > SOLID;
    for (size_t i = 0; i < N; i++)
        largest = n_solid[i] > largest ? n_solid[i] : largest;
    for (size_t first = 0; first < N; first++) {
        const bool is_kept = firsts[first] == first && (double)n_solid[first] >= 0.08 * (double)largest;
        for (size_t i = 0; i < N; i++)
            if (firsts[i] == first)
                ck_assert_uint_eq(found->labels[i], is_kept ? n + 1 : 0);
        if (is_kept)
            ck_assert_uint_eq(found->list[n++].n_solid, n_solid[first]);
    }
    ck_assert_uint_eq(found->n, n);
}

START_TEST(components_agree_with_the_definition)
{
    sm_random random = {4};
    for (size_t trial = 0; trial < 20; trial++) {
        float before[N], after[N];
        size_t firsts[N];
        pool memory = {0};
        scatter(&random, before);
        memcpy(after, before, sizeof after);
        const components found = find(after, 0.2f, &memory);
        label_by_definition(before, 0.2f, firsts);
        check_labels(firsts, before, &found);
        for (size_t i = 0; i < N; i++) /* what belongs to no component is cleared, and nothing else is changed */
            ck_assert(after[i] == (found.labels[i] > 0 ? before[i] : 0));
        pool_free(&memory);
    }
}
END_TEST

/* A box is the smallest one around all pixels of its component, the faint ones included. */
START_TEST(boxes_are_tight)
{
    sm_random random = {5};
    float values[N];
    pool memory = {0};
    scatter(&random, values);
    const components found = find(values, 0.2f, &memory);
    for (size_t k = 0; k < found.n; k++) {
        digit_box box = {0};
        for (size_t i = 0; i < N; i++)
            if (found.labels[i] == k + 1)
                box = join_boxes(&box, &(digit_box){i % WIDTH, i / WIDTH, 1, 1});
        ck_assert_mem_eq(&box, &found.list[k].box, sizeof box);
    }
    pool_free(&memory);
}
END_TEST

/* Two strokes that only faint foreground connects: one component at threshold 0, two above the faint foreground, which
 * is shared out between them. */
START_TEST(faint_foreground_belongs_to_a_component_that_it_touches)
{
    float values[N] = {0};
    pool memory = {0};
    for (size_t column = 5; column < 25; column++)
        values[10 * WIDTH + column] = column < 10 || column >= 20 ? 0.9f : 0.1f;
    ck_assert_uint_eq(find(values, 0, &memory).n, 1);
    const components found = find(values, 0.2f, &memory);
    ck_assert_uint_eq(found.n, 2);
    for (size_t column = 5; column < 25; column++)
        ck_assert_uint_eq(found.labels[10 * WIDTH + column], column < 15 ? 1 : 2);
    pool_free(&memory);
}
END_TEST

/* A frame along the edge is dropped in favour of a stroke that keeps off the edge; alone, it is kept. */
START_TEST(surroundings_are_dropped_if_there_is_something_else)
{
    for (int has_stroke = 0; has_stroke < 2; has_stroke++) {
        float values[N] = {0};
        pool memory = {0};
        for (size_t i = 0; i < N; i++) {
            const size_t row = i / WIDTH, column = i % WIDTH;
            const bool is_frame = row == 0 || column == 0 || row == HEIGHT - 1 || column == WIDTH - 1;
            values[i] = is_frame || (has_stroke && column == 15 && row >= 5 && row < 15) ? 1 : 0;
        }
        const components found = find(values, 0, &memory);
        ck_assert_uint_eq(found.n, 1);
        ck_assert_uint_eq(found.list[0].n_outer > 0, !has_stroke);
        ck_assert_uint_eq(values[0] > 0, !has_stroke);
        pool_free(&memory);
    }
}
END_TEST

START_TEST(no_foreground_has_no_components)
{
    float values[N] = {0};
    pool memory = {0};
    ck_assert_uint_eq(find(values, 0, &memory).n, 0);
    pool_free(&memory);
}
END_TEST

START_TEST(joining_boxes_is_a_union)
{
    const digit_box a = {3, 4, 5, 6}, b = {6, 1, 1, 4}, none = {9, 9, 0, 0};
    const digit_box both = join_boxes(&a, &b), reversed = join_boxes(&b, &a), expected = {3, 1, 5, 9};
    ck_assert_mem_eq(&both, &expected, sizeof both);
    ck_assert_mem_eq(&reversed, &expected, sizeof both);
    const digit_box left = join_boxes(&none, &a), right = join_boxes(&a, &none), within = join_boxes(&both, &a);
    ck_assert_mem_eq(&left, &a, sizeof a);
    ck_assert_mem_eq(&right, &a, sizeof a);
    ck_assert_mem_eq(&within, &both, sizeof both);
}
END_TEST

int main(void)
{
    return SUITE_RUN("connected_components", components_agree_with_the_definition, boxes_are_tight,
                     faint_foreground_belongs_to_a_component_that_it_touches,
                     surroundings_are_dropped_if_there_is_something_else, no_foreground_has_no_components,
                     joining_boxes_is_a_union);
}
