#include "show/letters.h"

enum { N_ASCII = 95, N_LETTERS = N_ASCII + 96 };

/* The start of a file: see scripts/make-letters. */
enum { ROWS, CAP_TOP, CAP_HEIGHT, ADVANCES, PIXELS = ADVANCES + N_LETTERS };

static const uint8_t *file_of(letter_size size)
{
    return (const uint8_t *)(size == LETTERS_SMALL ? letters_small : letters_large);
}

size_t letter_height(letter_size size)
{
    return file_of(size)[CAP_HEIGHT];
}

/* The next character of a text, which is not at its end; 0 if it is not of two bytes at most. */
static unsigned next_character(const char **text)
{
    const uint8_t *t = (const uint8_t *)*text;
    size_t length = 1;
    while ((t[length] & 0xc0) == 0x80)
        length++;
    *text += length;
    if (length == 1)
        return t[0] < 0x80 ? t[0] : 0;
    return length == 2 ? (t[0] & 0x1fU) << 6 | (t[1] & 0x3fU) : 0;
}

/* The place of a character among the letters. */
static size_t place_of(unsigned character)
{
    if (character >= ' ' && character < ' ' + N_ASCII)
        return character - ' ';
    return character >= 0xa0 && character <= 0xff ? N_ASCII + character - 0xa0 : '?' - ' ';
}

letter letter_next(letter_size size, const char **text)
{
    const uint8_t *file = file_of(size), *advances = file + ADVANCES;
    const size_t place = place_of(next_character(text));
    letter l = {file[ROWS], advances[place] + 2U, advances[place], file[CAP_TOP], 0, file + PIXELS};
    for (size_t i = 0; i < place; i++)
        l.first += l.n_rows * (advances[i] + 2U);
    return l;
}

unsigned letter_coverage(const letter *l, size_t row, size_t column)
{
    const size_t at = l->first + row * l->n_columns + column;
    return l->pixels[at / 2] >> (at % 2 * 4) & 15U;
}
