#include "show/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const rgb colour_white = {255, 255, 255}, colour_black = {0, 0, 0};

typedef struct glyph {
    char character;
    const char *rows[CANVAS_LETTER_HEIGHT];
} glyph;

static const glyph font[] = {
    {'0', {" ### ", "#   #", "#  ##", "# # #", "##  #", "#   #", " ### "}},
    {'1', {"  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'2', {" ### ", "#   #", "    #", "  ## ", " #   ", "#    ", "#####"}},
    {'3', {" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "}},
    {'4', {"   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "}},
    {'5', {"#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "}},
    {'6', {"  ## ", " #   ", "#    ", "#### ", "#   #", "#   #", " ### "}},
    {'7', {"#####", "    #", "   # ", "  #  ", " #   ", " #   ", " #   "}},
    {'8', {" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "}},
    {'9', {" ### ", "#   #", "#   #", " ####", "    #", "   # ", " ##  "}},
    {'.', {"     ", "     ", "     ", "     ", "     ", " ##  ", " ##  "}},
    {',', {"     ", "     ", "     ", "     ", " ##  ", "  #  ", " #   "}},
    {'-', {"     ", "     ", "     ", "#####", "     ", "     ", "     "}},
    {'+', {"     ", "  #  ", "  #  ", "#####", "  #  ", "  #  ", "     "}},
    {'%', {"##   ", "##  #", "   # ", "  #  ", " #   ", "#  ##", "   ##"}},
    {'/', {"    #", "    #", "   # ", "  #  ", " #   ", "#    ", "#    "}},
    {'|', {"  #  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  "}},
    {'(', {"   # ", "  #  ", " #   ", " #   ", " #   ", "  #  ", "   # "}},
    {')', {" #   ", "  #  ", "   # ", "   # ", "   # ", "  #  ", " #   "}},
    {'a', {"     ", "     ", " ### ", "    #", " ####", "#   #", " ####"}},
    {'b', {"#    ", "#    ", "#### ", "#   #", "#   #", "#   #", "#### "}},
    {'c', {"     ", "     ", " ####", "#    ", "#    ", "#    ", " ####"}},
    {'d', {"    #", "    #", " ####", "#   #", "#   #", "#   #", " ####"}},
    {'e', {"     ", "     ", " ### ", "#   #", "#####", "#    ", " ### "}},
    {'f', {"  ## ", " #   ", "#### ", " #   ", " #   ", " #   ", " #   "}},
    {'g', {"     ", "     ", " ####", "#   #", " ####", "    #", " ### "}},
    {'h', {"#    ", "#    ", "#### ", "#   #", "#   #", "#   #", "#   #"}},
    {'i', {"  #  ", "     ", " ##  ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'j', {"   # ", "     ", "  ## ", "   # ", "   # ", "#  # ", " ##  "}},
    {'k', {"#    ", "#    ", "#  # ", "# #  ", "##   ", "# #  ", "#  # "}},
    {'l', {" ##  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'m', {"     ", "     ", "## # ", "# # #", "# # #", "# # #", "# # #"}},
    {'n', {"     ", "     ", "#### ", "#   #", "#   #", "#   #", "#   #"}},
    {'o', {"     ", "     ", " ### ", "#   #", "#   #", "#   #", " ### "}},
    {'p', {"     ", "     ", "#### ", "#   #", "#### ", "#    ", "#    "}},
    {'q', {"     ", "     ", " ####", "#   #", " ####", "    #", "    #"}},
    {'r', {"     ", "     ", "# ## ", "##   ", "#    ", "#    ", "#    "}},
    {'s', {"     ", "     ", " ####", "#    ", " ### ", "    #", "#### "}},
    {'t', {" #   ", " #   ", "#### ", " #   ", " #   ", " #   ", "  ## "}},
    {'u', {"     ", "     ", "#   #", "#   #", "#   #", "#   #", " ####"}},
    {'v', {"     ", "     ", "#   #", "#   #", "#   #", " # # ", "  #  "}},
    {'w', {"     ", "     ", "#   #", "# # #", "# # #", "# # #", " # # "}},
    {'x', {"     ", "     ", "#   #", " # # ", "  #  ", " # # ", "#   #"}},
    {'y', {"     ", "     ", "#   #", "#   #", " ####", "    #", " ### "}},
    {'z', {"     ", "     ", "#####", "   # ", "  #  ", " #   ", "#####"}},
};

/* More than any picture of this program needs. */
static const size_t MAX_PIXELS = (size_t)1 << 28;

static const glyph *find_glyph(char character)
{
    for (size_t i = 0; i < sizeof font / sizeof *font; i++)
        if (font[i].character == character)
            return &font[i];
    return NULL;
}

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

size_t canvas_text_width(const char *text, size_t scale)
{
    const size_t n = strlen(text);
    return n ? (n * CANVAS_LETTER_WIDTH - 1) * scale : 0;
}

/* The letters of canvas_text, or of canvas_text_upwards. */
static void draw_text(picture *p, size_t x, size_t y, size_t scale, const char *text, bool upwards, rgb colour)
{
    for (size_t i = 0; text[i]; i++) {
        const glyph *g = find_glyph(text[i]);
        for (size_t row = 0; g && row < CANVAS_LETTER_HEIGHT; row++)
            for (size_t column = 0; g->rows[row][column]; column++) {
                const size_t along = (i * CANVAS_LETTER_WIDTH + column) * scale, across = row * scale;
                if (g->rows[row][column] != ' ')
                    canvas_fill(p, upwards ? x + across : x + along, upwards ? y - along - scale : y + across,
                                scale, scale, colour);
            }
    }
}

void canvas_text(picture *p, size_t left, size_t top, size_t scale, const char *text, rgb colour)
{
    draw_text(p, left, top, scale, text, false, colour);
}

void canvas_text_upwards(picture *p, size_t left, size_t bottom, size_t scale, const char *text, rgb colour)
{
    draw_text(p, left, bottom, scale, text, true, colour);
}

void canvas_text_centred(picture *p, size_t x, size_t y, size_t scale, const char *text, rgb colour)
{
    const size_t half_width = canvas_text_width(text, scale) / 2, half_height = CANVAS_LETTER_HEIGHT * scale / 2;
    canvas_text(p, x > half_width ? x - half_width : 0, y > half_height ? y - half_height : 0, scale, text, colour);
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
