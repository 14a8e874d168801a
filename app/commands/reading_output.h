/* What is said of the digits of a picture. */
#pragma once

#include <jansson.h>

#include "digits/reading.h"

typedef struct reading_form {
    bool all;      /* several digits, as a word a line */
    bool show;     /* with pictures of what the model saw */
    double reject; /* answers that are less probable are not sure */
} reading_form;

/* Prints it to standard output. */
status print_reading(const char *path, const reading *made, const reader *r, const reading_form *form, failure *f);

/* The same as JSON, without pictures and without the name of the file: the one digit, or, with --all, a list of
 * them and the text they make. NULL if memory ran out. */
json_t *reading_as_json(const reading *made, const reader *r, const reading_form *form);
