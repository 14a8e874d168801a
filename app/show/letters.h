/* The letters of pictures: those of ASCII and Latin-1, proportional and with smooth edges. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum letter_size { LETTERS_SMALL, LETTERS_LARGE } letter_size;

/* A letter. Its first column lies before the place where it is drawn, and its last behind the next one's. */
typedef struct letter {
    size_t n_rows, n_columns;
    size_t advance; /* to the next letter */
    size_t cap_top; /* the row where capitals and digits begin */
    size_t first;   /* its first pixel among those of the size */
    const uint8_t *pixels;
} letter;

/* The height of capitals and digits in pixels. */
size_t letter_height(letter_size size);

/* The letter of the next character of a text in UTF-8, of which *text becomes the rest; a question mark for characters
 * that are missing. */
letter letter_next(letter_size size, const char **text);

/* How much of a pixel is covered, from 0 to 15. */
unsigned letter_coverage(const letter *l, size_t row, size_t column);

/* The files of scripts/make-letters, embedded in the program. */
extern const char letters_small[], letters_large[];
