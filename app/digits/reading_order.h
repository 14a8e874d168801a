/* The digits that connected components make up, in reading order. */
#pragma once

#include "digits/connected_components.h"

/* A digit in a picture. */
typedef struct written_digit {
    digit_box box;
    size_t line;  /* 0 for the topmost line of writing */
    size_t digit; /* component.digit of the components that it consists of */
} written_digit;

/* Sets component.digit, and lists the digits, line by line and from left to right. If `all`, components that are
 * one above the other and together no taller than a digit are one digit, such as a 5 whose bar does not touch the
 * rest; else all components are. *list [*n] is taken from `memory`. */
status group_components(components *c, bool all, pool *memory, written_digit **list, size_t *n, failure *f);
