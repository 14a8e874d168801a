/* What the classes of a table are called. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "softmax.h"

enum { CLASS_NAME_SIZE = 32, CLASS_NAMES_TEXT_SIZE = SM_MAX_CLASSES * CLASS_NAME_SIZE };

/* Distinct names, none of them empty, of valid UTF-8 without controls. {0} has none. */
typedef struct class_names {
    size_t n;
    char names[SM_MAX_CLASSES][CLASS_NAME_SIZE];
} class_names;

/* Whether a text can be the name of a class. */
bool class_name_is_valid(const char *text);

/* The number of a name; names->n if there is none like it. */
size_t class_names_find(const class_names *names, const char *text);

/* Adds a valid name, which is not there yet, while there are fewer than SM_MAX_CLASSES. */
void class_names_add(class_names *names, const char *text);

/* Orders the names, whole numbers by size if they all are, else by their bytes, and says in new_numbers
 * [SM_MAX_CLASSES] which number each of them has now. */
void class_names_sort(class_names *names, uint8_t *new_numbers);

/* A copy, which the caller frees; NULL if memory ran out. */
class_names *class_names_copy(const class_names *names);

/* All names as one text, a name a line, and back; false for what is no such text. */
void class_names_print(const class_names *names, char text[CLASS_NAMES_TEXT_SIZE]);
bool class_names_parse(const char *text, class_names *names);

/* What class k is called: its name, or its number where names is NULL, which is written to `number`. */
const char *class_label(const class_names *names, size_t k, char number[CLASS_NAME_SIZE]);
