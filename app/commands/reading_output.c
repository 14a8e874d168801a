#include "commands/reading_output.h"

#include <stdlib.h>

#include "base/text.h"
#include "commands/command.h"
#include "model/prediction.h"
#include "show/examples.h"
#include "show/prediction.h"
#include "show/terminal.h"

enum { N_SHOWN = 3 };

static example answer_of(const reading *made, const reader *r, size_t digit)
{
    return example_of(r->m->n_classes, made->probabilities, digit);
}

/* Adds the digits of a line of writing, which starts with digit `first`, as one word, with ? for those rejected;
 * returns the first digit after it. */
static size_t add_word(const reading *made, const reader *r, double threshold, size_t first, buffer *b)
{
    size_t i = first;
    for (; i < made->found.n && made->found.lines[i] == made->found.lines[first]; i++) {
        const example a = answer_of(made, r, i);
        buffer_print(b, i > first && r->m->n_classes > 10 ? " " : "");
        if (a.confidence < threshold)
            buffer_print(b, "?");
        else
            buffer_print(b, "%zu", a.prediction);
    }
    return i;
}

/* The likeliest classes of the one digit. */
static void add_classes(const char *name, const reading *made, const reader *r, double threshold, buffer *b)
{
    const float *row = made->probabilities;
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(r->m->n_classes, row, N_SHOWN, classes);
    buffer_print(b, "%s:%s", name, (double)row[classes[0]] < threshold ? " not sure:" : "");
    for (size_t i = 0; i < n; i++)
        buffer_print(b, "%s %zu (%.1f %%)",
                     i == 1  ? ", then"
                     : i > 1 ? ","
                             : "",
                     classes[i], 100 * (double)row[classes[i]]);
    buffer_print(b, "\n");
}

/* A line for each line of writing, with the least certain of its answers. */
static void add_lines(const char *name, const reading *made, const reader *r, double threshold, buffer *b)
{
    for (size_t i = 0, end; i < made->found.n; i = end) {
        buffer_print(b, "%s: ", name);
        end = add_word(made, r, threshold, i, b);
        example least = answer_of(made, r, i);
        for (size_t j = i + 1; j < end; j++) {
            const example a = answer_of(made, r, j);
            least = a.confidence < least.confidence ? a : least;
        }
        buffer_print(b, " (least sure: %zu, %.1f %%)\n", least.prediction, 100 * least.confidence);
    }
}

status print_reading(const char *path, const reading *made, const reader *r, const reading_form *form, failure *f)
{
    const size_t n_classes = r->m->n_classes, n_pixels = r->m->n_rows * r->m->n_columns;
    char *name = clean_copy(path, false);
    buffer b = {0};
    if (!name)
        return fail_memory(f);
    if (made->found.n == 0)
        buffer_print(&b, "%s: no digit found\n", name);
    else if (r->all)
        add_lines(name, made, r, form->threshold, &b);
    else
        add_classes(name, made, r, form->threshold, &b);
    if (made->n_apart > 1)
        buffer_print(&b, "    there may be %zu digits, which --all reads one by one\n", made->n_apart);
    free(name);
    status result = print_buffer(&b, f);
    for (size_t i = 0; result == STATUS_OK && form->show && i < made->found.n; i++)
        if (!print_prediction(stdout, terminal_has_colours(stdout), r->m, made->found.pixels + i * n_pixels,
                              made->probabilities + i * n_classes))
            result = fail_memory(f);
    return result;
}

static json_t *digit_as_json(const reading *made, const reader *r, double threshold, size_t digit)
{
    const size_t n_classes = r->m->n_classes;
    const float *row = made->probabilities + digit * n_classes;
    const digit_box *box = &made->found.boxes[digit];
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(n_classes, row, N_SHOWN, classes);
    json_t *guesses = json_array(), *probabilities = json_array();
    for (size_t i = 0; i < n; i++)
        json_list_add(&guesses, json_pack("{s:I, s:f}", "label", (json_int_t)classes[i], "probability",
                                          (double)row[classes[i]]));
    for (size_t k = 0; k < n_classes; k++)
        json_list_add(&probabilities, json_real((double)row[k]));
    return json_pack("{s:{s:I, s:I, s:I, s:I}, s:I, s:b, s:o, s:o}", "box", "left", (json_int_t)box->left, "top",
                     (json_int_t)box->top, "width", (json_int_t)box->width, "height", (json_int_t)box->height,
                     "line", (json_int_t)made->found.lines[digit], "rejected", (double)row[classes[0]] < threshold,
                     "guesses", guesses, "probabilities", probabilities);
}

/* The one digit, if there is one, and how many digits there seem to be if there are several. */
static json_t *single_as_json(const reading *made, const reader *r, double threshold)
{
    json_t *entry = made->found.n > 0 ? digit_as_json(made, r, threshold, 0) : json_pack("{s:[]}", "guesses");
    if (!entry || made->n_apart <= 1)
        return entry;
    return json_if_whole(entry,
                         json_object_set_new(entry, "may_be_digits", json_integer((json_int_t)made->n_apart)) == 0);
}

/* All digits, and their text, in the lines of the writing. */
static json_t *page_as_json(const reading *made, const reader *r, double threshold)
{
    buffer text = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < made->found.n; i++)
        json_list_add(&list, digit_as_json(made, r, threshold, i));
    for (size_t i = 0; i < made->found.n;) {
        buffer_print(&text, i > 0 ? "\n" : "");
        i = add_word(made, r, threshold, i, &text);
    }
    json_t *string = text.failed ? NULL : json_stringn(text.data ? text.data : "", text.size);
    free(text.data);
    return json_pack("{s:o, s:o}", "text", string, "digits", list);
}

json_t *reading_as_json(const reading *made, const reader *r, double threshold)
{
    return r->all ? page_as_json(made, r, threshold) : single_as_json(made, r, threshold);
}
