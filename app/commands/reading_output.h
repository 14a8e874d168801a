/* What predict says about the digits of a picture. */
#pragma once

#include "digits/reading.h"
#include "formats/json.h"

typedef struct reading_form {
    bool show;        /* with pictures of what the model saw */
    double threshold; /* answers less probable than this are rejected */
} reading_form;

/* Prints it to standard output: the likeliest classes of the one digit, or, if r->all, a line of text for each line
 * of writing. */
status print_reading(const char *path, const reading *made, const reader *r, const reading_form *form, failure *f);

/* The same as JSON, without pictures and without the name of the file: the one digit, or, if r->all, a list of digits
 * and their text. NULL if memory ran out. */
json_t *reading_as_json(const reading *made, const reader *r, double threshold);
