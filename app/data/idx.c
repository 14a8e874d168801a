#include "data/idx.h"

#include <inttypes.h>

enum { TYPE_UNSIGNED_BYTE = 0x08 };

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static status check_magic(const char *name, const uint8_t *content, size_t n_dimensions, failure *f)
{
    const uint32_t found = big_endian(content);
    const uint32_t expected = TYPE_UNSIGNED_BYTE << 8 | (uint32_t)n_dimensions;
    if (found >> 16 != 0)
        return fail(f, "%s: not an IDX file: it starts with 0x%08" PRIx32 ", expected 0x%08" PRIx32, name, found,
                    expected);
    if (found >> 8 != TYPE_UNSIGNED_BYTE)
        return fail(f, "%s: the type of its values is 0x%02" PRIx32 ", expected 0x%02x (unsigned byte)", name,
                    found >> 8, (unsigned)TYPE_UNSIGNED_BYTE);
    if (found != expected)
        return fail(f, "%s: has %" PRIu32 " dimensions, expected %zu", name, found & 0xff, n_dimensions);
    return STATUS_OK;
}

status idx_parse(const char *name, uint8_t *content, size_t size, size_t n_dimensions, idx *array, failure *f)
{
    const size_t header_size = 4 + 4 * n_dimensions;
    if (size < header_size)
        return fail(f, "%s: is %zu bytes, too short for an IDX header of %zu", name, size, header_size);
    const status result = check_magic(name, content, n_dimensions, f);
    if (result != STATUS_OK)
        return result;

    idx found = {.n_dimensions = n_dimensions, .values = content + header_size, .n_values = 1};
    for (size_t i = 0; i < n_dimensions; i++) {
        const size_t dimension = big_endian(content + 4 + 4 * i);
        if (dimension == 0)
            return fail(f, "%s: its dimension %zu is 0, expected 1 or more", name, i + 1);
        if (found.n_values > SIZE_MAX / dimension)
            return fail(f, "%s: its dimensions multiply to more than %zu values, the file holds %zu bytes", name,
                        SIZE_MAX, size - header_size);
        found.dimensions[i] = dimension;
        found.n_values *= dimension;
    }
    if (size - header_size < found.n_values)
        return fail(f, "%s: is cut short: its header announces %zu values, the file holds %zu", name,
                    found.n_values, size - header_size);
    if (size - header_size > found.n_values)
        return fail(f, "%s: has bytes behind its end: its header announces %zu values, the file holds %zu", name,
                    found.n_values, size - header_size);
    *array = found;
    return STATUS_OK;
}
