#include "formats/npy.h"

#include <stdio.h>
#include <string.h>

/*
 * The format: the magic and the version, 2 bytes with the length of the header, the header, a dictionary as Python
 * writes it, filled up with blanks so that the values start at a multiple of 64, and the values.
 * (numpy.lib.format, version 1.0)
 */
static const char MAGIC[] = "\x93NUMPY\x01";
enum { LENGTH_BYTES = 2, PREFIX_BYTES = sizeof MAGIC + LENGTH_BYTES, ALIGNMENT = 64 };

void npy_print(size_t n_rows, size_t n_columns, const float *values, buffer *b)
{
    char columns[32] = "", header[160];
    if (n_columns > 0)
        (void)snprintf(columns, sizeof columns, " %zu", n_columns);
    (void)snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu,%s), }", n_rows,
                   columns);
    const size_t length = strlen(header) + 1; /* a newline ends it */
    const size_t padded = (PREFIX_BYTES + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - PREFIX_BYTES;
    buffer_add(b, MAGIC, sizeof MAGIC); /* its terminator is the lower half of the version */
    buffer_add_number(b, padded, LENGTH_BYTES);
    buffer_print(b, "%s%*s\n", header, (int)(padded - length), "");
    buffer_add_floats(b, n_columns > 0 ? n_rows * n_columns : n_rows, values);
}

/* ---------------------------------------------------------------------------------------------- */

bool npy_has_magic(const uint8_t *content, size_t size)
{
    return size >= NPY_MAGIC_BYTES && memcmp(content, MAGIC, NPY_MAGIC_BYTES) == 0;
}

/* The header, as text that is read from the left. */
typedef struct npy_header {
    const char *text;
    size_t size, at;
} npy_header;

static void skip_blanks(npy_header *h)
{
    while (h->at < h->size && (h->text[h->at] == ' ' || h->text[h->at] == '\n'))
        h->at++;
}

/* Goes behind a text if it stands here, with blanks before it. */
static bool take(npy_header *h, const char *text)
{
    const size_t length = strlen(text);
    skip_blanks(h);
    if (length > h->size - h->at || memcmp(h->text + h->at, text, length) != 0)
        return false;
    h->at += length;
    return true;
}

static bool take_number(npy_header *h, size_t *n)
{
    const size_t most = SIZE_MAX / 16;
    size_t n_digits = 0;
    *n = 0;
    skip_blanks(h);
    for (; h->at < h->size && h->text[h->at] >= '0' && h->text[h->at] <= '9' && *n < most; h->at++, n_digits++)
        *n = 10 * *n + (size_t)(h->text[h->at] - '0');
    return n_digits > 0 && *n < most;
}

/* A type such as '<f4': the order of bytes, the kind, and how many bytes. */
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

/* Numbers between commas, behind the last of which there may be one. */
static bool take_shape(npy_header *h, npy_array *array)
{
    bool goes_on = take(h, "(");
    while (goes_on && array->n_dimensions < 2 && take_number(h, &array->shape[array->n_dimensions])) {
        array->n_dimensions++;
        goes_on = take(h, ",");
    }
    return array->n_dimensions > 0 && take(h, ")");
}

/* The three entries, in any order, once each. */
static const char *read_header(npy_header *h, npy_array *array)
{
    bool has_type = false, has_order = false, has_shape = false;
    if (!take(h, "{"))
        return "its header is not a dictionary";
    while (!take(h, "}")) {
        if (!has_type && take(h, "'descr':")) {
            has_type = take_type(h, array);
            if (!has_type)
                return "its values are neither floats of 32 or 64 bits nor whole numbers";
        } else if (!has_order && take(h, "'fortran_order':")) {
            array->by_columns = take(h, "True");
            has_order = array->by_columns || take(h, "False");
            if (!has_order)
                return "its fortran_order is neither True nor False";
        } else if (!has_shape && take(h, "'shape':")) {
            has_shape = take_shape(h, array);
            if (!has_shape)
                return "its shape is not that of one or two dimensions";
        } else
            return "its header has other entries than descr, fortran_order and shape, or one twice";
        if (!take(h, ",") && !(h->at < h->size && h->text[h->at] == '}'))
            return "the entries of its header are not between commas";
    }
    skip_blanks(h);
    return has_type && has_order && has_shape && h->at == h->size
               ? NULL
               : "its header does not end behind descr, fortran_order and shape";
}

