#include "commands/reading_output.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/text.h"
#include "model/prediction.h"
#include "show/prediction.h"
#include "show/terminal.h"

enum { N_SHOWN = 3 };

/* The likeliest class of a digit. */
typedef struct guess {
    size_t label;
    double probability;
} guess;

static guess best_guess(const reading *made, const reader *r, size_t digit)
{
    const float *row = made->probabilities + digit * r->m->n_classes;
    const size_t label = sm_argmax(r->m->n_classes, row);
    return (guess){label, (double)row[label]};
}

/* ---------------------------------------------------------------------------------------------- */
/* Text                                                                                            */

static void print_guesses(const char *name, const reading *made, const reader *r, double threshold)
{
    const float *row = made->probabilities;
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(r->m->n_classes, row, N_SHOWN, classes);
    printf("%s:%s", name, (double)row[classes[0]] < threshold ? " not sure:" : "");
    for (size_t i = 0; i < n; i++)
        printf("%s %zu (%.1f %%)", i == 1 ? ", then" : i > 1 ? "," : "", classes[i], 100 * (double)row[classes[i]]);
    printf("\n");
}

/* Adds the digits of a line of writing, which starts with digit `first`, as one word, with ? for those rejected;
 * returns the first digit after it. */
static size_t add_word(const reading *made, const reader *r, double threshold, size_t first, buffer *word)
{
    size_t i = first;
    for (; i < made->found.n && made->found.lines[i] == made->found.lines[first]; i++) {
        const guess best = best_guess(made, r, i);
        if (i > first && r->m->n_classes > 10)
            buffer_print(word, " ");
        if (best.probability < threshold)
            buffer_print(word, "?");
        else
            buffer_print(word, "%zu", best.label);
    }
    return i;
}

/* A line for each line of writing, with the digit that is least certain. */
static status print_words(const char *name, const reading *made, const reader *r, double threshold, failure *f)
{
    for (size_t first = 0, end; first < made->found.n; first = end) {
        buffer word = {0};
        end = add_word(made, r, threshold, first, &word);
        guess least = {0, 2};
        for (size_t i = first; i < end; i++) {
            const guess best = best_guess(made, r, i);
            least = best.probability < least.probability ? best : least;
        }
        if (!word.failed)
            printf("%s: %.*s (least sure: %zu, %.1f %%)\n", name, (int)word.size, word.data, least.label,
                   100 * least.probability);
        free(word.data);
        if (word.failed)
            return fail_memory(f);
    }
    return STATUS_OK;
}

status print_reading(const char *path, const reading *made, const reader *r, const reading_form *form, failure *f)
{
    const size_t n_classes = r->m->n_classes, n_pixels = r->m->n_rows * r->m->n_columns;
    char *name = clean_copy(path, false);
    if (!name)
        return fail_memory(f);
    status result = STATUS_OK;
    if (made->found.n == 0)
        printf("%s: no digit found\n", name);
    else if (r->all)
        result = print_words(name, made, r, form->threshold, f);
    else
        print_guesses(name, made, r, form->threshold);
    if (made->n_apart > 1)
        printf("    there may be %zu digits, which --all reads one by one\n", made->n_apart);
    for (size_t i = 0; result == STATUS_OK && form->show && i < made->found.n; i++)
        if (!print_prediction(stdout, terminal_has_colours(stdout), r->m, made->found.pixels + i * n_pixels,
                              made->probabilities + i * n_classes))
            result = fail_memory(f);
    free(name);
    return result;
}

/* ---------------------------------------------------------------------------------------------- */
/* JSON                                                                                            */

static json_t *guesses_as_json(size_t n_classes, const float *probabilities)
{
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(n_classes, probabilities, N_SHOWN, classes);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_list_add(&list, json_pack("{s:I, s:f}", "label", (json_int_t)classes[i], "probability",
                                       (double)probabilities[classes[i]]));
    return list;
}

static json_t *probabilities_as_json(size_t n_classes, const float *probabilities)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n_classes; k++)
        json_list_add(&list, json_real((double)probabilities[k]));
    return list;
}

static json_t *box_as_json(const digit_box *box)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "left", (json_int_t)box->left, "top", (json_int_t)box->top, "width",
                     (json_int_t)box->width, "height", (json_int_t)box->height);
}

static json_t *digit_as_json(const reading *made, const reader *r, double threshold, size_t i)
{
    const float *row = made->probabilities + i * r->m->n_classes;
    const bool is_rejected = best_guess(made, r, i).probability < threshold;
    return json_pack("{s:o, s:I, s:b, s:o, s:o}", "box", box_as_json(&made->found.boxes[i]), "line",
                     (json_int_t)made->found.lines[i], "rejected", is_rejected, "guesses",
                     guesses_as_json(r->m->n_classes, row), "probabilities",
                     probabilities_as_json(r->m->n_classes, row));
}

/* The text of all digits, with the lines of the writing. */
static json_t *text_as_json(const reading *made, const reader *r, double threshold)
{
    buffer text = {0};
    for (size_t i = 0; i < made->found.n;) {
        buffer_print(&text, i > 0 ? "\n" : "");
        i = add_word(made, r, threshold, i, &text);
    }
    json_t *string = text.failed ? NULL : json_stringn(text.data ? text.data : "", text.size);
    free(text.data);
    return string;
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

json_t *reading_as_json(const reading *made, const reader *r, double threshold)
{
    if (!r->all)
        return single_as_json(made, r, threshold);
    json_t *list = json_array();
    for (size_t i = 0; i < made->found.n; i++)
        json_list_add(&list, digit_as_json(made, r, threshold, i));
    return json_pack("{s:o, s:o}", "text", text_as_json(made, r, threshold), "digits", list);
}
