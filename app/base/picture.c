#include "base/picture.h"

#include "base/exact_math.h"

enum { N_VALUES = UINT8_MAX + 1, FULL_LIGHT = UINT16_MAX };

/* Sets light [N_VALUES] to the linear light of each sRGB value, from 0 to FULL_LIGHT (IEC 61966-2-1). */
static void find_light(uint32_t *light)
{
    for (size_t i = 0; i < N_VALUES; i++) {
        const double value = (double)i / 255;
        const double share = value <= 0.04045 ? value / 12.92 : exact_exp(2.4 * exact_log((value + 0.055) / 1.055));
        light[i] = (uint32_t)(FULL_LIGHT * share + 0.5);
    }
}

/* The value whose light is nearest. */
static uint8_t value_of(const uint32_t *light, uint32_t wanted)
{
    size_t low = 0, high = N_VALUES - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (2 * wanted > light[middle] + light[middle + 1])
            low = middle + 1;
        else
            high = middle;
    }
    return (uint8_t)low;
}

/* The grey of the same luminance (ITU-R BT.709). */
static uint8_t grey_of(const uint32_t *light, const uint8_t *rgb)
{
    if (rgb[0] == rgb[1] && rgb[1] == rgb[2])
        return rgb[0];
    /* 0.2126, 0.7152 and 0.0722, times 2^16 */
    return value_of(light, (13933 * light[rgb[0]] + 46871 * light[rgb[1]] + 4732 * light[rgb[2]]) >> 16);
}

/* The background to assume for transparent pixels: the one that contrasts with the opaque ones. pixels [n] are pairs of
 * grey and alpha. */
static unsigned choose_background(size_t n, const uint8_t *pixels)
{
    double brightness = 0, opacity = 0;
    for (size_t i = 0; i < n; i++) {
        brightness += pixels[2 * i] * (double)pixels[2 * i + 1];
        opacity += pixels[2 * i + 1];
    }
    return brightness > 160 * opacity ? 0 : 255;
}

/* Replaces pairs of grey and alpha [n] by grey values. */
static void lay_on_background(size_t n, uint8_t *pixels)
{
    const unsigned background = choose_background(n, pixels);
    for (size_t i = 0; i < n; i++) {
        const unsigned alpha = pixels[2 * i + 1];
        pixels[i] = (uint8_t)((pixels[2 * i] * alpha + background * (255 - alpha) + 127) / 255);
    }
}

void picture_make_grey(picture *p)
{
    const size_t n = p->width * p->height;
    uint32_t light[N_VALUES];
    find_light(light);
    for (size_t i = 0; i < n; i++) {
        const uint8_t grey = grey_of(light, p->values + 4 * i), alpha = p->values[4 * i + 3];
        p->values[2 * i] = grey;
        p->values[2 * i + 1] = alpha;
    }
    lay_on_background(n, p->values);
    p->n_channels = 1;
}

status picture_to_image(const picture *grey, grey_image *image, failure *f)
{
    const status created = grey_image_create(grey->width, grey->height, image, f);
    for (size_t i = 0; created == STATUS_OK && i < grey->width * grey->height; i++)
        image->values[i] = (float)grey->values[i] / 255;
    return created;
}