static status check_size(const char *name, size_t n_bytes, npy_array *array, failure *f)
{
    array->n_values = 1;
    for (size_t i = 0; i < array->n_dimensions; i++)
        if (array->shape[i] == 0)
            return fail(f, "%s: its dimension %zu is 0, expected 1 or more", name, i + 1);
    for (size_t i = 0; i < array->n_dimensions; i++) {
        if (array->n_values > n_bytes / array->shape[i])
            return fail(f, "%s: is cut short: its shape takes more than the %zu bytes behind its header", name,
                        n_bytes);
        array->n_values *= array->shape[i];
    }
    if (array->n_values > n_bytes / array->value_bytes || array->n_values * array->value_bytes != n_bytes)
        return fail(f, "%s: has %zu bytes behind its header, its shape takes %zu values of %zu", name, n_bytes,
                    array->n_values, array->value_bytes);
    return STATUS_OK;
}

status npy_parse(const char *name, const uint8_t *content, size_t size, npy_array *array, failure *f)
{
    const size_t version = size > NPY_MAGIC_BYTES ? content[NPY_MAGIC_BYTES] : 0;
    const size_t length_bytes = version == 2 ? 4 : LENGTH_BYTES, prefix = NPY_MAGIC_BYTES + 2 + length_bytes;
    npy_array parsed = {0};
    size_t length = 0;
    if (!npy_has_magic(content, size) || (version != 1 && version != 2) || size < prefix)
        return fail(f, "%s: is no array in NumPy's format, version 1 or 2", name);
    for (size_t i = 0; i < length_bytes; i++)
        length |= (size_t)content[NPY_MAGIC_BYTES + 2 + i] << (8 * i);
    if (length > size - prefix)
        return fail(f, "%s: is cut short: a header of %zu bytes in a file of %zu", name, length, size);
    npy_header header = {.text = (const char *)content + prefix, .size = length};
    const char *wrong = read_header(&header, &parsed);
    if (wrong)
        return fail(f, "%s: %s", name, wrong);
    const status result = check_size(name, size - prefix - length, &parsed, f);
    parsed.values = content + prefix + length;
    if (result == STATUS_OK)
        *array = parsed;
    return result;
}

/* Where value i, row by row, stands in the file. */
static size_t find_place(const npy_array *array, size_t i)
{
    if (!array->by_columns || array->n_dimensions < 2)
        return i;
    return i % array->shape[1] * array->shape[0] + i / array->shape[1];
}

/* The bits of a value, those beyond it 0. */
static uint64_t read_bits(const npy_array *array, size_t i)
{
    const uint8_t *bytes = array->values + find_place(array, i) * array->value_bytes;
    uint64_t bits = 0;
    for (size_t j = 0; j < array->value_bytes; j++)
        bits = bits << 8 | bytes[array->highest_first ? j : array->value_bytes - 1 - j];
    return bits;
}

/* A whole number with a sign: its bits, and copies of the highest beyond them. */
static int64_t read_signed(const npy_array *array, size_t i)
{
    const uint64_t bits = read_bits(array, i);
    uint64_t sign = 0x80;
    for (size_t j = 1; j < array->value_bytes; j++)
        sign <<= 8;
    const uint64_t extended = (bits ^ sign) - sign;
    int64_t value;
    memcpy(&value, &extended, sizeof value);
    return value;
}

double npy_value(const npy_array *array, size_t i)
{
    const uint64_t bits = read_bits(array, i);
    const uint32_t low_bits = (uint32_t)bits;
    float single;
    double value;
    if (array->kind != 'f')
        return array->kind == 'u' ? (double)bits : (double)read_signed(array, i);
    memcpy(&single, &low_bits, sizeof single);
    memcpy(&value, &bits, sizeof value);
    return array->value_bytes == sizeof single ? (double)single : value;
}
