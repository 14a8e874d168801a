/* The names of the classes of a table. */
#pragma once

#include "softmax.h"

enum { CLASS_NAME_SIZE = 32, CLASS_NAMES_TEXT_SIZE = SM_MAX_CLASSES * CLASS_NAME_SIZE };

/* Distinct valid names; {0} has none. */
typedef struct class_names {
    size_t n;
    char names[SM_MAX_CLASSES][CLASS_NAME_SIZE];
} class_names;

/* Whether a text can be a name: 1 to 31 bytes of valid UTF-8 without control characters. */
bool class_name_is_valid(const char *text);

/* The index of a name; names->n if it is not there. */
size_t class_names_find(const class_names *names, const char *text);

/* Adds a valid name that is not there yet, while there are fewer than SM_MAX_CLASSES. */
void class_names_add(class_names *names, const char *text);

/* Sorts the names, by value if all are whole numbers, else by their bytes; new_indices [SM_MAX_CLASSES] says where
 * each is now. */
void class_names_sort(class_names *names, uint8_t *new_indices);

/* A copy, which the caller frees; NULL if memory ran out. */
class_names *class_names_copy(const class_names *names);

/* Converts names to one text, a name per line, and back; false if the text does not consist of such names. */
void class_names_print(const class_names *names, char text[CLASS_NAMES_TEXT_SIZE]);
bool class_names_parse(const char *text, class_names *names);

/* The name of class k, or if names is NULL its number, which is written to `number`. */
const char *class_label(const class_names *names, size_t k, char number[CLASS_NAME_SIZE]);
