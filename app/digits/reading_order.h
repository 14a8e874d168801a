/* Which parts of a picture make up a digit, and in which order digits are read. */
#pragma once

#include "digits/parts.h"

/* Digits made of parts [n_parts], line by line and from left to right. */
typedef struct grouped_parts {
    size_t n;
    digit_box *boxes;      /* [n] */
    size_t *lines;         /* [n], 0 for the uppermost line of writing */
    size_t *digit_of_part; /* [n_parts] */
} grouped_parts;

/* Joins those parts that belong to one digit, as the bar of a 5 that does not touch the rest: parts above one
 * another that are together no taller than a digit. *grouped is for grouped_parts_destroy, also after a failure. */
status parts_group(const parts *p, grouped_parts *grouped, failure *f);

/* The same with all parts as one digit; none if there are none. */
status parts_join(const parts *p, grouped_parts *grouped, failure *f);

/* Frees what it holds; {0} is allowed. */
void grouped_parts_destroy(grouped_parts *grouped);
