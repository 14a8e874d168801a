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

static size_t header_bytes(size_t n_dimensions)
{
    return 4 + 4 * n_dimensions;
}

/* Fails unless a file whose values take at most n_held bytes, or that many if that is exact, can hold n_values and no
 * more; n_values is SIZE_MAX if there are more than that. */
static status check_values(const char *name, size_t n_values, size_t n_held, bool is_exact, failure *f)
{
    const char *most = is_exact ? "" : "at most ";
    if (n_values == SIZE_MAX)
        return fail(f, "%s: its dimensions multiply to more than %zu values, the file holds %s%zu bytes", name,
                    SIZE_MAX, most, n_held);
    if (n_held < n_values)
        return fail(f, "%s: is cut short: its header announces %zu values, the file holds %s%zu", name, n_values,
                    most, n_held);
    if (is_exact && n_held > n_values)
        return fail(f, "%s: has bytes after its end: its header announces %zu values, the file holds %zu", name,
                    n_values, n_held);
    return STATUS_OK;
}

status idx_parse_header(const char *name, const uint8_t *head, size_t head_size, size_t n_dimensions,
                        size_t file_size, bool is_exact, idx *array, failure *f)
{
    idx found = {.n_dimensions = n_dimensions, .n_values = 1};
    const size_t n_before = header_bytes(n_dimensions);
    if (head_size < n_before)
        return fail(f, "%s: is %zu bytes, too short for an IDX header of %zu", name, head_size, n_before);
    status result = check_magic(name, head, n_dimensions, f);
    for (size_t i = 0; result == STATUS_OK && i < n_dimensions; i++) {
        const size_t dimension = found.dimensions[i] = big_endian(head + 4 + 4 * i);
        if (dimension == 0)
            return fail(f, "%s: its dimension %zu is 0, expected 1 or more", name, i + 1);
        found.n_values = found.n_values <= SIZE_MAX / dimension ? found.n_values * dimension : SIZE_MAX;
    }
    if (result == STATUS_OK)
        result = check_values(name, found.n_values, file_size - n_before, is_exact, f);
    if (result == STATUS_OK)
        *array = found;
    return result;
}

size_t idx_file_bytes(const idx *header)
{
    return header_bytes(header->n_dimensions) + header->n_values;
}

status idx_parse(const char *name, uint8_t *content, size_t size, size_t n_dimensions, idx *array, failure *f)
{
    const status result = idx_parse_header(name, content, size, n_dimensions, size, true, array, f);
    if (result == STATUS_OK)
        array->values = content + header_bytes(n_dimensions);
    return result;
}
