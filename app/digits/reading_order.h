/* The digits that connected components make up, in reading order. */
#pragma once

#include <stdbool.h>

#include "digits/connected_components.h"

/* A digit in a picture. */
typedef struct written_digit {
    digit_box box;
    size_t line;  /* 0 for the topmost line of writing */
    size_t digit; /* component.digit of the components that it consists of */
} written_digit;

typedef struct written_digits {
    size_t n;
    written_digit *list; /* [n], line by line, from left to right */
} written_digits;

/* Sets component.digit, and lists the digits. If `all`, components that are one above the other and together no
 * taller than a digit are one digit, such as a 5 whose bar does not touch the rest; else all components are. *found
 * is for the caller to free by written_digits_destroy, also after a failure. */
status group_components(components *c, bool all, written_digits *found, failure *f);

/* Frees what it holds; {0} is allowed. */
void written_digits_destroy(written_digits *d);
