#include "formats/npy.h"

#include <stdio.h>
#include <string.h>

/*
 * The format (numpy.lib.format, versions 1.0 and 2.0): the magic number; the version in 2 bytes; the length of the
 * header in 2 bytes, or 4 in version 2; the header, a dictionary in Python's notation, padded with spaces so that the
 * values start at a multiple of 64; the values.
 */
static const uint8_t MAGIC[NPY_MAGIC_BYTES] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
enum { VERSION_BYTES = 2, LENGTH_BYTES = 2, ALIGNMENT = 64 };

void npy_print(size_t n_rows, size_t n_columns, const float *values, buffer *b)
{
    const size_t prefix = NPY_MAGIC_BYTES + VERSION_BYTES + LENGTH_BYTES;
    char columns[32] = "", header[160];
    if (n_columns > 0)
        (void)snprintf(columns, sizeof columns, " %zu", n_columns);
    (void)snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu,%s), }", n_rows,
                   columns);
    const size_t length = strlen(header) + 1; /* a newline ends it */
    const size_t padded = (prefix + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - prefix;
    buffer_add(b, MAGIC, sizeof MAGIC);
    buffer_add_number(b, 1, VERSION_BYTES);
    buffer_add_number(b, padded, LENGTH_BYTES);
    buffer_print(b, "%-*s\n", (int)padded - 1, header);
    buffer_add_values(b, n_columns > 0 ? n_rows * n_columns : n_rows, sizeof *values, values);
}

bool npy_has_magic(const uint8_t *content, size_t size)
{
    return size >= NPY_MAGIC_BYTES && memcmp(content, MAGIC, NPY_MAGIC_BYTES) == 0;
}

/* The header, read from left to right. */
typedef struct npy_header {
    const char *text;
    size_t size, at;
} npy_header;

static void skip_spaces(npy_header *h)
{
    while (h->at < h->size && (h->text[h->at] == ' ' || h->text[h->at] == '\n'))
        h->at++;
}

/* Whether a text comes next, after any spaces. */
static bool is_next(npy_header *h, const char *text)
{
    const size_t length = strlen(text);
    skip_spaces(h);
    return length <= h->size - h->at && memcmp(h->text + h->at, text, length) == 0;
}

/* Skips a text if it comes next. */
static bool take(npy_header *h, const char *text)
{
    const bool found = is_next(h, text);
    h->at += found ? strlen(text) : 0;
    return found;
}

static bool take_number(npy_header *h, size_t *n)
{
    const size_t most = SIZE_MAX / 16;
    size_t n_digits = 0;
    *n = 0;
    skip_spaces(h);
    for (; h->at < h->size && h->text[h->at] >= '0' && h->text[h->at] <= '9' && *n < most; h->at++, n_digits++)
        *n = 10 * *n + (size_t)(h->text[h->at] - '0');
    return n_digits > 0 && *n < most;
}

/* A type such as '<f4': byte order, kind, and number of bytes. */
static bool take_type(npy_header *h, npy_array *array)
{
    if (!take(h, "'") || h->size - h->at < 4)
        return false;
    const char order = h->text[h->at], kind = h->text[h->at + 1], digit = h->text[h->at + 2];
    h->at += 3;
    array->kind = kind;
    array->highest_first = order == '>';
    array->value_bytes = (size_t)(digit - '0');
    const bool is_size = digit == '4' || digit == '8' || (kind != 'f' && (digit == '1' || digit == '2'));
    const bool is_order = order == '<' || order == '>' || (order == '|' && digit == '1');
    return is_order && (kind == 'f' || kind == 'i' || kind == 'u') && is_size && take(h, "'");
}

static bool take_order(npy_header *h, npy_array *array)
{
    array->by_columns = take(h, "True");
    return array->by_columns || take(h, "False");
}

/* Numbers separated by commas; one may also follow the last. */
static bool take_shape(npy_header *h, npy_array *array)
{
    bool goes_on = take(h, "(");
    while (goes_on && array->n_dimensions < 2 && take_number(h, &array->shape[array->n_dimensions])) {
        array->n_dimensions++;
        goes_on = take(h, ",");
    }
    return array->n_dimensions > 0 && take(h, ")");
}

