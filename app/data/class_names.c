#include "data/class_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool class_name_is_valid(const char *text)
{
    char clean[CLASS_NAME_SIZE];
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof clean)
        return false;
    memcpy(clean, text, length + 1);
    clean_text(clean, false);
    return strcmp(clean, text) == 0;
}

size_t class_names_find(const class_names *names, const char *text)
{
    size_t k = 0;
    while (k < names->n && strcmp(names->names[k], text) != 0)
        k++;
    return k;
}

void class_names_add(class_names *names, const char *text)
{
    memcpy(names->names[names->n++], text, strlen(text) + 1);
}

/* Whole numbers of up to 18 digits, which a long long holds. */
static bool is_whole(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t length = strspn(digits, "0123456789");
    return length > 0 && length <= 18 && digits[length] == '\0';
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int compare_numbers(const void *a, const void *b)
{
    const long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);
    return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

void class_names_sort(class_names *names, uint8_t *new_indices)
{
    const class_names before = *names;
    bool are_whole = true;
    for (size_t k = 0; k < names->n; k++)
        are_whole = are_whole && is_whole(names->names[k]);
    qsort(names->names, names->n, sizeof *names->names, are_whole ? compare_numbers : compare_texts);
    for (size_t k = 0; k < before.n; k++)
        new_indices[k] = (uint8_t)class_names_find(names, before.names[k]);
}

class_names *class_names_copy(const class_names *names)
{
    class_names *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *names;
    return copy;
}

void class_names_print(const class_names *names, char text[CLASS_NAMES_TEXT_SIZE])
{
    text[0] = '\0';
    for (size_t k = 0; k < names->n; k++)
        append_text(text, CLASS_NAMES_TEXT_SIZE, "%s%s", k > 0 ? "\n" : "", names->names[k]);
}

bool class_names_parse(const char *text, class_names *names)
{
    *names = (class_names){0};
    for (;; text++) {
        char name[CLASS_NAME_SIZE] = "";
        const size_t length = strcspn(text, "\n");
        if (length >= sizeof name || names->n == SM_MAX_CLASSES)
            return false;
        memcpy(name, text, length);
        if (!class_name_is_valid(name) || class_names_find(names, name) < names->n)
            return false;
        class_names_add(names, name);
        text += length;
        if (*text == '\0')
            return true;
    }
}

const char *class_label(const class_names *names, size_t k, char number[CLASS_NAME_SIZE])
{
    if (names)
        return names->names[k];
    (void)snprintf(number, CLASS_NAME_SIZE, "%zu", k);
    return number;
}
