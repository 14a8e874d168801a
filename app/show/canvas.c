#include "show/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const rgb colour_white = {255, 255, 255}, colour_black = {0, 0, 0};

/* More than any picture of this program needs. */
static const size_t MAX_PIXELS = (size_t)1 << 28;

static bool is_too_large(const picture *p)
{
    return p->height > MAX_PIXELS || (p->height > 0 && p->width > MAX_PIXELS / p->height);
}

picture canvas_create(size_t width, size_t height)
{
    picture p = {width, height, 3, NULL};
    p.values = is_too_large(&p) ? NULL : calloc(width, height * 3);
    if (p.values)
        memset(p.values, 255, width * height * 3);
    return p;
}

status canvas_check(const picture *p, failure *f)
{
    if (is_too_large(p))
        return fail(f, "a picture of %zu x %zu pixels is too large, expected at most %zu in all", p->width,
                    p->height, MAX_PIXELS);
    return p->values ? STATUS_OK : fail_memory(f);
}

void canvas_fill(picture *p, size_t left, size_t top, size_t width, size_t height, rgb colour)
{
    for (size_t y = top; p->values && y < top + height && y < p->height; y++) {
        for (size_t x = left; x < left + width && x < p->width; x++) {
            uint8_t *pixel = p->values + 3 * (y * p->width + x);
            pixel[0] = colour.red;
            pixel[1] = colour.green;
            pixel[2] = colour.blue;
        }
    }
}

size_t canvas_text_width(const char *text, letter_size size)
{
    size_t width = 0;
    while (*text)
        width += letter_next(size, &text).advance;
    return width;
}

/* Mixes a colour into a pixel; what is outside the picture is cut off. */
static void blend(picture *p, size_t x, size_t y, rgb colour, unsigned coverage)
{
    if (!p->values || x >= p->width || y >= p->height || coverage == 0)
        return;
    uint8_t *pixel = p->values + 3 * (y * p->width + x);
    const rgb mixed = colour_mix((rgb){pixel[0], pixel[1], pixel[2]}, colour, coverage / 15.0);
    pixel[0] = mixed.red;
    pixel[1] = mixed.green;
    pixel[2] = mixed.blue;
}

/* The letters of canvas_text, or of canvas_text_upwards. Places before the first row or column wrap around, and so are
 * outside. */
static void draw_text(picture *p, size_t x, size_t y, letter_size size, const char *text, bool upwards, rgb colour)
{
    for (size_t start = 0; *text;) {
        const letter l = letter_next(size, &text);
        for (size_t row = 0; row < l.n_rows; row++)
            for (size_t column = 0; column < l.n_columns; column++) {
                const size_t along = start + column - 1, across = row - l.cap_top;
                blend(p, upwards ? x + across : x + along, upwards ? y - along - 1 : y + across, colour,
                      letter_coverage(&l, row, column));
            }
        start += l.advance;
    }
}

void canvas_text(picture *p, size_t left, size_t top, letter_size size, const char *text, rgb colour)
{
    draw_text(p, left, top, size, text, false, colour);
}

void canvas_text_upwards(picture *p, size_t left, size_t bottom, letter_size size, const char *text, rgb colour)
{
    draw_text(p, left, bottom, size, text, true, colour);
}

void canvas_text_centred(picture *p, size_t x, size_t y, letter_size size, const char *text, rgb colour)
{
    const size_t half_width = canvas_text_width(text, size) / 2, half_height = letter_height(size) / 2;
    canvas_text(p, x > half_width ? x - half_width : 0, y > half_height ? y - half_height : 0, size, text, colour);
}

static const rgb red = {178, 24, 43}, blue = {33, 102, 172}, dark_blue = {8, 48, 107};

static uint8_t mix_channel(uint8_t from, uint8_t to, double share)
{
    return (uint8_t)lround((double)from + share * ((double)to - (double)from));
}

rgb colour_mix(rgb from, rgb to, double share)
{
    const double s = fmin(fmax(share, 0), 1);
    return (rgb){mix_channel(from.red, to.red, s), mix_channel(from.green, to.green, s),
                 mix_channel(from.blue, to.blue, s)};
}

double colour_range(size_t n, const float *values)
{
    float range = 0;
    for (size_t i = 0; i < n; i++)
        range = fmaxf(range, fabsf(values[i]));
    return (double)range;
}

rgb colour_diverging(double value)
{
    return colour_mix(colour_white, value < 0 ? red : blue, fabs(value));
}

rgb colour_sequential(double value)
{
    return colour_mix(colour_white, dark_blue, value);
}

rgb colour_legible_on(rgb background)
{
    /* luma of Rec. 601 */
    const double luma = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
    return luma > 140 ? colour_black : colour_white;
}