/* Reads three entries, each once and in any order. Returns what is wrong, or NULL. */
static const char *read_header(npy_header *h, npy_array *array)
{
    enum { N_ENTRIES = 3 };
    static const struct {
        const char *key;
        bool (*take)(npy_header *h, npy_array *array);
        const char *complaint;
    } entries[N_ENTRIES] = {
        {"'descr':", take_type, "its values are neither floats of 32 or 64 bits nor whole numbers"},
        {"'fortran_order':", take_order, "its fortran_order is neither True nor False"},
        {"'shape':", take_shape, "its shape does not have one or two dimensions"},
    };
    bool has[N_ENTRIES] = {false};
    if (!take(h, "{"))
        return "its header is not a dictionary";
    while (!take(h, "}")) {
        size_t i = 0;
        while (i < N_ENTRIES && (has[i] || !take(h, entries[i].key)))
            i++;
        if (i == N_ENTRIES)
            return "its header has an entry besides descr, fortran_order and shape, or one of them twice";
        has[i] = entries[i].take(h, array);
        if (!has[i])
            return entries[i].complaint;
        if (!take(h, ",") && !is_next(h, "}"))
            return "the entries of its header are not separated by commas";
    }
    skip_spaces(h);
    return has[0] && has[1] && has[2] && h->at == h->size
               ? NULL
               : "its header does not end after descr, fortran_order and shape";
}

static status check_size(const char *name, size_t n_bytes, npy_array *array, failure *f)
{
    array->n_values = 1;
    for (size_t i = 0; i < array->n_dimensions; i++) {
        if (array->shape[i] == 0)
            return fail(f, "%s: its dimension %zu is 0, expected 1 or more", name, i + 1);
        if (array->n_values > n_bytes / array->shape[i])
            return fail(f, "%s: is cut short: its shape needs more than the %zu bytes after its header", name,
                        n_bytes);
        array->n_values *= array->shape[i];
    }
    if (array->n_values > n_bytes / array->value_bytes || array->n_values * array->value_bytes != n_bytes)
        return fail(f, "%s: has %zu bytes after its header, expected %zu values of %zu bytes", name, n_bytes,
                    array->n_values, array->value_bytes);
    return STATUS_OK;
}

status npy_parse(const char *name, const uint8_t *content, size_t size, npy_array *array, failure *f)
{
    const size_t version = size > NPY_MAGIC_BYTES ? content[NPY_MAGIC_BYTES] : 0;
    const size_t length_at = NPY_MAGIC_BYTES + VERSION_BYTES, length_bytes = version == 2 ? 4 : LENGTH_BYTES;
    const size_t prefix = length_at + length_bytes;
    if (!npy_has_magic(content, size) || (version != 1 && version != 2) || size < prefix)
        return fail(f, "%s: is not an array in NumPy's format, version 1 or 2", name);
    const size_t length = (size_t)number_of_bytes(content + length_at, length_bytes);
    if (length > size - prefix)
        return fail(f, "%s: is cut short: a header of %zu bytes in a file of %zu", name, length, size);
    npy_array parsed = {.values = content + prefix + length};
    npy_header header = {.text = (const char *)content + prefix, .size = length};
    const char *complaint = read_header(&header, &parsed);
    if (complaint)
        return fail(f, "%s: %s", name, complaint);
    const status result = check_size(name, size - prefix - length, &parsed, f);
    if (result == STATUS_OK)
        *array = parsed;
    return result;
}

/* The bits of value i of a row-by-row order; above them its sign is repeated. */
static uint64_t read_bits(const npy_array *array, size_t i)
{
    const bool is_turned = array->by_columns && array->n_dimensions == 2;
    const size_t place = is_turned ? i % array->shape[1] * array->shape[0] + i / array->shape[1] : i;
    const uint8_t *value = array->values + place * array->value_bytes;
    const size_t last = array->value_bytes - 1;
    const bool is_negative = array->kind == 'i' && value[array->highest_first ? 0 : last] >= 0x80;
    uint64_t bits = is_negative ? UINT64_MAX : 0;
    for (size_t j = 0; j <= last; j++)
        bits = bits << 8 | value[array->highest_first ? j : last - j];
    return bits;
}

double npy_value(const npy_array *array, size_t i)
{
    const uint64_t bits = read_bits(array, i);
    const uint32_t low_bits = (uint32_t)bits;
    int64_t whole;
    float single;
    double value;
    memcpy(&whole, &bits, sizeof whole);
    if (array->kind != 'f')
        return array->kind == 'u' ? (double)bits : (double)whole;
    memcpy(&single, &low_bits, sizeof single);
    memcpy(&value, &bits, sizeof value);
    return array->value_bytes == sizeof single ? (double)single : value;
}
